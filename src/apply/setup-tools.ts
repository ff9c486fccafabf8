import { PLATFORMS } from './setup-gateway.ts';
import type { Condition, Question, QuestionChoice, Section } from './setup-question.ts';

/** Toolsets of Hermes with what they are, and whether they are on by themselves. */
const TOOLSETS: readonly (readonly [id: string, label: string, on: boolean])[] = [
  ['web', 'Web search and reading', true],
  ['browser', 'Browser', true],
  ['terminal', 'Terminal and processes', true],
  ['file', 'Files', true],
  ['code_execution', 'Code execution', true],
  ['vision', 'Images as input', true],
  ['image_gen', 'Making images', true],
  ['tts', 'Text to speech', true],
  ['skills', 'Skills', true],
  ['todo', 'Task planning', true],
  ['memory', 'Memory', true],
  ['session_search', 'Search in past sessions', true],
  ['clarify', 'Questions back', true],
  ['delegation', 'Delegation', true],
  ['cronjob', 'Timed jobs', true],
  ['homeassistant', 'Home Assistant', false],
  ['spotify', 'Spotify', false],
];

const CHOICES: readonly QuestionChoice[] = TOOLSETS.map(([value, label]) => ({ value, label }));
const USUAL = TOOLSETS.flatMap(([id, , on]) => (on ? [id] : []));

function toolsetsOf(id: string, label: string, when: readonly Condition[]): Question {
  return {
    key: id,
    ask: `Tools for ${label}`,
    kind: 'many',
    targets: [{ config: ['platform_toolsets', id] }],
    choices: CHOICES,
    fallback: USUAL,
    stands: `hermes-${id}`,
    when,
  };
}

const WITH = (toolset: string): Condition => ({ answer: 'cli', is: [toolset] });

/** A service behind a tool: a choice, and the keys of each. */
function service(
  key: string,
  ask: string,
  toolset: string,
  path: readonly string[],
  options: readonly (readonly [value: string, label: string, ...env: string[]])[],
): Question[] {
  return [
    {
      key,
      ask,
      kind: 'choice',
      targets: [{ config: path }],
      fallback: '',
      choices: [
        { value: '', label: 'None (leave it as it is)' },
        ...options.map(([value, label]) => ({ value, label })),
      ],
      when: [WITH(toolset)],
    },
    ...options.flatMap(([value, label, ...variables]) =>
      variables.map(
        (env): Question => ({
          key: env.toLowerCase(),
          ask: `${label} (${env})`,
          kind: 'secret',
          targets: [{ env }],
          needed: true,
          when: [WITH(toolset), { answer: key, is: [value] }],
        }),
      ),
    ),
  ];
}

export const TOOLS: Section = {
  id: 'tools',
  title: 'Tools',
  questions: [
    toolsetsOf('cli', 'the command line', []),
    ...PLATFORMS.map(({ id, label, fields }) =>
      toolsetsOf(id, label, [{ variable: fields[0].env }]),
    ),
    ...service(
      'web_backend',
      'Web search service',
      'web',
      ['web', 'backend'],
      [
        ['firecrawl', 'Firecrawl', 'FIRECRAWL_API_KEY'],
        ['exa', 'Exa', 'EXA_API_KEY'],
        ['parallel', 'Parallel', 'PARALLEL_API_KEY'],
        ['tavily', 'Tavily', 'TAVILY_API_KEY'],
      ],
    ),
    ...service(
      'browser_provider',
      'Cloud browser',
      'browser',
      ['browser', 'cloud_provider'],
      [
        ['local', 'On this machine'],
        ['browserbase', 'Browserbase', 'BROWSERBASE_API_KEY', 'BROWSERBASE_PROJECT_ID'],
        ['browser-use', 'Browser Use', 'BROWSER_USE_API_KEY'],
      ],
    ),
    {
      key: 'fal_key',
      ask: 'Image generation (FAL_KEY, empty: none)',
      kind: 'secret',
      targets: [{ env: 'FAL_KEY' }],
      when: [WITH('image_gen')],
    },
    {
      key: 'hass_url',
      ask: 'Home Assistant URL',
      kind: 'text',
      targets: [{ env: 'HASS_URL' }],
      when: [WITH('homeassistant')],
    },
    {
      key: 'hass_token',
      ask: 'Home Assistant (HASS_TOKEN)',
      kind: 'secret',
      targets: [{ env: 'HASS_TOKEN' }],
      needed: true,
      when: [WITH('homeassistant')],
    },
  ],
};
