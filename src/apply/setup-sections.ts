import { GATEWAY } from './setup-gateway.ts';
import type { Condition, Question, Section, SectionId } from './setup-question.ts';
import { TOOLS } from './setup-tools.ts';

// What Hermes' setup asks, and where it writes the answers (cli-surface §13).

const TTS_KEYS: Readonly<Record<string, string>> = {
  elevenlabs: 'ELEVENLABS_API_KEY',
  openai: 'VOICE_TOOLS_OPENAI_KEY',
  xai: 'XAI_API_KEY',
  minimax: 'MINIMAX_API_KEY',
  mistral: 'MISTRAL_API_KEY',
  gemini: 'GEMINI_API_KEY',
};

const TTS: Section = {
  id: 'tts',
  title: 'Text-to-Speech',
  questions: [
    {
      key: 'provider',
      ask: 'TTS provider',
      kind: 'choice',
      targets: [{ config: ['tts', 'provider'] }],
      fallback: 'edge',
      orElse: 'edge',
      choices: [
        { value: 'edge', label: 'Microsoft Edge (free, no key)' },
        { value: 'elevenlabs', label: 'ElevenLabs', needs: TTS_KEYS.elevenlabs },
        { value: 'openai', label: 'OpenAI', needs: TTS_KEYS.openai },
        { value: 'xai', label: 'xAI', needs: TTS_KEYS.xai },
        { value: 'minimax', label: 'MiniMax', needs: TTS_KEYS.minimax },
        { value: 'mistral', label: 'Mistral Voxtral', needs: TTS_KEYS.mistral },
        { value: 'gemini', label: 'Google Gemini', needs: TTS_KEYS.gemini },
        { value: 'neutts', label: 'NeuTTS (on this machine)' },
        { value: 'kittentts', label: 'KittenTTS (on this machine)' },
      ],
    },
    ...Object.entries(TTS_KEYS).map(
      ([provider, env]): Question => ({
        key: 'api_key',
        ask: `API key (${env})`,
        kind: 'secret',
        targets: [{ env }],
        needed: true,
        when: [{ answer: 'provider', is: [provider] }],
      }),
    ),
    {
      key: 'voice_id',
      ask: 'xAI voice (empty: the default one)',
      kind: 'text',
      targets: [{ config: ['tts', 'xai', 'voice_id'] }],
      when: [{ answer: 'provider', is: ['xai'] }],
    },
  ],
};

const on = (...backends: readonly string[]): Condition[] => [{ answer: 'backend', is: backends }];

/** Node and Python in one, as Hermes has it. */
const IMAGE = 'nikolaik/python-nodejs:python3.11-nodejs20';
const CONTAINERS = ['docker', 'singularity', 'modal', 'daytona'];

const TERMINAL: Section = {
  id: 'terminal',
  title: 'Terminal Backend',
  questions: [
    {
      key: 'backend',
      ask: 'Terminal backend',
      kind: 'choice',
      targets: [{ config: ['terminal', 'backend'] }, { env: 'TERMINAL_ENV' }],
      fallback: 'local',
      choices: [
        { value: 'local', label: 'Local (on this machine)' },
        { value: 'docker', label: 'Docker' },
        { value: 'modal', label: 'Modal' },
        { value: 'ssh', label: 'SSH' },
        { value: 'daytona', label: 'Daytona' },
        { value: 'vercel_sandbox', label: 'Vercel Sandbox' },
        { value: 'singularity', label: 'Singularity / Apptainer (Linux)' },
      ],
    },
    {
      key: 'cwd',
      ask: 'Working directory of messaging sessions',
      kind: 'text',
      targets: [{ config: ['terminal', 'cwd'] }],
      fallback: ({ userHome }) => userHome,
      when: on('local'),
    },
    {
      key: 'docker_image',
      ask: 'Docker image',
      kind: 'text',
      targets: [{ config: ['terminal', 'docker_image'] }],
      fallback: IMAGE,
      when: on('docker'),
    },
    {
      key: 'proxy',
      ask: 'Route the sandbox through the egress proxy?',
      kind: 'yes_no',
      targets: [{ config: ['proxy', 'enabled'] }],
      fallback: false,
      quietDefault: true,
      when: on('docker'),
    },
    {
      key: 'singularity_image',
      ask: 'Container image',
      kind: 'text',
      targets: [{ config: ['terminal', 'singularity_image'] }],
      fallback: `docker://${IMAGE}`,
      when: on('singularity'),
    },
    {
      key: 'modal_mode',
      ask: 'Who pays for Modal?',
      kind: 'choice',
      targets: [{ config: ['terminal', 'modal_mode'] }, { env: 'TERMINAL_MODAL_MODE' }],
      fallback: 'direct',
      choices: [
        { value: 'direct', label: 'My own Modal account' },
        { value: 'managed', label: 'My Nous subscription' },
      ],
      when: on('modal'),
    },
    ...['MODAL_TOKEN_ID', 'MODAL_TOKEN_SECRET'].map(
      (env): Question => ({
        key: env.toLowerCase(),
        ask: `Modal token (${env})`,
        kind: 'secret',
        targets: [{ env }],
        needed: true,
        when: [...on('modal'), { answer: 'modal_mode', is: ['direct'] }],
      }),
    ),
    {
      key: 'daytona_api_key',
      ask: 'Daytona API key',
      kind: 'secret',
      targets: [{ env: 'DAYTONA_API_KEY' }],
      needed: true,
      when: on('daytona'),
    },
    {
      key: 'daytona_image',
      ask: 'Sandbox image',
      kind: 'text',
      targets: [{ config: ['terminal', 'daytona_image'] }],
      fallback: IMAGE,
      when: on('daytona'),
    },
    {
      key: 'vercel_token',
      ask: 'Vercel token',
      kind: 'secret',
      targets: [{ env: 'VERCEL_TOKEN' }],
      needed: true,
      when: on('vercel_sandbox'),
    },
    {
      key: 'vercel_project_id',
      ask: 'Vercel project id',
      kind: 'text',
      targets: [{ env: 'VERCEL_PROJECT_ID' }],
      needed: true,
      when: on('vercel_sandbox'),
    },
    {
      key: 'vercel_team_id',
      ask: 'Vercel team id',
      kind: 'text',
      targets: [{ env: 'VERCEL_TEAM_ID' }],
      needed: true,
      when: on('vercel_sandbox'),
    },
    {
      key: 'vercel_runtime',
      ask: 'Vercel runtime',
      kind: 'text',
      targets: [{ config: ['terminal', 'vercel_runtime'] }, { env: 'TERMINAL_VERCEL_RUNTIME' }],
      fallback: 'node24',
      when: on('vercel_sandbox'),
    },
    {
      key: 'ssh_host',
      ask: 'SSH host',
      kind: 'text',
      targets: [{ env: 'TERMINAL_SSH_HOST' }],
      needed: true,
      when: on('ssh'),
    },
    {
      key: 'ssh_user',
      ask: 'SSH user',
      kind: 'text',
      targets: [{ env: 'TERMINAL_SSH_USER' }],
      fallback: ({ env }) => env.USER,
      when: on('ssh'),
    },
    {
      key: 'ssh_port',
      ask: 'SSH port',
      kind: 'number',
      targets: [{ env: 'TERMINAL_SSH_PORT' }],
      fallback: 22,
      least: 1,
      most: 65_535,
      whole: true,
      quietDefault: true,
      when: on('ssh'),
    },
    {
      key: 'ssh_key',
      ask: 'SSH private key (path)',
      kind: 'text',
      targets: [{ env: 'TERMINAL_SSH_KEY' }],
      fallback: ({ userHome }) => (userHome === undefined ? undefined : `${userHome}/.ssh/id_rsa`),
      when: on('ssh'),
    },
    {
      key: 'container_persistent',
      ask: 'Keep the container’s files between sessions?',
      kind: 'yes_no',
      targets: [{ config: ['terminal', 'container_persistent'] }],
      fallback: true,
      when: on(...CONTAINERS),
    },
    {
      key: 'container_cpu',
      ask: 'CPU cores of the container',
      kind: 'number',
      targets: [{ config: ['terminal', 'container_cpu'] }],
      fallback: 1,
      least: 0.1,
      most: 1024,
      whole: false,
      when: on(...CONTAINERS),
    },
    {
      key: 'container_memory',
      ask: 'Memory of the container in MB',
      kind: 'number',
      targets: [{ config: ['terminal', 'container_memory'] }],
      fallback: 5120,
      least: 64,
      most: Number.MAX_SAFE_INTEGER,
      whole: true,
      when: on(...CONTAINERS),
    },
    {
      key: 'container_disk',
      ask: 'Disk of the container in MB',
      kind: 'number',
      targets: [{ config: ['terminal', 'container_disk'] }],
      fallback: 51_200,
      least: 64,
      most: Number.MAX_SAFE_INTEGER,
      whole: true,
      when: on(...CONTAINERS),
    },
  ],
};

const AGENT: Section = {
  id: 'agent',
  title: 'Agent Settings',
  questions: [
    {
      key: 'max_turns',
      ask: 'Max iterations',
      kind: 'number',
      targets: [{ config: ['agent', 'max_turns'] }],
      fallback: 90,
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      whole: true,
    },
    {
      key: 'tool_progress',
      ask: 'Tool progress mode',
      kind: 'choice',
      targets: [{ config: ['display', 'tool_progress'] }],
      fallback: 'all',
      choices: [
        { value: 'off', label: 'off: only the answer' },
        { value: 'new', label: 'new: a tool’s name when it changes' },
        { value: 'all', label: 'all: each call, in short' },
        { value: 'verbose', label: 'verbose: arguments and results too' },
        { value: 'log', label: 'log' },
      ],
    },
    {
      key: 'compression_threshold',
      ask: 'Compression threshold (0.5-0.95)',
      kind: 'number',
      targets: [{ config: ['compression', 'threshold'] }],
      fallback: 0.5,
      least: 0.5,
      most: 0.95,
      whole: false,
    },
    {
      key: 'session_reset',
      ask: 'Session reset mode',
      kind: 'choice',
      targets: [{ config: ['session_reset', 'mode'] }],
      fallback: 'both',
      choices: [
        { value: 'both', label: 'After inactivity, and daily' },
        { value: 'idle', label: 'After inactivity' },
        { value: 'daily', label: 'Daily' },
        { value: 'none', label: 'Never' },
      ],
    },
    {
      key: 'idle_minutes',
      ask: 'Minutes of inactivity',
      kind: 'number',
      targets: [{ config: ['session_reset', 'idle_minutes'] }],
      fallback: 1440,
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      whole: true,
      when: [{ answer: 'session_reset', is: ['both', 'idle'] }],
    },
    {
      key: 'at_hour',
      ask: 'Hour of the daily reset (0-23)',
      kind: 'number',
      targets: [{ config: ['session_reset', 'at_hour'] }],
      fallback: 4,
      least: 0,
      most: 23,
      whole: true,
      when: [{ answer: 'session_reset', is: ['both', 'daily'] }],
    },
  ],
  always: [{ path: ['compression', 'enabled'], value: true }],
  unset: ['HERMES_MAX_ITERATIONS'],
};

/** Places of the model choice, for `--reset`: its questions are a dialogue of their own. */
const MODEL: Section = {
  id: 'model',
  title: 'Model & Provider',
  questions: ['default', 'provider', 'base_url', 'api_mode'].map(
    (key): Question => ({
      key,
      ask: key,
      kind: 'text',
      targets: [{ config: ['model', key] }],
    }),
  ),
};

export const SECTIONS: Readonly<Record<SectionId, Section>> = {
  model: MODEL,
  tts: TTS,
  terminal: TERMINAL,
  gateway: GATEWAY,
  tools: TOOLS,
  agent: AGENT,
};

export const SECTION_IDS = Object.keys(SECTIONS) as readonly SectionId[];

/** What `setup` without a section goes through, in Hermes' order. */
export const USUAL_SECTIONS: readonly SectionId[] = ['model', 'terminal', 'gateway', 'tools'];
