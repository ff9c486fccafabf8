import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../src/base/deps.ts';
import { Secret } from '../../src/base/secret.ts';
import { copilotCache } from '../../src/pool/copilot-cache.ts';
import { findHome } from '../../src/pool/home.ts';
import { withLock } from '../../src/pool/lock.ts';
import { exchangeCopilotToken } from '../../src/providers/drivers/copilot.ts';
import { type CopilotOptions, copilotSim } from '../internet/copilot.ts';
import { startInternet } from '../internet/internet.ts';
import { redirect, reset, wrongJson } from '../internet/misbehave.ts';
import type { SimReply } from '../internet/simulator.ts';
import { fakeClock, testLogin } from '../support/login.ts';

const GITHUB = 'gho_0123456789abcdef';
const TOKEN = 'tid=1;exp=2;proxy-ep=proxy.business.githubcopilot.com';

function cacheIn(clock = fakeClock()) {
  const dir = mkdtempSync(join(tmpdir(), 'copilot-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const home = findHome({}, dir, { home: dir, profile: undefined });
  const file = join(dir, '.copilot_jwt.json');
  const { random, signal } = testLogin(undefined).context;
  const cache = copilotCache(home, { clock, random, signal });
  return { cache, clock, file, home };
}

const simWith = (more: Partial<CopilotOptions> = {}) =>
  copilotSim({ tokens: { [GITHUB]: TOKEN }, ...more });

test('a token is exchanged once, and then comes from the cache that Hermes reads too', async () => {
  const { cache, clock, file } = cacheIn();
  const expiresAt = clock.now() / 1000 + 1500;
  const sim = simWith({ expiresAt });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet, { clock });
  const first = await exchangeCopilotToken(context, new Secret(GITHUB), cache);
  expect(first).toMatchObject({
    kind: 'exchanged',
    baseUrl: 'https://api.individual.githubcopilot.com',
    expiresAt: expiresAt * 1000,
  });
  expect(first.token.reveal()).toBe(TOKEN);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    // First 16 hex digits of SHA-256 of the GitHub token.
    '192715c9aec9501a': {
      api_token: TOKEN,
      expires_at: expiresAt,
      base_url: 'https://api.individual.githubcopilot.com',
    },
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const second = await exchangeCopilotToken(context, new Secret(GITHUB), cache);
  expect(second.token.reveal()).toBe(TOKEN);
  expect(sim.exchanges).toBe(1);
});

test('tokens that are kept at once are all kept, and what a killed writer left is swept', async () => {
  const { cache, clock, file } = cacheIn();
  const left = `${file}.tmp.1.${'a'.repeat(32)}`;
  writeFileSync(left, 'half a token');
  const row = { api_token: TOKEN, expires_at: clock.now() / 1000 + 1500 };
  const names = ['one', 'two', 'three'];
  await Promise.all(names.map((name) => cache.put(name, row)));
  expect(Object.keys(JSON.parse(readFileSync(file, 'utf8'))).sort()).toEqual([...names].sort());
  expect(existsSync(left)).toBe(false);
});

test('while somebody holds the lock the token is used and not kept, after a short wait', async () => {
  const { cache, clock, file, home } = cacheIn();
  const { random } = testLogin(undefined).context;
  const row = { api_token: TOKEN, expires_at: clock.now() / 1000 + 1500 };
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let taken = () => {};
  const isTaken = new Promise<void>((resolve) => {
    taken = resolve;
  });
  const holding = withLock(home.lockFile, { waitMs: 0, clock: realClock, random }, () => {
    taken();
    return released;
  });
  await isTaken;
  const before = clock.now();
  await cache.put('one', row);
  expect(clock.now() - before).toBe(1000);
  expect(existsSync(file)).toBe(false);
  release();
  await holding;
  await cache.put('one', row);
  expect(existsSync(file)).toBe(true);
});

test('two minutes before its end a cached token counts no more, and old rows go', async () => {
  const { cache, clock, file } = cacheIn();
  const sim = simWith({ expiresAt: clock.now() / 1000 + 9000 });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet, { clock });
  const row = (seconds: number) => ({ api_token: 'old', expires_at: clock.now() / 1000 + seconds });
  writeFileSync(
    file,
    JSON.stringify({ '192715c9aec9501a': row(120), gone: row(-1), alive: row(9) }),
  );
  expect((await exchangeCopilotToken(context, new Secret(GITHUB), cache)).token.reveal()).toBe(
    TOKEN,
  );
  expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')))).toEqual([
    'alive',
    '192715c9aec9501a',
  ]);
});

test.each([
  ['the host that the exchange names', {}, {}, 'https://api.individual.githubcopilot.com'],
  ['else the proxy of the token', { api: null }, {}, 'https://api.business.githubcopilot.com'],
  [
    'not a foreign host',
    { api: 'https://evil.example' },
    {},
    'https://api.business.githubcopilot.com',
  ],
  [
    'not http',
    { api: 'http://api.githubcopilot.com' },
    {},
    'https://api.business.githubcopilot.com',
  ],
  [
    'else a variable',
    { api: null, tokens: { [GITHUB]: 'tid=1' } },
    { COPILOT_API_BASE_URL: 'https://ghe.example/' },
    'https://ghe.example',
  ],
  [
    'else the default',
    { api: null, tokens: { [GITHUB]: 'tid=1' } },
    {},
    'https://api.githubcopilot.com',
  ],
  [
    'not a foreign proxy',
    { api: null, tokens: { [GITHUB]: 'proxy-ep=evil.example' } },
    {},
    'https://api.githubcopilot.com',
  ],
])('base URL: %s', async (_name, options, env, baseUrl) => {
  const { cache } = cacheIn();
  await using internet = await startInternet({ hosts: simWith(options).hosts });
  const { context } = testLogin(internet, { env });
  expect(await exchangeCopilotToken(context, new Secret(GITHUB), cache)).toMatchObject({ baseUrl });
});

test('an end of 0 means half an hour', async () => {
  const { cache, clock } = cacheIn();
  await using internet = await startInternet({ hosts: simWith({ expiresAt: 0 }).hosts });
  const { context } = testLogin(internet, { clock });
  expect(await exchangeCopilotToken(context, new Secret(GITHUB), cache)).toMatchObject({
    expiresAt: clock.now() + 1_800_000,
  });
});

test.each([401, 403, 404])(
  'HTTP %i is not tried again, and remembered for half an hour',
  async (status) => {
    const { cache, clock } = cacheIn();
    const sim = simWith();
    sim.detours.next('exchange', { status, body: '' });
    await using internet = await startInternet({ hosts: sim.hosts });
    const { context } = testLogin(internet, { clock });
    const exchange = () => exchangeCopilotToken(context, new Secret(GITHUB), cache);
    const raw = await exchange();
    expect(raw).toMatchObject({ kind: 'raw', reason: `http_${status}` });
    expect(raw.token.reveal()).toBe(GITHUB);
    await clock.sleep(599_000);
    await clock.sleep(599_000);
    await clock.sleep(599_000);
    expect((await exchange()).kind).toBe('raw');
    expect(sim.exchanges).toBe(1);
    await clock.sleep(4000);
    expect((await exchange()).kind).toBe('exchanged');
  },
);

test.each<[string, SimReply]>([
  ['500', { status: 500, body: '' }],
  ['429', { status: 429, body: '' }],
  ['HTML', wrongJson],
  ['a redirect', redirect(302, 'https://evil.example/')],
  ['a cut connection', reset],
  ['a token with a line break', { body: { token: 'a\nb' } }],
])('%s is tried three times, and remembered for a minute', async (_name, reply) => {
  const { cache, clock } = cacheIn();
  const sim = simWith();
  sim.detours.next('exchange', reply, reply, reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet, { clock });
  const exchange = () => exchangeCopilotToken(context, new Secret(GITHUB), cache);
  expect((await exchange()).kind).toBe('raw');
  expect(clock.slept).toEqual([1500, 3000]);
  expect((await exchange()).kind).toBe('raw');
  expect(sim.exchanges).toBe(3);
  await clock.sleep(60_000);
  expect((await exchange()).kind).toBe('exchanged');
});

test('a cache that makes no sense counts as empty', async () => {
  const { cache, file } = cacheIn();
  writeFileSync(file, '{"192715c9aec9501a": ');
  const sim = simWith();
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet);
  expect((await exchangeCopilotToken(context, new Secret(GITHUB), cache)).kind).toBe('exchanged');
});
