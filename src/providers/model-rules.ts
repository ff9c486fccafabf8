import { findProvider } from './find-provider.ts';

/** One more thing that a model choice needs, with where it is kept. */
export interface ModelField {
  /** Name in `{…}` of a base URL. */
  readonly name: string;
  readonly ask: string;
  /** Its place in `config.yaml`. */
  readonly path: readonly string[];
  /** Variables that say it already, in order. */
  readonly env: readonly string[];
  readonly fallback?: string;
}

/** One of several endpoints to choose from. */
export interface ModelEndpoint {
  readonly label: string;
  readonly baseUrl: string;
}

/**
 * What choosing a model of a provider asks and writes besides the names (cli-surface §12.3). A
 * difference between providers is a field here, never an `if`.
 */
export interface ModelRule {
  /**
   * What `model.base_url` becomes: the endpoint in effect, nothing, or a text with the fields put in.
   */
  readonly baseUrl: 'effective' | 'none' | { readonly of: string };
  /** The API-key providers ask for it; for the others it can be given by option. */
  readonly asksBaseUrl: boolean;
  /** Chosen from instead of typed. */
  readonly endpoints: readonly ModelEndpoint[];
  readonly fields: readonly ModelField[];
  /** Written to `model.api_mode`; undefined takes that key away. */
  readonly apiMode: string | undefined;
  readonly asksApiMode: boolean;
  /** The provider becomes the store's `active_provider`; else there is none. */
  readonly activates: boolean;
  /** A variable that would overrule the choice, so that it goes. */
  readonly clears: string | undefined;
}

const PLAIN: ModelRule = {
  baseUrl: 'effective',
  asksBaseUrl: false,
  endpoints: [],
  fields: [],
  apiMode: undefined,
  asksApiMode: false,
  activates: false,
  clears: undefined,
};

const RULES: Readonly<Record<string, Partial<ModelRule>>> = {
  openrouter: { apiMode: 'chat_completions' },
  'copilot-acp': { apiMode: 'chat_completions' },
  anthropic: { baseUrl: 'none' },
  nous: { activates: true },
  'openai-codex': { activates: true },
  'xai-oauth': { activates: true },
  'qwen-oauth': { activates: true },
  'minimax-oauth': { activates: true },
  'google-gemini-cli': { activates: true },
  copilot: {},
  'kimi-coding': { clears: 'KIMI_BASE_URL' },
  stepfun: {
    endpoints: [
      { label: 'International', baseUrl: 'https://api.stepfun.ai/step_plan/v1' },
      { label: 'China', baseUrl: 'https://api.stepfun.com/step_plan/v1' },
    ],
  },
  bedrock: {
    baseUrl: { of: 'https://bedrock-runtime.{region}.amazonaws.com' },
    fields: [
      {
        name: 'region',
        ask: 'AWS region',
        path: ['bedrock', 'region'],
        env: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
        fallback: 'us-east-1',
      },
    ],
  },
  vertex: {
    baseUrl: 'none',
    fields: [
      {
        name: 'project',
        ask: 'Google Cloud project',
        path: ['vertex', 'project_id'],
        env: ['VERTEX_PROJECT_ID'],
      },
      {
        name: 'region',
        ask: 'Google Cloud region',
        path: ['vertex', 'region'],
        env: ['VERTEX_REGION'],
        fallback: 'global',
      },
    ],
  },
  'azure-foundry': { asksBaseUrl: true, asksApiMode: true },
};

/** The rule of a provider of the catalog; an API-key provider without one of its own asks for its endpoint. */
export function modelRule(provider: string): ModelRule {
  const row = findProvider(provider);
  const own = RULES[provider];
  const asksBaseUrl = own === undefined && row?.baseUrlEnv !== undefined;
  return { ...PLAIN, asksBaseUrl, endpoints: row?.endpoints ?? [], ...own };
}
