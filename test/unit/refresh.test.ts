import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { realRandom } from '../../src/base/deps.ts';
import { GormesError } from '../../src/base/errors.ts';
import { createHttp } from '../../src/base/http.ts';
import { isJsonObject, type JsonObject } from '../../src/base/json.ts';
import { Secret } from '../../src/base/secret.ts';
import { findHome } from '../../src/pool/home.ts';
import { putGrant } from '../../src/pool/inbox.ts';
import { endSharedNous, readSharedNous, sharedNousPath } from '../../src/pool/nous-shared.ts';
import { loadPool } from '../../src/pool/pools.ts';
import { refreshEntry } from '../../src/pool/refresh.ts';
import type { RefreshDeps, RefreshRequest } from '../../src/pool/refresh-job.ts';
import { homeStore, type PoolStore } from '../../src/pool/store.ts';
import { takeGrants } from '../../src/pool/take-grants.ts';
import { codexSim, openaiError } from '../internet/codex.ts';
import { type Internet, startInternet } from '../internet/internet.ts';
import { reset, wrongJson } from '../internet/misbehave.ts';
import { nousSim } from '../internet/nous.ts';
import { qwenSim } from '../internet/qwen.ts';
import type { SimReply } from '../internet/simulator.ts';
import { spotifySim } from '../internet/spotify.ts';
import { fakeJwt, refused } from '../internet/xai.ts';
import { type FakeClock, failureOf, fakeClock } from '../support/login.ts';

const START = Date.UTC(2026, 10, 24, 12);

interface Setup {
  /** Files by path below the user's home; the Hermes home is `home`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Below the user's home; default `home`. */
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: FakeClock;
  readonly lockWaitMs?: number;
}

interface Place {
  readonly dir: string;
  readonly store: PoolStore;
  readonly deps: RefreshDeps;
  readonly clock: FakeClock;
  refresh(request?: Partial<RefreshRequest>): ReturnType<typeof refreshEntry>;
  path(name: string): string;
  read(name: string): string;
  auth(name?: string): JsonObject;
  row(provider: string, index?: number): JsonObject;
  inbox(): string[];
}

function place(internet: Internet, setup: Setup = {}): Place {
  const dir = mkdtempSync(join(tmpdir(), 'refresh-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const path = (name: string) => join(dir, name);
  for (const [name, text] of Object.entries(setup.files ?? {})) {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  }
  const clock = setup.clock ?? fakeClock({ start: START });
  const http = createHttp({
    env: internet.env,
    userAgent: 'gormes/0.0.0',
    caBundle: internet.authority.file,
  });
  const deps: RefreshDeps = {
    clock,
    env: setup.env ?? {},
    random: realRandom,
    signal: new AbortController().signal,
    userHome: dir,
    http: async () => http,
  };
  const home = findHome({}, dir, { home: path(setup.home ?? 'home'), profile: undefined });
  const store = homeStore(home, deps, setup.lockWaitMs ?? 60_000);
  const read = (name: string) => readFileSync(path(name), 'utf8');
  const auth = (name = 'home/auth.json'): JsonObject => JSON.parse(read(name));
  return {
    dir,
    store,
    deps,
    clock,
    path,
    read,
    auth,
    refresh: (request) =>
      refreshEntry(deps, store, { provider: 'openai-codex', entryId: 'c0ffee', ...request }),
    row: (provider, index = 0) => {
      const pools = auth().credential_pool;
      const rows = isJsonObject(pools) ? pools[provider] : undefined;
      const row = Array.isArray(rows) ? rows[index] : undefined;
      return isJsonObject(row) ? row : {};
    },
    inbox: () =>
      existsSync(path('home/gormes/inbox')) ? readdirSync(path('home/gormes/inbox')) : [],
  };
}

/** A Codex token that ends so many seconds after the start of the clock. */
const tokenFor = (seconds: number) => fakeJwt({ exp: START / 1000 + seconds });

function codexHome(seconds: number, more: JsonObject = {}, others: JsonObject[] = []): string {
  const row = {
    id: 'c0ffee',
    label: 'team',
    auth_type: 'oauth',
    priority: 0,
    source: 'manual:device_code',
    access_token: tokenFor(seconds),
    refresh_token: 'old-refresh',
    last_status: 'exhausted',
    request_count: 3,
    ...more,
  };
  const pools = { 'openai-codex': [row, ...others] };
  return JSON.stringify({ version: 1, providers: {}, credential_pool: pools }, null, 2);
}

/** A simulator of Codex on the clock of the test, which knows `old-refresh`. */
function codexOn(clock: FakeClock, life = 3600) {
  const sim = codexSim({ now: clock.now, life });
  sim.tokens.accept('old-refresh');
  return sim;
}

test('a due token is refreshed and stored before it is returned', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(100) } });
  const { how, grant, entry, warning } = await at.refresh();
  expect({ how, warning }).toEqual({ how: 'refreshed', warning: undefined });
  const [issued] = sim.tokens.issued;
  expect(grant.accessToken.reveal()).toBe(issued?.accessToken);
  expect(entry).toMatchObject({ id: 'c0ffee', label: 'team' });
  expect(at.row('openai-codex')).toMatchObject({
    id: 'c0ffee',
    access_token: issued?.accessToken,
    refresh_token: issued?.refreshToken,
    last_refresh: '2026-11-24T12:00:00.000000Z',
    last_status: null,
    request_count: 3,
  });
  expect(at.auth()).not.toHaveProperty('active_provider');
  expect(at.inbox()).toEqual([]);
  expect(readdirSync(at.path('home')).sort()).toEqual(['auth.json', 'auth.lock', 'gormes']);
});

test('a token that lives longer than its margin is neither locked for nor asked about', async () => {
  await using internet = await startInternet({ hosts: {} });
  const at = place(internet, { files: { 'home/auth.json': codexHome(121) } });
  expect((await at.refresh()).how).toBe('kept');
  expect(existsSync(at.path('home/auth.lock'))).toBe(false);
});

test('a wanted life beyond the margin makes a token due', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(1000) } });
  expect((await at.refresh({ minTtlMs: 1_000_000 })).how).toBe('refreshed');
});

test('a wanted life beyond any token’s: whoever waited takes what came, and asks no more', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(1000) } });
  const all = await Promise.all(
    Array.from({ length: 8 }, () => at.refresh({ minTtlMs: 86_400_000 })),
  );
  expect(sim.refreshes).toBe(1);
  expect(all.map(({ how }) => how).sort()).toEqual([...Array(7).fill('adopted'), 'refreshed']);
});

test('a refused token is refreshed although it lives, unless the store has another by now', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(9999) } });
  const seen = new Secret(tokenFor(9999));
  expect((await at.refresh({ force: true, seen })).how).toBe('refreshed');
  expect((await at.refresh({ force: true, seen })).how).toBe('adopted');
  expect(sim.refreshes).toBe(1);
});

test.each<[string, SimReply, string]>([
  ['invalid_grant', refused('invalid_grant'), 'invalid_grant'],
  ['reuse', openaiError(401, 'refresh_token_reused'), 'refresh_token_reused'],
])(
  '%s marks the entry dead, keeps its tokens, and leaves the others',
  async (_name, reply, reason) => {
    const clock = fakeClock({ start: START });
    const sim = codexOn(clock);
    sim.detours.next('refresh', reply);
    await using internet = await startInternet({ hosts: sim.hosts });
    const other = { id: 'b', label: 'other', source: 'manual:device_code', access_token: 'x' };
    const at = place(internet, { clock, files: { 'home/auth.json': codexHome(10, {}, [other]) } });
    expect(await failureOf(at.refresh({ force: true }))).toMatchObject({
      code: 'login_needed',
      exitCode: 5,
      message: `openai-codex "team" needs a new login (${reason})`,
      hint: 'log in again: gormes auth add openai-codex',
    });
    expect(at.row('openai-codex')).toMatchObject({
      access_token: tokenFor(10),
      refresh_token: 'old-refresh',
      last_status: 'dead',
      last_status_at: START / 1000,
      last_error_reason: reason,
    });
    expect(at.row('openai-codex', 1)).toEqual(other);
    expect(at.inbox()).toEqual([]);
    // A dead one is not asked about again.
    expect(await failureOf(at.refresh({ force: true }))).toMatchObject({ code: 'login_needed' });
    expect(sim.refreshes).toBe(1);
  },
);

test('a refusal while the old token lives gives the old one, with the reason', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  sim.detours.next('refresh', refused('invalid_grant'));
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(100) } });
  const { how, grant, warning } = await at.refresh();
  expect(how).toBe('old');
  expect(grant.accessToken.reveal()).toBe(tokenFor(100));
  expect(warning).toMatchObject({ code: 'login_needed' });
});

test('invalid_grant with another token on disk: that one is adopted, and nothing is marked', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(-10) } });
  const theirs = codexHome(5000, { refresh_token: 'their-refresh', label: 'theirs' });
  // Somebody without the lock writes while our request is under way.
  sim.detours.next('refresh', {
    raw: (response) => {
      writeFileSync(at.path('home/auth.json'), theirs);
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end('{"error":"invalid_grant"}');
    },
  });
  const { how, grant } = await at.refresh();
  expect(how).toBe('adopted');
  expect(grant.refreshToken?.reveal()).toBe('their-refresh');
  expect(at.read('home/auth.json')).toBe(theirs);
  expect(at.inbox()).toEqual([]);
  expect(sim.refreshes).toBe(1);
});

test('a newer token that came while ours was made stays; ours goes', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(-10) } });
  const theirs = codexHome(5000, { refresh_token: 'their-refresh' });
  sim.detours.next('refresh', {
    raw: (response) => {
      writeFileSync(at.path('home/auth.json'), theirs);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: tokenFor(60), refresh_token: 'ours' }));
    },
  });
  expect((await at.refresh()).grant.refreshToken?.reveal()).toBe('their-refresh');
  expect(at.read('home/auth.json')).toBe(theirs);
});

test.each<[string, SimReply]>([
  ['a cut connection', reset],
  ['HTTP 500', { status: 500, body: '' }],
  ['HTML', wrongJson],
  ['a redirect', { status: 307, headers: { location: 'https://evil.example/' }, body: '' }],
  ['a token with a line break', { body: { access_token: 'a\r\nb', refresh_token: 'c' } }],
])('%s: nobody knows, and the token is never sent again', async (_name, reply) => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  sim.detours.next('refresh', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(-10) } });
  const before = at.read('home/auth.json');
  expect(await failureOf(at.refresh())).toMatchObject({ code: 'refresh_uncertain', exitCode: 5 });
  expect(at.read('home/auth.json')).toBe(before);
  expect(at.inbox()).toHaveLength(1);
  expect(await failureOf(at.refresh())).toMatchObject({
    code: 'refresh_uncertain',
    message: expect.stringMatching(/at 2026-11-2\d \d\d:\d\d \(/),
  });
  expect(sim.refreshes).toBe(1);
  // A new login answers the question.
  writeFileSync(at.path('home/auth.json'), codexHome(9999, { refresh_token: 'new-login' }));
  expect(await takeGrants(at.deps, at.store)).toEqual([
    { address: 'openai-codex/team', state: 'superseded' },
  ]);
  expect(at.inbox()).toEqual([]);
});

test('a marker in the inbox tells nothing about the token', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  sim.detours.next('refresh', reset);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(-10) } });
  await failureOf(at.refresh());
  const text = at.read(`home/gormes/inbox/${at.inbox()[0]}`);
  expect(text).not.toMatch(/old-refresh|eyJ/);
  expect(JSON.parse(text)).toMatchObject({ provider: 'openai-codex', entry: 'c0ffee' });
});

test('no connection: tried three times, then it is as before and may be tried again', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  const { 'auth.openai.com': handle } = sim.hosts;
  if (typeof handle !== 'function') throw new Error('a handler');
  await using down = await startInternet({ hosts: { 'auth.openai.com': { handle, tunnel: 502 } } });
  const at = place(down, { clock, files: { 'home/auth.json': codexHome(-10) } });
  expect(await failureOf(at.refresh())).toMatchObject({ code: 'refresh_failed', exitCode: 1 });
  expect(down.connects).toHaveLength(3);
  expect(at.inbox()).toEqual([]);
  await using up = await startInternet({ hosts: sim.hosts });
  const again = place(up, { clock, files: { 'home/auth.json': at.read('home/auth.json') } });
  expect((await again.refresh()).how).toBe('refreshed');
});

test('a short wait that the provider asks for is kept, outside of the lock, once', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  const limited = { status: 429, headers: { 'retry-after': '7' }, body: '' };
  // The reuse that the simulator would see is not one: it refused the first request unseen.
  sim.detours.next('refresh', limited, {
    body: { access_token: tokenFor(999), refresh_token: 'n' },
  });
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(-10) } });
  expect((await at.refresh()).how).toBe('refreshed');
  expect(clock.slept).toEqual([7000]);
  sim.detours.next('refresh', limited, limited);
  expect(await failureOf(at.refresh({ force: true }))).toMatchObject({ code: 'refresh_failed' });
  expect(clock.slept).toEqual([7000, 7000]);
  expect(at.row('openai-codex')).toMatchObject({
    last_status: 'exhausted',
    last_error_code: 429,
    last_error_reset_at: clock.now() / 1000 + 7,
    refresh_token: 'n',
  });
});

test.each([
  ['the own directory', 'home/gormes', 'write_failed'],
  ['the inbox', 'home/gormes/inbox', 'read_failed'],
])('something in the place of %s: nothing is sent', async (_name, path, code) => {
  await using internet = await startInternet({ hosts: {} });
  const files = { 'home/auth.json': codexHome(-10), [path]: 'a file in the way' };
  const at = place(internet, { files });
  expect(await failureOf(at.refresh())).toMatchObject({ code });
  expect(internet.connects).toEqual([]);
  expect(readdirSync(at.path('home')).filter((name) => name.includes('.tmp.'))).toEqual([]);
});

test('a store that cannot be written after the answer: the grant waits in the inbox', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(-10) } });
  const text = at.read('home/auth.json');
  sim.detours.next('refresh', {
    raw: (response) => {
      rmSync(at.path('home/auth.json'));
      symlinkSync('auth.json', at.path('home/auth.json')); // a loop
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: tokenFor(999), refresh_token: 'rescued' }));
    },
  });
  const error = await failureOf(at.refresh());
  expect(error).toMatchObject({ code: 'refresh_not_stored', exitCode: 1 });
  expect(error instanceof GormesError && error.hint).toContain(at.path('home/gormes/inbox'));
  rmSync(at.path('home/auth.json'));
  writeFileSync(at.path('home/auth.json'), text);
  expect((await at.refresh()).how).toBe('adopted');
  expect(at.row('openai-codex').refresh_token).toBe('rescued');
  expect(at.inbox()).toEqual([]);
  expect(sim.refreshes).toBe(1);
});

test('an error that nobody expects after the request left keeps the marker', async () => {
  await using internet = await startInternet({ hosts: {} });
  const at = place(internet, { files: { 'home/auth.json': codexHome(-10) } });
  const surprise = new RangeError('surprise');
  const deps: RefreshDeps = { ...at.deps, http: async () => () => Promise.reject(surprise) };
  const request = { provider: 'openai-codex', entryId: 'c0ffee' };
  expect(await failureOf(refreshEntry(deps, at.store, request))).toBe(surprise);
  expect(at.inbox()).toHaveLength(1);
  expect(await failureOf(at.refresh())).toMatchObject({ code: 'refresh_uncertain' });
});

test('a driver that cannot even ask leaves no marker', async () => {
  await using internet = await startInternet({ hosts: {} });
  const spotify = { access_token: 'a', refresh_token: 'b', expires_at: '2026-01-01T00:00:00Z' };
  const text = JSON.stringify({ version: 1, providers: { spotify } });
  const at = place(internet, { files: { 'home/auth.json': text } });
  const refreshing = at.refresh({ provider: 'spotify', entryId: undefined });
  expect(await failureOf(refreshing)).toMatchObject({ code: 'spotify_client_id_missing' });
  expect(at.inbox()).toEqual([]);
});

test('an entry without refresh token, or gone, says what to do', async () => {
  await using internet = await startInternet({ hosts: {} });
  const at = place(internet, {
    files: { 'home/auth.json': codexHome(-10, { refresh_token: '' }) },
  });
  expect(await failureOf(at.refresh())).toMatchObject({ code: 'login_needed', exitCode: 5 });
  expect(await failureOf(at.refresh({ entryId: 'gone' }))).toMatchObject({ code: 'entry_gone' });
});

test('a locked home gives the old token while it lives', async () => {
  await using internet = await startInternet({ hosts: {} });
  const at = place(internet, { lockWaitMs: 0, files: { 'home/auth.json': codexHome(100) } });
  let free = () => {};
  const held = at.store.lock(
    () =>
      new Promise<void>((resolve) => {
        free = resolve;
      }),
  );
  await expect.poll(() => existsSync(at.path('home/auth.lock'))).toBe(true);
  expect(await at.refresh()).toMatchObject({ how: 'old', warning: { code: 'home_locked' } });
  expect(await failureOf(at.refresh({ force: true }))).toMatchObject({ code: 'home_locked' });
  free();
  await held;
});

// Nous: the state is the truth, and profiles of Hermes share a login.

const nousToken = (seconds: number, sub = 'alice') =>
  fakeJwt({ sub, scope: 'inference:invoke', exp: START / 1000 + seconds });

function nousHome(seconds: number): string {
  const nous = {
    portal_base_url: 'https://portal.nousresearch.com',
    client_id: 'hermes-cli',
    scope: 'inference:invoke',
    token_type: 'Bearer',
    access_token: nousToken(seconds),
    refresh_token: 'old-refresh',
    expires_at: new Date(START + seconds * 1000).toISOString(),
    label: 'portal',
  };
  return JSON.stringify({ version: 1, providers: { nous }, active_provider: 'xai-oauth' }, null, 2);
}

function shared(seconds: number, refreshToken: string, sub = 'alice'): string {
  return JSON.stringify({
    _schema: 1,
    access_token: nousToken(seconds, sub),
    refresh_token: refreshToken,
    expires_at: new Date(START + seconds * 1000).toISOString(),
    client_id: 'hermes-cli',
  });
}

async function refreshNous(at: Place) {
  const { auth, inputs } = await at.store.read();
  const [entry] = loadPool('nous', auth, inputs).entries;
  return at.refresh({ provider: 'nous', entryId: entry?.id });
}

function nousOn(clock: FakeClock) {
  const sim = nousSim({ now: clock.now, claims: { sub: 'alice' } });
  sim.tokens.accept('old-refresh');
  return sim;
}

test('Nous: state and row are refreshed; label and active provider stay', async () => {
  const clock = fakeClock({ start: START });
  const sim = nousOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': nousHome(60) } });
  expect((await refreshNous(at)).how).toBe('refreshed');
  const [issued] = sim.tokens.issued;
  expect(at.auth()).toMatchObject({
    active_provider: 'xai-oauth',
    providers: {
      nous: {
        access_token: issued?.accessToken,
        refresh_token: issued?.refreshToken,
        agent_key: issued?.accessToken,
        label: 'portal',
      },
    },
  });
  expect(at.row('nous')).toMatchObject({ access_token: issued?.accessToken, label: 'portal' });
  expect(existsSync(at.path('home/shared'))).toBe(false);
});

test('Nous: a refusal marks the row and the state, and blanks nothing', async () => {
  const clock = fakeClock({ start: START });
  const sim = nousOn(clock);
  sim.detours.next('refresh', refused('refresh_token_reused'));
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': nousHome(-60) } });
  expect(await failureOf(refreshNous(at))).toMatchObject({ code: 'login_needed' });
  expect(at.auth().providers).toMatchObject({
    nous: {
      refresh_token: 'old-refresh',
      last_auth_error: {
        provider: 'nous',
        code: 'refresh_token_reused',
        reason: 'credential_pool_refresh_failure',
        relogin_required: true,
      },
    },
  });
  expect(at.row('nous')).toMatchObject({ last_status: 'dead', refresh_token: 'old-refresh' });
});

test('Nous: a fresher shared login is taken over without a request', async () => {
  const clock = fakeClock({ start: START });
  await using internet = await startInternet({ hosts: {} });
  const at = place(internet, {
    clock,
    files: {
      'home/auth.json': nousHome(60),
      'home/shared/nous_auth.json': shared(3000, 'shared-refresh'),
    },
  });
  const { how, grant } = await refreshNous(at);
  expect(how).toBe('adopted');
  expect(grant.refreshToken?.reveal()).toBe('shared-refresh');
  expect(at.auth().providers).toMatchObject({
    nous: { refresh_token: 'shared-refresh', portal_base_url: 'https://portal.nousresearch.com' },
  });
});

test('Nous: another account’s shared login is left alone, and not taken over', async () => {
  const clock = fakeClock({ start: START });
  const sim = nousOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const theirs = shared(3000, 'bobs-refresh', 'bob');
  const at = place(internet, {
    clock,
    files: { 'home/auth.json': nousHome(60), 'elsewhere/nous_auth.json': theirs },
  });
  const env = { HERMES_SHARED_AUTH_DIR: at.path('elsewhere') };
  const moved = { ...at.deps, env };
  const { auth, inputs } = await at.store.read();
  const [entry] = loadPool('nous', auth, inputs).entries;
  const request = { provider: 'nous', entryId: entry?.id };
  expect((await refreshEntry(moved, at.store, request)).how).toBe('refreshed');
  expect(at.read('elsewhere/nous_auth.json')).toBe(theirs);
});

test('Nous: a shared login with the spent token gets the new one; a logout ends it', async () => {
  const clock = fakeClock({ start: START });
  const sim = nousOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, {
    clock,
    files: {
      'home/auth.json': nousHome(60),
      'home/shared/nous_auth.json': shared(60, 'old-refresh'),
    },
  });
  expect((await refreshNous(at)).how).toBe('refreshed');
  const path = sharedNousPath(at.store.home, {});
  expect(path).toBe(at.path('home/shared/nous_auth.json'));
  expect(readSharedNous(path)?.refreshToken?.reveal()).toBe(sim.tokens.issued[0]?.refreshToken);
  expect(await endSharedNous(at.store.home, at.deps)).toBe(true);
  expect(existsSync(path)).toBe(false);
  expect(await endSharedNous(at.store.home, at.deps)).toBe(false);
});

test('a profile refreshes an inherited login in the root, and gets no copy', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, {
    clock,
    home: 'home/profiles/work',
    files: {
      'home/auth.json': codexHome(10),
      'home/profiles/work/auth.json': '{"version":1,"providers":{}}',
    },
  });
  expect((await at.refresh()).how).toBe('refreshed');
  expect(at.row('openai-codex').refresh_token).toBe(sim.tokens.issued[0]?.refreshToken);
  expect(at.read('home/profiles/work/auth.json')).toBe('{"version":1,"providers":{}}');
  expect(existsSync(at.path('home/profiles/work/auth.lock'))).toBe(false);
});

// Qwen: the token lives in the file of another program, which has a lock of its own.

const QWEN = {
  access_token: 'q-access',
  refresh_token: 'old-refresh',
  token_type: 'Bearer',
  resource_url: 'portal.qwen.ai',
  expiry_date: START + 60_000,
};

async function refreshQwen(at: Place) {
  const { auth, inputs } = await at.store.read();
  const [entry] = loadPool('qwen-oauth', auth, inputs).entries;
  return at.refresh({ provider: 'qwen-oauth', entryId: entry?.id });
}

test('Qwen: the new token goes to the file of the Qwen CLI, under its lock', async () => {
  const sim = qwenSim();
  sim.tokens.accept('old-refresh');
  let locked: boolean | undefined;
  const { 'chat.qwen.ai': handle } = sim.hosts;
  if (typeof handle !== 'function') throw new Error('a handler');
  const files = { '.qwen/oauth_creds.json': JSON.stringify(QWEN) };
  await using internet = await startInternet({
    hosts: {
      'chat.qwen.ai': (request) => {
        locked = existsSync(at.path('.qwen/oauth_creds.lock'));
        return handle(request);
      },
    },
  });
  const at = place(internet, { files });
  expect((await refreshQwen(at)).how).toBe('refreshed');
  expect(locked).toBe(true);
  expect(readdirSync(at.path('.qwen'))).toEqual(['oauth_creds.json']);
  const [issued] = sim.tokens.issued;
  expect(JSON.parse(at.read('.qwen/oauth_creds.json'))).toEqual({
    ...QWEN,
    access_token: issued?.accessToken,
    refresh_token: issued?.refreshToken,
    expiry_date: at.clock.now() + 21_600_000,
  });
  expect(at.read('home/auth.json')).not.toContain(issued?.accessToken);
});

test('Qwen: a lock that the Qwen CLI holds is waited for and respected; an old one is taken over', async () => {
  const sim = qwenSim();
  sim.tokens.accept('old-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const files = {
    '.qwen/oauth_creds.json': JSON.stringify({ ...QWEN, expiry_date: 1 }),
    '.qwen/oauth_creds.lock': '1',
  };
  const at = place(internet, { files });
  expect(await failureOf(refreshQwen(at))).toMatchObject({ code: 'refresh_busy' });
  expect(sim.refreshes).toBe(0);
  expect(existsSync(at.path('.qwen/oauth_creds.lock'))).toBe(true);
  const old = new Date(Date.now() - 11_000);
  utimesSync(at.path('.qwen/oauth_creds.lock'), old, old);
  expect((await refreshQwen(at)).how).toBe('refreshed');
});

test('Spotify: a session is refreshed in its state', async () => {
  const sim = spotifySim({ clientId: '0123abcd' });
  sim.tokens.accept('old-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const spotify = {
    client_id: '0123abcd',
    accounts_base_url: 'https://accounts.spotify.com',
    access_token: 'old',
    refresh_token: 'old-refresh',
    expires_at: new Date(START).toISOString(),
    scope: 's',
    auth_type: 'oauth_pkce',
  };
  const text = JSON.stringify({ version: 1, providers: { spotify } });
  const at = place(internet, { files: { 'home/auth.json': text } });
  const { how, entry } = await at.refresh({ provider: 'spotify', entryId: undefined });
  expect({ how, entry }).toEqual({ how: 'refreshed', entry: undefined });
  expect(at.auth().providers).toMatchObject({
    spotify: { refresh_token: sim.tokens.issued[0]?.refreshToken, client_id: '0123abcd' },
  });
});

test('a declared login that waits in the inbox is stored by the next refresh, and bound to its address', async () => {
  const clock = fakeClock({ start: START });
  const sim = codexOn(clock);
  await using internet = await startInternet({ hosts: sim.hosts });
  const at = place(internet, { clock, files: { 'home/auth.json': codexHome(-10) } });
  putGrant(at.store.home, at.deps, {
    provider: 'openai-codex',
    label: 'second',
    managed: { address: 'openai-codex/second', declaration: 'dotfiles', protect: true },
    grant: {
      accessToken: new Secret(tokenFor(5000)),
      refreshToken: new Secret('second-refresh'),
      expiresAt: START + 5_000_000,
      obtainedAt: START,
      account: undefined,
      facts: {},
    },
  });
  expect(await at.refresh()).toMatchObject({ how: 'refreshed' });
  const stored = at.row('openai-codex', 1);
  expect(stored).toMatchObject({
    label: 'second',
    source: 'manual:device_code',
    refresh_token: 'second-refresh',
  });
  expect(at.inbox()).toEqual([]);
  expect([...at.store.readLedger().entries]).toMatchObject([
    ['openai-codex/second', { id: stored.id, declaration: 'dotfiles', protect: true }],
  ]);
});
