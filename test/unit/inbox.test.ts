import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { realRandom } from '../../src/base/deps.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { Secret } from '../../src/base/secret.ts';
import { findHome, type Home } from '../../src/pool/home.ts';
import {
  dropItem,
  fillMarker,
  isInboxEmpty,
  type ManagedLogin,
  putGrant,
  putMarker,
  putMcpGrant,
  readInbox,
} from '../../src/pool/inbox.ts';
import { mcpFiles, readMcpTokens } from '../../src/pool/mcp-tokens.ts';
import { homeStore } from '../../src/pool/store.ts';
import { takeGrants } from '../../src/pool/take-grants.ts';
import { overwriteStart } from '../../src/pool/write/write-in-place.ts';
import type { McpGrant } from '../../src/providers/mcp/mcp-server.ts';
import type { Grant } from '../../src/providers/oauth.ts';
import { fakeClock } from '../support/login.ts';

const clock = fakeClock({ start: 1_800_000_000_000 });
const deps = { clock, random: realRandom };

function newHome(): Home {
  const dir = mkdtempSync(join(tmpdir(), 'inbox-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return findHome({}, dir, { home: join(dir, 'home'), profile: undefined });
}

function storeOf(home: Home) {
  const signal = new AbortController().signal;
  return homeStore(home, { ...deps, env: {}, signal, userHome: undefined }, 1000);
}

const grant: Grant = {
  accessToken: new Secret('access-0123456789'),
  refreshToken: new Secret('refresh-0123456789'),
  idToken: new Secret('id-0123456789'),
  expiresAt: 1_800_000_100_000,
  obtainedAt: 1_800_000_000_000,
  account: 'alice@example.com',
  facts: { scope: 'a b', tls: { insecure: false } },
};

const marker = {
  provider: 'nous',
  label: 'portal',
  entryId: 'a1b2c3',
  spent: 'f00d',
  managed: undefined,
};

test('a grant goes in and comes out whole, in a file that only its owner reads', () => {
  const home = newHome();
  expect(isInboxEmpty(home)).toBe(true);
  const managed = { address: 'nous/portal', declaration: 'dotfiles', protect: true };
  putGrant(home, deps, { provider: 'nous', label: 'portal', grant, managed });
  const [name = ''] = readdirSync(home.inboxDir);
  expect(name).toMatch(/^[0-9a-f]{16}\.json$/);
  expect(statSync(join(home.inboxDir, name)).mode & 0o777).toBe(0o600);
  expect(statSync(home.inboxDir).mode & 0o777).toBe(0o700);
  const [item] = readInbox(home);
  expect(item).toMatchObject({
    provider: 'nous',
    label: 'portal',
    entryId: undefined,
    spent: undefined,
    managed,
    at: clock.now(),
  });
  const { accessToken, refreshToken, idToken, ...rest } = grant;
  expect(item?.grant).toMatchObject(rest);
  expect(item?.grant?.accessToken.equals(accessToken)).toBe(true);
  expect(item?.grant?.refreshToken?.reveal()).toBe(refreshToken?.reveal());
  expect(item?.grant?.idToken?.reveal()).toBe(idToken?.reveal());
  expect(inspect(item)).not.toContain('0123456789');
  if (item) dropItem(item);
  expect(isInboxEmpty(home)).toBe(true);
});

test('a marker has room for the grant that answers it, even over its own bytes', () => {
  const home = newHome();
  const item = putMarker(home, deps, marker);
  const size = statSync(item.path).size;
  expect(size).toBeGreaterThanOrEqual(32 * 1024);
  expect(readInbox(home)).toMatchObject([{ ...marker, grant: undefined }]);

  fillMarker(item, grant, deps);
  const text = JSON.stringify(readInbox(home));
  expect(readInbox(home)).toMatchObject([{ ...marker, grant: { account: 'alice@example.com' } }]);

  // As on a full disk.
  const other = putMarker(home, deps, marker);
  writeFileSync(other.path, ' '.repeat(size));
  overwriteStart(other.path, `${JSON.stringify({ provider: 'x', grant: null })}\n`);
  expect(statSync(other.path).size).toBe(size);
  expect(readInbox(home).map(({ provider }) => provider)).toContain('x');
  expect(text).not.toContain('0123456789');
});

test('what makes no sense is left alone, and other names are nobody’s business', () => {
  const home = newHome();
  mkdirSync(home.inboxDir, { recursive: true });
  writeFileSync(join(home.inboxDir, '0123456789abcdef.json'), '{"provider": ');
  writeFileSync(join(home.inboxDir, 'fedcba9876543210.json'), '[]');
  writeFileSync(join(home.inboxDir, 'notes.txt'), 'x');
  expect(readInbox(home)).toEqual([]);
  expect(readdirSync(home.inboxDir)).toHaveLength(3);
});

test('oldest first', async () => {
  const home = newHome();
  for (const label of ['one', 'two', 'three']) {
    putGrant(home, deps, { provider: 'nous', label, grant });
    await clock.sleep(1);
  }
  expect(readInbox(home).map(({ label }) => label)).toEqual(['one', 'two', 'three']);
});

test('an empty inbox costs no lock and creates nothing', async () => {
  const home = newHome();
  expect(await takeGrants(deps, storeOf(home))).toEqual([]);
  expect(isInboxEmpty(home)).toBe(true);
  expect(() => statSync(home.dir)).toThrow('ENOENT');
});

test('taken twice, stored once: a kill between store and inbox doubles nothing', async () => {
  const home = newHome();
  const store = storeOf(home);
  const item = putGrant(home, deps, { provider: 'anthropic', label: 'max', grant });
  expect(await takeGrants(deps, store)).toMatchObject([{ state: 'stored' }]);
  putGrant(home, deps, { provider: 'anthropic', label: 'max', grant: item.grant ?? grant });
  expect(await takeGrants(deps, store)).toMatchObject([{ state: 'held' }]);
  const { auth } = await store.read();
  expect(auth.credential_pool).toMatchObject({ anthropic: [{ label: 'max' }] });
  expect(isInboxEmpty(home)).toBe(true);
});

test('a renewal whose entry is gone adds the login', async () => {
  const home = newHome();
  const store = storeOf(home);
  putGrant(home, deps, { provider: 'anthropic', label: 'max', entryId: 'gone', grant });
  expect(await takeGrants(deps, store)).toMatchObject([{ state: 'stored' }]);
});

test('a login that was stored, and renewed before the inbox was emptied, is not written over', async () => {
  const home = newHome();
  const store = storeOf(home);
  const item = { provider: 'anthropic', label: 'max', grant };
  putGrant(home, deps, item);
  await takeGrants(deps, store);
  // As Hermes does: the same entry with the next pair of tokens.
  await store.update(({ auth }) => {
    const [row] = (auth.credential_pool as { anthropic: JsonObject[] }).anthropic;
    Object.assign(row ?? {}, {
      access_token: 'renewed-access',
      refresh_token: 'renewed-refresh',
      expires_at_ms: 1_800_000_200_000,
    });
  });
  // The file that a kill left behind.
  putGrant(home, deps, item);
  expect(await takeGrants(deps, store)).toMatchObject([{ state: 'superseded' }]);
  expect(isInboxEmpty(home)).toBe(true);
  const { auth } = await store.read();
  expect(auth.credential_pool).toMatchObject({
    anthropic: [{ label: 'max', refresh_token: 'renewed-refresh' }],
  });
});

test('a refresh whose entry is gone is dropped', async () => {
  const home = newHome();
  const store = storeOf(home);
  const item = putMarker(home, deps, marker);
  fillMarker(item, grant, deps);
  expect(await takeGrants(deps, store)).toMatchObject([{ state: 'superseded' }]);
  expect(isInboxEmpty(home)).toBe(true);
});

test('a store that refuses keeps everything in the inbox', async () => {
  const home = newHome();
  mkdirSync(home.dir, { recursive: true });
  writeFileSync(home.authFile, '{"version": 2, "providers": {}}');
  putGrant(home, deps, { provider: 'anthropic', label: 'max', grant });
  await expect(takeGrants(deps, storeOf(home))).rejects.toMatchObject({
    code: 'auth_newer_version',
  });
  expect(readInbox(home)).toHaveLength(1);
});

const mcpGrant: McpGrant = {
  tokens: {
    accessToken: new Secret('mcp-access'),
    refreshToken: new Secret('mcp-refresh'),
    expiresAt: 1_800_000_100_000,
    expiresIn: 100,
    obtainedAt: 1_800_000_000_000,
    tokenType: 'bearer',
    scope: 'mcp:tools',
  },
  client: {
    id: 'client-1',
    secret: new Secret('mcp-client-secret'),
    facts: { client_id: 'client-1', redirect_uris: ['http://127.0.0.1:1/callback'] },
  },
  metadata: { issuer: 'https://as.example' },
};

/** Texts of a server's three files; undefined for one that is not there. */
function mcpTexts(home: Home, server: string): (string | undefined)[] {
  const { tokens, client, meta } = mcpFiles(home, server);
  return [client, meta, tokens].map((path) =>
    existsSync(path) ? readFileSync(path, 'utf8') : undefined,
  );
}

test('a login at an MCP server goes in and comes out whole; its files are written once', async () => {
  const home = newHome();
  const managed = { address: 'mcp:a b', declaration: 'dotfiles', protect: false };
  putMcpGrant(home, deps, { server: 'a b', mcpGrant, managed });
  const [item] = readInbox(home);
  expect(item).toMatchObject({ label: 'a b', grant: undefined, managed });
  expect(item?.mcpGrant).toEqual(mcpGrant);
  expect(item?.mcpGrant?.tokens.refreshToken?.equals(new Secret('mcp-refresh'))).toBe(true);
  expect(item?.mcpGrant?.client.secret?.equals(new Secret('mcp-client-secret'))).toBe(true);
  const store = storeOf(home);
  expect(await takeGrants(deps, store)).toEqual([{ address: 'mcp:a b', state: 'stored' }]);
  const [client = '', meta = '', tokens = ''] = mcpTexts(home, 'a b');
  expect(JSON.parse(client)).toMatchObject({ client_secret: 'mcp-client-secret' });
  expect(JSON.parse(meta)).toEqual({ issuer: 'https://as.example' });
  expect(JSON.parse(tokens)).toMatchObject({ access_token: 'mcp-access', expires_in: 100 });
  expect(isInboxEmpty(home)).toBe(true);
  putMcpGrant(home, deps, { server: 'a b', mcpGrant });
  expect(await takeGrants(deps, store)).toEqual([{ address: 'mcp:a b', state: 'held' }]);
});

test.each([
  ['what became of it is not written over', 'client-1', 1_800_000_200, 'superseded', 'theirs'],
  ['the login before it is', 'client-1', 1_799_999_999, 'stored', 'mcp-access'],
  ['a login of another client is', 'client-2', 1_800_000_200, 'stored', 'mcp-access'],
  ['tokens without an end are', 'client-1', undefined, 'stored', 'mcp-access'],
])('a waiting MCP login: %s', async (_name, client_id, expires_at, state, access) => {
  const home = newHome();
  const files = mcpFiles(home, 'linear');
  mkdirSync(dirname(files.tokens), { recursive: true });
  writeFileSync(files.client, JSON.stringify({ client_id }));
  writeFileSync(files.tokens, JSON.stringify({ access_token: 'theirs', expires_at }));
  putMcpGrant(home, deps, { server: 'linear', mcpGrant });
  expect(await takeGrants(deps, storeOf(home))).toEqual([{ address: 'mcp:linear', state }]);
  expect(readMcpTokens(home, 'linear')?.accessToken.equals(new Secret(access))).toBe(true);
});

test('a login at an MCP server that was killed before its file had its name is not lost', async () => {
  const home = newHome();
  const { path } = putMcpGrant(home, deps, { server: 'linear', mcpGrant });
  renameSync(path, `${path}.tmp.12.${'a'.repeat(32)}`);
  const later = { ...deps, clock: fakeClock({ start: Date.now() + 2 * 60 * 60_000 }) };
  expect(await takeGrants(later, storeOf(home))).toEqual([
    { address: 'mcp:linear', state: 'stored' },
  ]);
  expect(readMcpTokens(home, 'linear')?.accessToken.equals(new Secret('mcp-access'))).toBe(true);
  expect(readdirSync(home.inboxDir)).toEqual([]);
});

test.each([
  [
    'spotify',
    (home: Home, managed: ManagedLogin) =>
      putGrant(home, deps, { provider: 'spotify', grant, managed }),
  ],
  [
    'mcp:linear',
    (home: Home, managed: ManagedLogin) =>
      putMcpGrant(home, deps, { server: 'linear', mcpGrant, managed }),
  ],
  [
    'anthropic/max',
    (home: Home, managed: ManagedLogin) =>
      putGrant(home, deps, { provider: 'anthropic', label: 'max', grant, managed }),
  ],
])(
  '%s: a declared login that was stored before a kill is bound all the same',
  async (address, put) => {
    const home = newHome();
    const store = storeOf(home);
    put(home, { address, declaration: 'dotfiles', protect: true });
    expect(await takeGrants(deps, store)).toMatchObject([{ state: 'stored' }]);
    const bound = store.readLedger();
    expect([...bound.entries.keys(), ...bound.sessions.keys()]).toEqual([address]);
    rmSync(home.ledgerFile);
    put(home, { address, declaration: 'dotfiles', protect: true });
    expect(await takeGrants(deps, store)).toMatchObject([{ state: 'held' }]);
    expect(store.readLedger()).toEqual(bound);
  },
);

test('a single login that was renewed before the inbox was emptied is not written over', async () => {
  const home = newHome();
  const store = storeOf(home);
  const accessToken = new Secret('renewed-0123456789');
  const renewed = { ...grant, accessToken, expiresAt: 1_800_003_600_000 };
  putGrant(home, deps, { provider: 'spotify', grant: renewed });
  await takeGrants(deps, store);
  putGrant(home, deps, { provider: 'spotify', grant });
  expect(await takeGrants(deps, store)).toMatchObject([{ state: 'superseded' }]);
  expect((await store.read()).auth).toMatchObject({
    providers: { spotify: { access_token: 'renewed-0123456789' } },
  });
});
