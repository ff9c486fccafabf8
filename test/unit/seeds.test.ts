import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { Secret } from '../../src/base/secret.ts';
import { loadPool } from '../../src/pool/pools.ts';
import { CATALOG } from '../../src/providers/catalog.ts';
import type { VendorLogin } from '../../src/providers/login-storage.ts';
import { type SnapshotSpec, snapshotOf } from '../support/snapshots.ts';

/** Sources, labels and types of a pool, in order. */
function pool(provider: string, spec: SnapshotSpec): string[] {
  const { auth, inputs } = snapshotOf(spec);
  return loadPool(provider, auth, inputs).entries.map(
    (entry) => `${entry.source} ${entry.label} ${entry.type}`,
  );
}

const login = (token: string, path = '/v'): VendorLogin => ({
  accessToken: new Secret(token),
  refreshToken: new Secret('r'),
  expiresAt: 1_786_360_000_000,
  path,
});
const stored = (provider: string, ...rows: JsonObject[]): JsonObject => ({
  credential_pool: {
    [provider]: rows.map((row, priority) => ({ id: `id${priority}`, priority, ...row })),
  },
});
const jwt = (claims: JsonObject): string =>
  `eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

test.each(CATALOG.filter((row) => row.keyEnv.length > 0 && row.seedsEnv !== false))(
  '$id takes every one of its variables that is set, in order',
  (row) => {
    const env = row.keyEnv.map((name) => `${name}=value-of-${name}\n`).join('');
    expect(pool(row.id, { env })).toEqual(row.keyEnv.map((name) => `env:${name} ${name} api_key`));
    const auth = { suppressed_sources: { [row.id]: row.keyEnv.map((name) => `env:${name}`) } };
    expect(pool(row.id, { env, auth })).toEqual([]);
  },
);

const out = { last_status: 'exhausted', last_error_code: 429 };

test.each<[string, string, SnapshotSpec, string[]]>([
  ['an empty variable seeds nothing', 'openrouter', { env: 'OPENROUTER_API_KEY=\n' }, []],
  ['a blank variable seeds nothing', 'openrouter', { env: 'OPENROUTER_API_KEY="  "\n' }, []],
  [
    'a setup token is a login',
    'anthropic',
    { env: 'ANTHROPIC_TOKEN=sk-ant-oat01-x\n' },
    ['env:ANTHROPIC_TOKEN ANTHROPIC_TOKEN oauth'],
  ],
  [
    'copilot takes the first valid variable only',
    'copilot',
    { env: 'COPILOT_GITHUB_TOKEN=ghp_x\nGH_TOKEN=gho_1\nGITHUB_TOKEN=gho_2\n' },
    ['env:GH_TOKEN GH_TOKEN api_key'],
  ],
  [
    'copilot takes what gh says',
    'copilot',
    { gh: { token: new Secret('gho_1') } },
    ['gh_cli gh auth token api_key'],
  ],
  [
    'gh loses against no variable when its token is of a refused kind',
    'copilot',
    { gh: { token: new Secret('ghp_1') } },
    [],
  ],
  [
    'a gh row stays while nobody asked gh',
    'copilot',
    { auth: stored('copilot', { source: 'gh_cli', label: 'g' }) },
    ['gh_cli g api_key'],
  ],
  [
    'a gh row goes when gh has no token',
    'copilot',
    { auth: stored('copilot', { source: 'gh_cli', label: 'g' }), gh: { token: undefined } },
    [],
  ],
  [
    'Claude Code is not touched before somebody chose anthropic',
    'anthropic',
    { vendor: { claude_code: login('t') } },
    [],
  ],
  [
    'CLAUDE_CODE_OAUTH_TOKEN alone is no choice',
    'anthropic',
    { vendor: { claude_code: login('t') }, env: 'CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-x\n' },
    ['env:CLAUDE_CODE_OAUTH_TOKEN CLAUDE_CODE_OAUTH_TOKEN oauth'],
  ],
  [
    'the active provider is a choice',
    'anthropic',
    { vendor: { claude_code: login('t') }, auth: { active_provider: 'anthropic' } },
    ['claude_code claude_code oauth'],
  ],
  [
    'the model is a choice',
    'anthropic',
    {
      vendor: { claude_code: login('t'), hermes_pkce: login('h') },
      config: { model: { provider: 'claude' } },
    },
    ['hermes_pkce hermes_pkce oauth', 'claude_code claude_code oauth'],
  ],
  [
    'a manual entry is a choice, and stands first',
    'anthropic',
    {
      vendor: { claude_code: login('t') },
      auth: stored('anthropic', { source: 'manual', label: 'm', access_token: 'k' }),
    },
    ['manual m api_key', 'claude_code claude_code oauth'],
  ],
  [
    'an API key alone keeps the logins out, stored ones too',
    'anthropic',
    {
      env: 'ANTHROPIC_API_KEY=k\n',
      vendor: { claude_code: login('t') },
      auth: stored('anthropic', { source: 'claude_code', label: 'c', auth_type: 'oauth' }),
    },
    ['env:ANTHROPIC_API_KEY ANTHROPIC_API_KEY api_key'],
  ],
  [
    'anthropic sources are ranked',
    'anthropic',
    {
      env: 'ANTHROPIC_API_KEY=k\nANTHROPIC_TOKEN=t\nCLAUDE_CODE_OAUTH_TOKEN=u\n',
      vendor: { claude_code: login('t'), hermes_pkce: login('h') },
    },
    [
      'env:ANTHROPIC_TOKEN ANTHROPIC_TOKEN api_key',
      'env:CLAUDE_CODE_OAUTH_TOKEN CLAUDE_CODE_OAUTH_TOKEN api_key',
      'hermes_pkce hermes_pkce oauth',
      'claude_code claude_code oauth',
      'env:ANTHROPIC_API_KEY ANTHROPIC_API_KEY api_key',
    ],
  ],
  [
    'codex is seeded from its login',
    'openai-codex',
    {
      auth: {
        providers: {
          'openai-codex': { tokens: { access_token: jwt({ email: 'a@b.c' }), refresh_token: 'r' } },
        },
      },
    },
    ['device_code a@b.c oauth'],
  ],
  [
    'a label of the login wins',
    'openai-codex',
    {
      auth: {
        providers: {
          'openai-codex': { label: 'team', tokens: { access_token: jwt({ email: 'a@b.c' }) } },
        },
      },
    },
    ['device_code team oauth'],
  ],
  [
    'a codex login that ended takes its row along',
    'openai-codex',
    {
      auth: stored(
        'openai-codex',
        { source: 'device_code', label: 'd' },
        { source: 'manual:device_code', label: 'm' },
      ),
    },
    ['manual:device_code m api_key'],
  ],
  [
    'a nous login that ended takes both its rows along',
    'nous',
    {
      auth: {
        ...stored(
          'nous',
          { source: 'device_code', label: 'd' },
          { source: 'manual:device_code', label: 'm' },
        ),
        providers: { nous: { portal_base_url: 'x' } },
      },
    },
    [],
  ],
  [
    'minimax is seeded from its login',
    'minimax-oauth',
    {
      auth: {
        providers: {
          'minimax-oauth': { access_token: 't', expires_at: '2026-08-10T10:00:00+00:00' },
        },
      },
    },
    ['oauth oauth oauth'],
  ],
  [
    'xai is seeded from its login',
    'xai-oauth',
    { auth: { providers: { 'xai-oauth': { tokens: { access_token: 't' } } } } },
    ['device_code device_code oauth'],
  ],
  [
    'qwen is labelled by its file',
    'qwen-oauth',
    { vendor: { 'qwen-cli': login('t', '/u/.qwen/oauth_creds.json') } },
    ['qwen-cli /u/.qwen/oauth_creds.json oauth'],
  ],
  [
    'a qwen row goes with its file',
    'qwen-oauth',
    { auth: stored('qwen-oauth', { source: 'qwen-cli', label: 'q' }) },
    [],
  ],
  [
    'a variable that is not set keeps its row',
    'openrouter',
    { auth: stored('openrouter', { source: 'env:OPENROUTER_API_KEY', label: 'o' }) },
    ['env:OPENROUTER_API_KEY o api_key'],
  ],
  [
    'a second row of one source goes',
    'openrouter',
    {
      env: 'OPENROUTER_API_KEY=k\n',
      auth: stored(
        'openrouter',
        { source: 'env:OPENROUTER_API_KEY', label: 'o' },
        { source: 'env:OPENROUTER_API_KEY', label: 'p' },
      ),
    },
    ['env:OPENROUTER_API_KEY o api_key'],
  ],
  [
    'a custom endpoint has the key of its definition',
    'custom:lab',
    { config: { providers: { l: { name: 'Lab', api: 'http://l/v1', api_key: 'k' } } } },
    ['config:Lab Lab api_key'],
  ],
  [
    'and the key of its variable',
    'custom:lab',
    {
      env: 'LAB_KEY=k\n',
      config: { providers: { l: { name: 'Lab', api: 'http://l/v1', key_env: 'LAB_KEY' } } },
    },
    ['config:Lab Lab api_key'],
  ],
  [
    'and the key of the model',
    'custom:lab',
    {
      config: {
        model: { provider: 'custom', base_url: 'http://l/v1/', api_key: 'k' },
        providers: { l: { name: 'Lab', api: 'http://l/v1' } },
      },
    },
    ['model_config model_config api_key'],
  ],
  [
    'a custom row goes with its definition’s key, a manual one stays',
    'custom:lab',
    {
      config: { providers: { l: { name: 'Lab', api: 'http://l/v1' } } },
      auth: stored(
        'custom:lab',
        { source: 'config:Lab', label: 'c' },
        { source: 'manual', label: 'm', access_token: 'k' },
      ),
    },
    ['manual m api_key'],
  ],
  [
    'rows of an endpoint that is defined no more stay',
    'custom:gone',
    { auth: stored('custom:gone', { source: 'config:Gone', label: 'c' }) },
    ['config:Gone c api_key'],
  ],
])('%s', (_name, provider, spec, entries) => {
  expect(pool(provider, spec)).toEqual(entries);
});

test('an entry that follows its source keeps id, label and priority, and a new secret clears its status', () => {
  const row = {
    source: 'env:OPENROUTER_API_KEY',
    label: 'mine',
    ...out,
    secret_fingerprint: 'sha256:0',
  };
  const { auth, inputs } = snapshotOf({
    env: 'OPENROUTER_API_KEY=new\n',
    auth: stored('openrouter', { source: 'manual', label: 'm', access_token: 'k' }, row),
  });
  const [, entry] = loadPool('openrouter', auth, inputs).entries;
  expect(entry).toMatchObject({ id: 'id1', label: 'mine', priority: 1, status: undefined });
  expect(entry?.secret.reveal()).toBe('new');
  expect(entry?.raw).not.toHaveProperty('access_token');
});

test('an entry whose secret stayed keeps its status', () => {
  const first = snapshotOf({ env: 'OPENROUTER_API_KEY=same\n' });
  const seeded = loadPool('openrouter', {}, first.inputs).entries[0]?.raw ?? {};
  const auth = { credential_pool: { openrouter: [{ ...seeded, ...out }] } };
  const pooled = loadPool('openrouter', auth, first.inputs);
  expect(pooled).toMatchObject({ changed: false, entries: [{ status: 'exhausted' }] });
});

test('a raw secret in a borrowed row survives as long as its variable is not set', () => {
  const row = { source: 'env:GLM_API_KEY', label: 'g', access_token: 'raw' };
  const unset = snapshotOf({ auth: stored('zai', row) });
  expect(loadPool('zai', unset.auth, unset.inputs).entries[0]?.raw.access_token).toBe('raw');
  const set = snapshotOf({ auth: stored('zai', row), env: 'GLM_API_KEY=raw\n' });
  expect(loadPool('zai', set.auth, set.inputs).entries[0]?.raw).not.toHaveProperty('access_token');
});

test('a base URL variable moves seeded entries', () => {
  const { inputs } = snapshotOf({ env: 'XAI_API_KEY=k\nXAI_BASE_URL=https://eu.x.ai/v1/\n' });
  expect(loadPool('xai', {}, inputs).entries[0]?.baseUrl).toBe('https://eu.x.ai/v1');
});
