/**
 * The free requests of all providers in one table, taken from the reference and not from the
 * catalog: host, path, how the key is carried, and what else a request must have.
 */
import type { Hosts } from './internet.ts';
import { silence } from './misbehave.ts';
import { type Handler, refuseUnless, type SimReply, type SimRequest } from './simulator.ts';

export type CheckMood = 'valid' | 'invalid' | 'limited' | 'timeout' | 'server_error';

export interface CheckFacts {
  readonly id: string;
  readonly host: string;
  /** With its query. */
  readonly path: string;
  readonly send: 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'token' | 'azure';
  readonly headers?: Readonly<Record<string, string>>;
  /** Anybody is answered, key or not. */
  readonly isPublic?: boolean;
  /** A bad key is told otherwise than by 401. */
  readonly invalid?: SimReply;
  /** A 401 there proves nothing. */
  readonly inconclusive?: boolean;
  readonly body?: object;
  /** Another host that is asked after a 401, with the same path. */
  readonly region?: string;
}

const list = { data: [{ id: 'some-model' }] };

/** providers.json and oauth-flows §11–§13 of the reference. */
export const CHECKS: readonly CheckFacts[] = [
  {
    id: 'anthropic',
    host: 'api.anthropic.com',
    path: '/v1/models',
    send: 'x-api-key',
    headers: { 'anthropic-version': '2023-06-01' },
  },
  { id: 'nous', host: 'inference-api.nousresearch.com', path: '/v1/models', send: 'bearer' },
  {
    id: 'openai-codex',
    host: 'chatgpt.com',
    path: '/backend-api/codex/models?client_version=1.0.0',
    send: 'bearer',
    headers: { 'chatgpt-account-id': 'account-1' },
    body: { models: [{ slug: 'gpt-5' }] },
  },
  { id: 'qwen-oauth', host: 'portal.qwen.ai', path: '/v1/models', send: 'bearer' },
  {
    id: 'copilot',
    host: 'api.github.com',
    path: '/copilot_internal/v2/token',
    send: 'token',
    headers: {
      accept: 'application/json',
      'editor-version': 'vscode/1.104.1',
      'user-agent': 'GitHubCopilotChat/0.26.7',
    },
    body: { token: 'tid=1;exp=1', expires_at: 1_900_000_000 },
  },
  {
    id: 'gemini',
    host: 'generativelanguage.googleapis.com',
    path: '/v1beta/models',
    send: 'x-goog-api-key',
    invalid: {
      status: 400,
      body: {
        error: { code: 400, status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }] },
      },
    },
    body: { models: [{ name: 'models/gemini-3' }] },
  },
  { id: 'zai', host: 'api.z.ai', path: '/api/paas/v4/models', send: 'bearer' },
  { id: 'kimi-coding', host: 'api.moonshot.ai', path: '/v1/models', send: 'bearer' },
  { id: 'kimi-coding-cn', host: 'api.moonshot.cn', path: '/v1/models', send: 'bearer' },
  { id: 'stepfun', host: 'api.stepfun.ai', path: '/step_plan/v1/models', send: 'bearer' },
  { id: 'arcee', host: 'api.arcee.ai', path: '/api/v1/models', send: 'bearer' },
  { id: 'minimax', host: 'api.minimax.io', path: '/v1/models', send: 'bearer' },
  {
    id: 'alibaba',
    host: 'dashscope-intl.aliyuncs.com',
    region: 'dashscope.aliyuncs.com',
    path: '/compatible-mode/v1/models',
    send: 'bearer',
  },
  {
    id: 'alibaba-coding-plan',
    host: 'coding-intl.dashscope.aliyuncs.com',
    path: '/v1/models',
    send: 'bearer',
  },
  { id: 'deepseek', host: 'api.deepseek.com', path: '/v1/models', send: 'bearer' },
  { id: 'xai', host: 'api.x.ai', path: '/v1/models', send: 'bearer' },
  {
    id: 'nvidia',
    host: 'integrate.api.nvidia.com',
    path: '/v1/models',
    send: 'bearer',
    isPublic: true,
  },
  {
    id: 'ai-gateway',
    host: 'ai-gateway.vercel.sh',
    path: '/v1/models',
    send: 'bearer',
    isPublic: true,
  },
  {
    id: 'opencode-zen',
    host: 'opencode.ai',
    path: '/zen/v1/models',
    send: 'bearer',
    isPublic: true,
  },
  {
    id: 'opencode-go',
    host: 'opencode.ai',
    path: '/zen/go/v1/models',
    send: 'bearer',
    isPublic: true,
    inconclusive: true,
  },
  {
    id: 'kilocode',
    host: 'api.kilo.ai',
    path: '/api/gateway/models',
    send: 'bearer',
    isPublic: true,
  },
  {
    id: 'huggingface',
    host: 'huggingface.co',
    path: '/api/whoami-v2',
    send: 'bearer',
    body: { type: 'user', name: 'alice' },
  },
  {
    id: 'xiaomi',
    host: 'api.xiaomimimo.com',
    path: '/v1/models',
    send: 'bearer',
    inconclusive: true,
  },
  { id: 'ollama-cloud', host: 'ollama.com', path: '/v1/models', send: 'bearer', isPublic: true },
  { id: 'azure-foundry', host: 'lab.openai.azure.com', path: '/openai/v1/models', send: 'azure' },
  {
    id: 'openrouter',
    host: 'openrouter.ai',
    path: '/api/v1/key',
    send: 'bearer',
    body: { data: { label: 'sk-or-v1-abc...def', usage: 12.5, limit: 20 } },
  },
  { id: 'openai-api', host: 'api.openai.com', path: '/v1/models', send: 'bearer' },
  { id: 'xai-oauth', host: 'api.x.ai', path: '/v1/models', send: 'bearer' },
  { id: 'actual', host: 'api.actual.inc', path: '/v1/models', send: 'bearer' },
  { id: 'gmi', host: 'api.gmi-serving.com', path: '/v1/models', send: 'bearer' },
  { id: 'tencent-tokenhub', host: 'tokenhub.tencentmaas.com', path: '/v1/models', send: 'bearer' },
  {
    id: 'deepinfra',
    host: 'api.deepinfra.com',
    path: '/v1/openai/models',
    send: 'bearer',
    isPublic: true,
  },
  { id: 'fireworks', host: 'api.fireworks.ai', path: '/inference/v1/models', send: 'bearer' },
  {
    id: 'novita',
    host: 'api.novita.ai',
    path: '/openai/v1/models',
    send: 'bearer',
    isPublic: true,
  },
  { id: 'upstage', host: 'api.upstage.ai', path: '/v1/models', send: 'bearer' },
  {
    id: 'spotify',
    host: 'api.spotify.com',
    path: '/v1/me',
    send: 'bearer',
    body: { id: 'alice' },
  },
];

/** Key → how the provider takes it; a key that is not here fails the test. */
export type Moods = Readonly<Record<string, CheckMood>>;

/** Hosts for some rows of the table; two rows may share one. */
export function checkHosts(rows: readonly CheckFacts[], moods: Moods): Hosts {
  const hosts: Record<string, Handler> = {};
  for (const { host, region } of rows) {
    const here = rows.filter((row) => row.host === host);
    hosts[host] = (request) => answer(here, moods, request);
    if (region !== undefined) hosts[region] = hosts[host];
  }
  return hosts;
}

function answer(rows: readonly CheckFacts[], moods: Moods, request: SimRequest): SimReply {
  refuseUnless(request.method === 'GET' && request.body === '', 'GET without a body');
  const query = request.query.toString();
  const path = query === '' ? request.path : `${request.path}?${query}`;
  const row = rows.find((candidate) => candidate.path === path);
  refuseUnless(row !== undefined, `one of ${rows.map((each) => each.path).join(' ')}, not ${path}`);
  for (const [name, value] of Object.entries(row.headers ?? {}))
    refuseUnless(request.headers[name] === value, `${name}: ${value}`);
  const key = keyOf(row, request);
  if (key === undefined) {
    refuseUnless(row.isPublic === true, 'a key');
    return { body: row.body ?? list };
  }
  const mood = Object.hasOwn(moods, key) ? moods[key] : undefined;
  refuseUnless(mood !== undefined, 'a key of this test');
  switch (mood) {
    case 'valid':
      return { body: row.body ?? list };
    case 'invalid':
      return (
        row.invalid ?? { status: 401, body: { error: { code: 'invalid_api_key', message: key } } }
      );
    case 'limited':
      return { status: 429, headers: { 'retry-after': '30' }, body: { error: { message: key } } };
    case 'timeout':
      return silence;
    case 'server_error':
      return { status: 503, body: key };
    default:
      return mood satisfies never;
  }
}

/** The key, where the provider looks for it; undefined when there is none anywhere. */
function keyOf(row: CheckFacts, { headers }: SimRequest): string | undefined {
  const carriers = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'];
  const sent = carriers.filter((name) => headers[name] !== undefined);
  if (sent.length === 0) return undefined;
  const expected = EXPECTED[row.send];
  refuseUnless(
    sent.join() === expected.names.join(),
    `the key in ${expected.names.join(' and ')} alone`,
  );
  const last = headers[expected.names[0] ?? ''] ?? '';
  refuseUnless(last.startsWith(expected.prefix), `a key behind "${expected.prefix}"`);
  const key = last.slice(expected.prefix.length);
  if (row.send === 'azure') refuseUnless(headers['api-key'] === key, 'the same key in api-key');
  return key;
}

const EXPECTED = {
  bearer: { names: ['authorization'], prefix: 'Bearer ' },
  token: { names: ['authorization'], prefix: 'token ' },
  'x-api-key': { names: ['x-api-key'], prefix: '' },
  'x-goog-api-key': { names: ['x-goog-api-key'], prefix: '' },
  azure: { names: ['authorization', 'api-key'], prefix: 'Bearer ' },
} as const;
