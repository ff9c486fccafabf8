import { PLATFORMS } from './platforms.ts';
import type { Condition, Question, QuestionChoice, Section } from './question.ts';

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
    // A list that is written leaves out every toolset that Hermes gets later.
    quietDefault: true,
    when,
  };
}

const WITH = (toolset: string): Condition => ({ answer: 'cli', is: [toolset] });

/** A service that a tool can use: a row of one of the tables below. */
interface Service {
  /** As config.yaml names it. */
  readonly value: string;
  readonly label: string;
  /** Variables that hold its keys. */
  readonly keys?: readonly string[];
  /** A variable that holds its address, and the usual one. */
  readonly url?: readonly [env: string, fallback?: string];
  /** What is left to be done by other commands. */
  readonly next?: string;
}

/** Values and variables: Hermes' documentation, "Web Search & Extract", November 2026. */
const WEB: readonly Service[] = [
  { value: 'firecrawl', label: 'Firecrawl', keys: ['FIRECRAWL_API_KEY'] },
  { value: 'exa', label: 'Exa', keys: ['EXA_API_KEY'] },
  { value: 'parallel', label: 'Parallel', keys: ['PARALLEL_API_KEY'] },
  { value: 'tavily', label: 'Tavily', keys: ['TAVILY_API_KEY'] },
  { value: 'brave-free', label: 'Brave Search (finds only)', keys: ['BRAVE_SEARCH_API_KEY'] },
  { value: 'searxng', label: 'SearXNG (finds only)', url: ['SEARXNG_URL'] },
  { value: 'ddgs', label: 'DuckDuckGo (finds only, no key)' },
];

/** As above, "Environment Variables" and the table of browsers that `hermes tools` shows. */
const BROWSERS: readonly Service[] = [
  {
    value: 'local',
    label: 'On this machine',
    next: 'the browser on this machine is installed by: hermes tools',
  },
  {
    value: 'browserbase',
    label: 'Browserbase',
    keys: ['BROWSERBASE_API_KEY', 'BROWSERBASE_PROJECT_ID'],
  },
  { value: 'browser-use', label: 'Browser Use', keys: ['BROWSER_USE_API_KEY'] },
  { value: 'firecrawl', label: 'Firecrawl', keys: ['FIRECRAWL_API_KEY'] },
  {
    value: 'camofox',
    label: 'Camofox (a server of yours)',
    url: ['CAMOFOX_URL', 'http://localhost:9377'],
  },
];

interface Use {
  readonly key: string;
  readonly ask: string;
  readonly toolset: string;
  readonly path: readonly string[];
  readonly services: readonly Service[];
}

const USES: readonly Use[] = [
  {
    key: 'web_backend',
    ask: 'Web search service',
    toolset: 'web',
    path: ['web', 'backend'],
    services: WEB,
  },
  {
    key: 'browser_provider',
    ask: 'Browser',
    toolset: 'browser',
    path: ['browser', 'cloud_provider'],
    services: BROWSERS,
  },
];

const isChosen = ({ key, toolset }: Use, { value }: Service): Condition[] => [
  WITH(toolset),
  { answer: key, is: [value] },
];

/** A service behind a tool: a choice, and what each of them needs. */
function questionsOf(use: Use): Question[] {
  const { key, ask, toolset, path, services } = use;
  return [
    {
      key,
      ask,
      kind: 'choice',
      targets: [{ config: path }],
      fallback: '',
      choices: [
        { value: '', label: 'None (leave it as it is)' },
        ...services.map(({ value, label }) => ({ value, label })),
      ],
      when: [WITH(toolset)],
    },
    ...services.flatMap((service) => needsOf(service, isChosen(use, service))),
  ];
}

function needsOf({ label, keys = [], url }: Service, when: readonly Condition[]): Question[] {
  const questions = keys.map(
    (env): Question => ({
      key: env.toLowerCase(),
      ask: `${label} (${env})`,
      kind: 'secret',
      targets: [{ env }],
      needed: true,
      when,
    }),
  );
  if (url === undefined) return questions;
  const [env, fallback] = url;
  return [
    ...questions,
    {
      key: env.toLowerCase(),
      ask: `${label}: URL`,
      kind: 'text',
      targets: [{ env }],
      needed: true,
      ...(fallback === undefined ? {} : { fallback }),
      when,
    },
  ];
}

export const TOOLS: Section = {
  id: 'tools',
  title: 'Tools',
  questions: [
    toolsetsOf('cli', 'the command line', []),
    ...PLATFORMS.filter(({ ownTools }) => !ownTools).map(({ id, label, on }) =>
      toolsetsOf(id, label, [{ variable: on }]),
    ),
    ...USES.flatMap(questionsOf),
    {
      key: 'fal_key',
      ask: 'Image generation (FAL_KEY)',
      kind: 'secret',
      targets: [{ env: 'FAL_KEY' }],
      when: [WITH('image_gen')],
    },
    {
      key: 'hass_token',
      ask: 'Home Assistant (HASS_TOKEN)',
      kind: 'secret',
      targets: [{ env: 'HASS_TOKEN' }],
      needed: true,
      when: [WITH('homeassistant')],
    },
    {
      key: 'hass_url',
      ask: 'Home Assistant URL',
      kind: 'text',
      targets: [{ env: 'HASS_URL' }],
      fallback: 'http://homeassistant.local:8123',
      quietDefault: true,
      when: [WITH('homeassistant')],
    },
  ],
  next: [
    ...USES.flatMap((use) =>
      use.services.flatMap((service) =>
        service.next === undefined ? [] : [{ text: service.next, when: isChosen(use, service) }],
      ),
    ),
    { text: 'log in to Spotify: gormes auth spotify', when: [WITH('spotify')] },
  ],
};
