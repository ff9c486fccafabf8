import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { realRandom } from '../../src/base/deps.ts';
import { isJsonObject, type JsonObject } from '../../src/base/json.ts';
import { Secret } from '../../src/base/secret.ts';
import { importPool } from '../../src/pool/draft-pool.ts';
import { type GrantToStore, grantOf, storeGrant, storeRefreshed } from '../../src/pool/grants.ts';
import { findHome } from '../../src/pool/home.ts';
import { loadPool } from '../../src/pool/pools.ts';
import { homeStore, type PoolStore } from '../../src/pool/store.ts';
import type { Grant } from '../../src/providers/oauth.ts';
import { fakeJwt } from '../internet/xai.ts';
import { apiKeysAndLogin, aprilHome } from '../support/homes.ts';
import { fakeClock } from '../support/login.ts';

const NOW = Date.UTC(2026, 7, 10, 9, 0, 0, 120);

interface Place {
  readonly dir: string;
  readonly store: PoolStore;
  read(name: string): string;
  auth(): JsonObject;
  rows(provider: string): JsonObject[];
}

/** A home with these files, and a user's home beside it. */
function place(files: Readonly<Record<string, string>> = {}): Place {
  const dir = mkdtempSync(join(tmpdir(), 'grants-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  const deps = {
    clock: fakeClock({ start: NOW }),
    env: {},
    random: realRandom,
    signal: new AbortController().signal,
    userHome: dir,
  };
  const home = findHome({}, dir, { home: join(dir, 'home'), profile: undefined });
  const read = (name: string) => readFileSync(join(dir, name), 'utf8');
  const auth = (): JsonObject => JSON.parse(read('home/auth.json'));
  return {
    dir,
    store: homeStore(home, deps, 1000),
    read,
    auth,
    rows: (provider) => {
      const pools = auth().credential_pool;
      const rows = isJsonObject(pools) ? pools[provider] : undefined;
      return Array.isArray(rows) ? rows.filter(isJsonObject) : [];
    },
  };
}

let ids = 0;
const newId = () => (++ids).toString(16).padStart(6, '0');

function keep(at: Place, input: Omit<GrantToStore, 'newId'>) {
  return at.store.update((draft) => storeGrant(draft, { ...input, newId }));
}

function grant(more: Partial<Grant> = {}): Grant {
  return {
    accessToken: new Secret('access-1'),
    refreshToken: new Secret('refresh-1'),
    expiresAt: NOW + 3_600_000,
    obtainedAt: NOW,
    account: undefined,
    facts: {},
    ...more,
  };
}

const STATUS = {
  last_status: null,
  last_status_at: null,
  last_error_code: null,
  last_error_reason: null,
  last_error_message: null,
  last_error_reset_at: null,
};

const nousToken = fakeJwt({ exp: NOW / 1000 + 3600, scope: 'inference:invoke' });
const nousGrant = (more: Partial<Grant> = {}) =>
  grant({
    accessToken: new Secret(nousToken),
    facts: {
      portal_base_url: 'https://portal.nousresearch.com',
      inference_base_url: 'https://inference-api.nousresearch.com/v1',
      client_id: 'hermes-cli',
      scope: 'inference:invoke',
      token_type: 'Bearer',
    },
    ...more,
  });

test('a login of Nous is the state of the example home, and the row that mirrors it', async () => {
  const at = place();
  await keep(at, { provider: 'nous', label: 'personal', grant: nousGrant() });
  const example: JsonObject = JSON.parse(apiKeysAndLogin.auth);
  const states = isJsonObject(example.providers) ? example.providers : {};
  const { nous } = at.auth().providers as { nous: JsonObject };
  expect(Object.keys(nous)).toEqual(Object.keys(states.nous ?? {}));
  expect(nous).toMatchObject({
    obtained_at: '2026-08-10T09:00:00.120000+00:00',
    expires_at: '2026-08-10T10:00:00.120000+00:00',
    expires_in: 3600,
    tls: { insecure: false, ca_bundle: null },
    agent_key: nousToken,
    agent_key_id: null,
    agent_key_expires_at: '2026-08-10T10:00:00+00:00',
    agent_key_expires_in: 3600,
    agent_key_obtained_at: '2026-08-10T09:00:00.120000+00:00',
    label: 'personal',
  });
  expect(at.auth().active_provider).toBe('nous');
  const pools = isJsonObject(example.credential_pool) ? example.credential_pool : {};
  const [exampleRow] = Array.isArray(pools.nous) ? pools.nous : [];
  const [row] = at.rows('nous');
  expect(Object.keys(row ?? {})).toEqual(Object.keys(exampleRow ?? {}));
  expect(row).toMatchObject({
    label: 'personal',
    auth_type: 'oauth',
    source: 'device_code',
    access_token: nousToken,
    refresh_token: 'refresh-1',
  });
});

test('Nous is labelled by the account, else by its source, and by --label in the state too', async () => {
  const anonymous = place();
  await keep(anonymous, { provider: 'nous', label: undefined, grant: nousGrant() });
  expect(anonymous.rows('nous')[0]?.label).toBe('device_code');
  const named = place();
  const accessToken = new Secret(fakeJwt({ exp: 9e9, email: 'alice@example.com' }));
  await keep(named, { provider: 'nous', label: undefined, grant: nousGrant({ accessToken }) });
  expect(named.rows('nous')[0]?.label).toBe('alice@example.com');
});

test('logging in to Nous again keeps id, label and priority, and clears what went wrong', async () => {
  const at = place({ 'home/auth.json': apiKeysAndLogin.auth });
  await at.store.update((draft) => {
    const [row] = importPool(draft, 'nous');
    Object.assign(row?.raw ?? {}, { last_status: 'dead', failure_reason: 'x' });
    const providers = draft.auth.providers as JsonObject;
    Object.assign(providers.nous ?? {}, { last_auth_error: { code: 'invalid_grant' } });
  });
  await keep(at, { provider: 'nous', label: undefined, grant: nousGrant() });
  expect(at.rows('nous')).toHaveLength(1);
  expect(at.rows('nous')[0]).toMatchObject({
    id: '3f09ac',
    label: 'personal',
    access_token: nousToken,
    ...STATUS,
  });
  expect(at.rows('nous')[0]).not.toHaveProperty('failure_reason');
  expect(at.auth().providers).toMatchObject({ nous: { label: 'personal' } });
  expect((at.auth().providers as { nous: JsonObject }).nous).not.toHaveProperty('last_auth_error');
});

test('a login of Codex is a row of its own with the fields of the example home', async () => {
  const at = place({ 'home/auth.json': aprilHome.auth });
  const accessToken = new Secret(fakeJwt({ exp: 9e9, email: 'bob@example.com' }));
  await keep(at, { provider: 'openai-codex', label: undefined, grant: grant({ accessToken }) });
  const [first, seeded, second] = at.rows('openai-codex');
  expect(seeded?.source).toBe('device_code');
  expect(Object.keys(second ?? {})).toEqual(
    Object.keys(first ?? {}).filter((name) => name !== 'failure_reason'),
  );
  expect(second).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{6}$/),
    label: 'bob@example.com',
    auth_type: 'oauth',
    priority: expect.any(Number),
    source: 'manual:device_code',
    access_token: accessToken.reveal(),
    refresh_token: 'refresh-1',
    ...STATUS,
    base_url: 'https://chatgpt.com/backend-api/codex',
    last_refresh: '2026-08-10T09:00:00.120000Z',
    request_count: 0,
  });
  expect(at.auth().active_provider).toBe('openai-codex');
});

test.each([
  ['openai-codex', 'an empty home', '{"providers":{}}', 'openai-codex'],
  ['openai-codex', 'another active one', '{"providers":{},"active_provider":"nous"}', 'nous'],
  ['xai-oauth', 'an empty home', '{"providers":{}}', 'xai-oauth'],
  ['nous', 'another active one', '{"providers":{},"active_provider":"x"}', 'nous'],
  [
    'minimax-oauth',
    'another active one',
    '{"providers":{},"active_provider":"x"}',
    'minimax-oauth',
  ],
  ['anthropic', 'an empty home', '{"providers":{}}', undefined],
  ['google-gemini-cli', 'an empty home', '{"providers":{}}', undefined],
  ['spotify', 'an empty home', '{"providers":{}}', undefined],
])('%s in %s: the active provider is as Hermes sets it', async (provider, _home, auth, active) => {
  const at = place({ 'home/auth.json': auth });
  await keep(at, { provider, label: undefined, grant: grant() });
  expect(at.auth().active_provider).toBe(active);
});

test('a second account of Codex leaves the active provider alone', async () => {
  const row = '{"id":"a1","label":"a","source":"manual:device_code","access_token":"t"}';
  const at = place({
    'home/auth.json': `{"providers":{},"credential_pool":{"openai-codex":[${row}]}}`,
  });
  await keep(at, { provider: 'openai-codex', label: undefined, grant: grant() });
  expect(at.auth()).not.toHaveProperty('active_provider');
  expect(at.rows('openai-codex').map(({ label }) => label)).toEqual(['a', 'openai-codex-oauth-2']);
});

test.each([
  [
    'anthropic',
    'manual:hermes_pkce',
    'https://api.anthropic.com',
    { expires_at_ms: NOW + 3_600_000 },
  ],
  [
    'xai-oauth',
    'manual:device_code',
    'https://api.x.ai/v1',
    { last_refresh: '2026-08-10T09:00:00.120000Z' },
  ],
  ['google-gemini-cli', 'manual:google_pkce', undefined, { expires_at_ms: NOW + 3_600_000 }],
])('%s: a row with exactly its fields', async (provider, source, baseUrl, more) => {
  const at = place();
  await keep(at, { provider, label: undefined, grant: grant() });
  expect(at.rows(provider)).toEqual([
    {
      id: expect.any(String),
      label: `${provider}-oauth-1`,
      auth_type: 'oauth',
      priority: 0,
      source,
      access_token: 'access-1',
      refresh_token: 'refresh-1',
      ...STATUS,
      ...(baseUrl === undefined ? {} : { base_url: baseUrl }),
      ...more,
      request_count: 0,
    },
  ]);
  expect(at.auth().providers).toEqual({});
});

test('Google: the file with the project, and the account as label', async () => {
  const at = place();
  const facts = { project_id: 'p-1', managed_project_id: 'm-1' };
  await keep(at, {
    provider: 'google-gemini-cli',
    label: undefined,
    grant: grant({ account: 'alice@example.com', facts }),
  });
  expect(at.rows('google-gemini-cli')[0]).toMatchObject({ label: 'alice@example.com' });
  expect(at.read('home/auth/google_oauth.json')).toBe(`{
  "access": "access-1",
  "email": "alice@example.com",
  "expires": ${NOW + 3_600_000},
  "refresh": "refresh-1|p-1|m-1"
}
`);
  await at.store.update((draft) => {
    const [entry] = importPool(draft, 'google-gemini-cli');
    storeRefreshed(
      draft,
      'google-gemini-cli',
      entry,
      grant({ accessToken: new Secret('access-2') }),
    );
  });
  expect(JSON.parse(at.read('home/auth/google_oauth.json'))).toMatchObject({
    access: 'access-2',
    refresh: 'refresh-1|p-1|m-1',
  });
});

test('MiniMax: the state, and one seeded row under the label', async () => {
  const at = place();
  const facts = {
    provider: 'minimax-oauth',
    region: 'global',
    portal_base_url: 'https://api.minimax.io',
    inference_base_url: 'https://api.minimax.io/anthropic',
    client_id: 'c',
    scope: 's',
    token_type: 'Bearer',
    resource_url: 'r',
  };
  await keep(at, { provider: 'minimax-oauth', label: 'mm', grant: grant({ facts }) });
  expect(at.auth().providers).toEqual({
    'minimax-oauth': {
      ...facts,
      access_token: 'access-1',
      refresh_token: 'refresh-1',
      obtained_at: '2026-08-10T09:00:00.120000+00:00',
      expires_at: '2026-08-10T10:00:00.120000+00:00',
      expires_in: 3600,
      label: 'mm',
    },
  });
  expect(at.rows('minimax-oauth')).toEqual([
    {
      id: expect.any(String),
      label: 'mm',
      auth_type: 'oauth',
      priority: 0,
      source: 'oauth',
      access_token: 'access-1',
      refresh_token: 'refresh-1',
      ...STATUS,
      base_url: 'https://api.minimax.io/anthropic',
      expires_at_ms: NOW + 3_600_000,
      request_count: 0,
    },
  ]);
});

test('Spotify: a session, and no row', async () => {
  const at = place();
  const facts = {
    client_id: 'c',
    redirect_uri: 'http://127.0.0.1:43827/spotify/callback',
    scope: 's',
  };
  expect(
    await keep(at, { provider: 'spotify', label: undefined, grant: grant({ facts }) }),
  ).toBeUndefined();
  expect(at.auth().providers).toMatchObject({
    spotify: { ...facts, access_token: 'access-1', expires_in: 3600, auth_type: 'oauth_pkce' },
  });
  expect(at.auth()).not.toHaveProperty('credential_pool');
});

const QWEN = {
  access_token: 'q-access',
  refresh_token: 'q-refresh',
  token_type: 'Bearer',
  resource_url: 'portal.qwen.ai',
  expiry_date: NOW - 1,
  future: { keep: 'me' },
};

test('Qwen: the login stays in its own file, the row says which it is', async () => {
  const at = place({ '.qwen/oauth_creds.json': JSON.stringify(QWEN) });
  const before = at.read('.qwen/oauth_creds.json');
  const facts = { base_url: 'https://portal.qwen.ai/v1' };
  const accessToken = new Secret('q-access');
  await keep(at, {
    provider: 'qwen-oauth',
    label: undefined,
    grant: grant({ accessToken, facts }),
  });
  expect(at.auth()).toMatchObject({
    active_provider: 'qwen-oauth',
    providers: { 'qwen-oauth': facts },
  });
  expect(at.rows('qwen-oauth')).toEqual([
    {
      id: expect.any(String),
      label: join(at.dir, '.qwen/oauth_creds.json'),
      auth_type: 'oauth',
      priority: 0,
      source: 'qwen-cli',
      ...STATUS,
      base_url: 'https://portal.qwen.ai/v1',
      expires_at_ms: NOW - 1,
      request_count: 0,
      secret_fingerprint: expect.stringMatching(/^sha256:[0-9a-f]{16}$/),
    },
  ]);
  expect(at.read('.qwen/oauth_creds.json')).toBe(before);
});

test('Qwen: a refresh goes back to the file, with what else stands there', async () => {
  const at = place({ '.qwen/oauth_creds.json': JSON.stringify(QWEN) });
  await at.store.update((draft) => {
    const [entry] = importPool(draft, 'qwen-oauth');
    storeRefreshed(draft, 'qwen-oauth', entry, grant({ facts: { token_type: 'Bearer' } }));
  });
  const text = at.read('.qwen/oauth_creds.json');
  expect(JSON.parse(text)).toEqual({
    ...QWEN,
    access_token: 'access-1',
    refresh_token: 'refresh-1',
    expiry_date: NOW + 3_600_000,
  });
  expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(JSON.parse(text)).sort());
  expect(text).toMatch(/^\{\n {2}"access_token".*\n\}\n$/s);
  expect(JSON.stringify(at.auth())).not.toContain('access-1');
  const again = await at.store.read();
  expect(loadPool('qwen-oauth', again.auth, again.inputs).changed).toBe(false);
});

test('Claude Code: only the tokens of its file change', async () => {
  const file = `{"claudeAiOauth": {"accessToken": "c-access", "refreshToken": "c-refresh",
    "expiresAt": 1, "scopes": ["user:inference"], "subscriptionType": "max"}, "other": 1e2}`;
  const at = place({
    '.claude/.credentials.json': file,
    'home/auth.json': '{"providers":{},"active_provider":"anthropic"}',
  });
  await at.store.update((draft) => {
    const [entry] = importPool(draft, 'anthropic');
    expect(entry?.source).toBe('claude_code');
    storeRefreshed(draft, 'anthropic', entry, grant());
  });
  expect(at.read('.claude/.credentials.json')).toBe(
    file
      .replace('c-access', 'access-1')
      .replace('c-refresh', 'refresh-1')
      .replace('"expiresAt": 1', `"expiresAt": ${NOW + 3_600_000}`),
  );
});

test('a file that another login took over meanwhile is left alone', async () => {
  const at = place({ '.qwen/oauth_creds.json': JSON.stringify(QWEN) });
  await at.store.update((draft) => {
    const [entry] = importPool(draft, 'qwen-oauth');
    const other = { ...QWEN, refresh_token: 'somebody-else' };
    writeFileSync(join(at.dir, '.qwen/oauth_creds.json'), JSON.stringify(other));
    storeRefreshed(draft, 'qwen-oauth', entry, grant());
  });
  expect(at.read('.qwen/oauth_creds.json')).toContain('somebody-else');
});

test('a suppressed own source comes back with a login, other suppressions stay', async () => {
  const at = place({
    'home/auth.json': '{"providers":{},"suppressed_sources":{"nous":["device_code","other"]}}',
  });
  await keep(at, { provider: 'nous', label: undefined, grant: nousGrant() });
  expect(at.rows('nous')).toHaveLength(1);
  expect(at.auth().suppressed_sources).toEqual({ nous: ['other'] });
});

test('renewing a row keeps it in its place, and forgets the old refresh token', async () => {
  const at = place({ 'home/auth.json': aprilHome.auth });
  await keep(at, {
    provider: 'openai-codex',
    label: undefined,
    entryId: 'c0ffee',
    grant: grant({ refreshToken: undefined }),
  });
  const rows = at.rows('openai-codex');
  expect(rows[0]).toMatchObject({
    id: 'c0ffee',
    label: 'me@example.com',
    priority: 0,
    access_token: 'access-1',
    ...STATUS,
  });
  expect(rows[0]).not.toHaveProperty('refresh_token');
});

test('the shared login of Codex is refreshed in its state, unknown fields kept', async () => {
  const at = place({
    'home/auth.json': aprilHome.auth.replace('"auth_mode"', '"extra": 1, "auth_mode"'),
  });
  await at.store.update((draft) => {
    const entry = importPool(draft, 'openai-codex').find(({ source }) => source === 'device_code');
    expect(storeRefreshed(draft, 'openai-codex', entry, grant())).toMatchObject({
      source: 'device_code',
    });
  });
  expect(at.auth()).toMatchObject({
    providers: {
      'openai-codex': {
        tokens: { access_token: 'access-1', refresh_token: 'refresh-1' },
        last_refresh: '2026-08-10T09:00:00.120000Z',
        auth_mode: 'chatgpt',
        extra: 1,
      },
    },
    some_future_key: { keep: 'me' },
  });
  const rows = at.rows('openai-codex');
  expect(rows.map(({ access_token }) => access_token)).toEqual([
    'eyJhbGciOiJSUzI1NiJ9.FAKE-CODEX-2.sig',
    'access-1',
  ]);
});

test.each(['nous', 'openai-codex', 'xai-oauth', 'minimax-oauth', 'anthropic'])(
  '%s: what is stored reads back as the same grant',
  async (provider) => {
    const at = place();
    const accessToken = new Secret(fakeJwt({ exp: Math.floor(NOW / 1000) + 3600 }));
    const facts = { scope: 's', portal_base_url: 'https://portal.nousresearch.com' };
    await keep(at, { provider, label: 'x', grant: grant({ accessToken, facts }) });
    const { auth, inputs } = await at.store.read();
    const [entry] = loadPool(provider, auth, inputs).entries;
    const state = inputs.logins[provider];
    const read = grantOf(provider, entry, isJsonObject(state) ? state : undefined);
    expect(read?.accessToken.equals(accessToken)).toBe(true);
    expect(read?.refreshToken?.reveal()).toBe('refresh-1');
    expect(read?.expiresAt).toBe((Math.floor(NOW / 1000) + 3600) * 1000);
    expect(JSON.stringify(read?.facts)).not.toMatch(/access-1|refresh-1|eyJ/);
  },
);
