import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { codex } from '../../src/providers/drivers/codex.ts';
import { importCodexLogin } from '../../src/providers/drivers/import-codex.ts';
import type { Grant } from '../../src/providers/oauth.ts';
import { codexSim, openaiError } from '../internet/codex.ts';
import { startInternet } from '../internet/internet.ts';
import { redirect, reset, truncated, wrongJson } from '../internet/misbehave.ts';
import type { SimReply } from '../internet/simulator.ts';
import { fakeJwt, refused } from '../internet/xai.ts';
import { failureOf, fakeClock, testLogin } from '../support/login.ts';

const old: Grant = {
  accessToken: new Secret('old-access'),
  refreshToken: new Secret('old-refresh'),
  expiresAt: 1,
  obtainedAt: 0,
  account: 'alice@example.com',
  facts: {},
};

test('a confirmed code becomes a grant; both 403 and 404 mean "not yet"', async () => {
  const clock = fakeClock();
  const sim = codexSim({ pending: 3, now: clock.now, life: 3600, email: 'alice@example.com' });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown } = testLogin(internet, { clock });
  const start = clock.now();
  const grant = await codex.login(context);
  expect(grant).toMatchObject({
    account: 'alice@example.com',
    expiresAt: start + 20_000 + 3_600_000,
    facts: {},
  });
  expect(grant.refreshToken?.reveal()).toBe(sim.tokens.issued[0]?.refreshToken);
  expect(shown).toEqual([
    {
      kind: 'device_code',
      url: 'https://auth.openai.com/codex/device',
      completeUrl: undefined,
      userCode: 'ABCD-12345',
      expiresAt: start + 900_000,
      intervalMs: 5000,
    },
  ]);
  expect(clock.slept).toEqual([5000, 5000, 5000, 5000]);
});

test.each([
  ['a text', '7', 7000],
  ['a number', 8, 8000],
  ['too small', '1', 3000],
  ['zero', 0, 3000],
  ['nonsense', 'soon', 5000],
  ['absurd', '99999', 60_000],
])('an interval that is %s', async (_name, interval, pause) => {
  const sim = codexSim({ pending: 0, interval });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, clock } = testLogin(internet);
  await codex.login(context);
  expect(clock.slept).toEqual([pause]);
});

test('a rate limit at the start is waited for, three times, as the server asks', async () => {
  const sim = codexSim({ pending: 0 });
  const limited = (retryAfter?: string): SimReply => ({
    status: 429,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    body: '',
  });
  sim.detours.next('usercode', limited(), limited('1'), limited('0'));
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown, clock } = testLogin(internet);
  await codex.login(context);
  expect(clock.slept).toEqual([2000, 1000, 1000, 5000]);
  expect(shown[0]).toEqual({
    kind: 'note',
    text: 'OpenAI is rate-limiting login requests (429); retrying in 2s...',
  });
  sim.detours.next('usercode', limited(), limited(), limited(), limited());
  expect(await failureOf(codex.login(testLogin(internet).context))).toMatchObject({
    code: 'codex_rate_limited',
  });
});

test('nobody confirms: it ends after 15 minutes', async () => {
  const sim = codexSim({ pending: 1000 });
  await using internet = await startInternet({ hosts: sim.hosts });
  expect(await failureOf(codex.login(testLogin(internet).context))).toMatchObject({
    code: 'login_expired',
  });
  expect(sim.polls).toBe(179);
});

const bad: [name: string, reply: SimReply, code: string][] = [
  ['HTTP 500', { status: 500, body: '' }, 'login_failed'],
  ['400', openaiError(400, 'expired_code'), 'login_failed'],
  ['429', { status: 429, body: '' }, 'login_failed'],
  ['HTML', wrongJson, 'login_failed'],
  ['a redirect', redirect(307, 'https://evil.example/'), 'login_failed'],
  ['an empty object', { body: {} }, 'login_failed'],
  ['half a body', truncated('{"authorization_code":'), 'network_failed'],
  ['a cut connection', reset, 'network_failed'],
];

test.each(bad)('%s at a poll ends it', async (_name, reply, code) => {
  const sim = codexSim({ pending: 0 });
  sim.detours.next('poll', { status: 403, body: '' }, reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  expect(await failureOf(codex.login(testLogin(internet).context))).toMatchObject({ code });
  expect(sim.polls).toBe(2);
});

test.each(bad)(
  '%s at the exchange ends it, and the code is sent once',
  async (_name, reply, code) => {
    const sim = codexSim({ pending: 0 });
    sim.detours.next('exchange', reply);
    await using internet = await startInternet({ hosts: sim.hosts });
    expect(await failureOf(codex.login(testLogin(internet).context))).toMatchObject({ code });
    expect(internet.requests.filter(({ path }) => path === '/oauth/token')).toHaveLength(1);
  },
);

test.each<[string, SimReply, string]>([
  ['404', { status: 404, body: '' }, 'not enabled'],
  ['no device_auth_id', { body: { user_code: 'A', interval: '5' } }, 'incomplete'],
  ['no user_code', { body: { device_auth_id: 'd', interval: '5' } }, 'incomplete'],
  ['a redirect', redirect(302, 'https://evil.example/'), 'status 302'],
  ['HTML', wrongJson, 'no JSON'],
])('%s at the start ends it before anything is shown', async (_name, reply, says) => {
  const sim = codexSim();
  sim.detours.next('usercode', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown } = testLogin(internet);
  expect(await failureOf(codex.login(context))).toMatchObject({
    code: 'login_failed',
    message: expect.stringContaining(says),
  });
  expect(shown).toEqual([]);
});

test('the key usercode is read too', async () => {
  const sim = codexSim({ pending: 0, userCode: 'OTHER-1', deviceAuthId: 'd1' });
  sim.detours.next('usercode', { body: { device_auth_id: 'd1', usercode: 'OTHER-1' } });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown } = testLogin(internet);
  await codex.login(context);
  expect(shown).toMatchObject([{ userCode: 'OTHER-1' }]);
});

test('tokens without a refresh token are no login', async () => {
  const sim = codexSim({ pending: 0 });
  sim.detours.next('exchange', { body: { access_token: fakeJwt({ exp: 9e9 }) } });
  await using internet = await startInternet({ hosts: sim.hosts });
  expect(await failureOf(codex.login(testLogin(internet).context))).toMatchObject({
    message: expect.stringContaining('no refresh token'),
  });
});

test('a refresh rotates the token and keeps what it does not say', async () => {
  const clock = fakeClock();
  const sim = codexSim({ now: clock.now, life: 7200 });
  sim.tokens.accept('old-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const result = await codex.refresh(testLogin(internet, { clock }).context, old);
  if (!('grant' in result)) throw new Error('no grant');
  expect(result.grant.refreshToken?.reveal()).toBe(sim.tokens.issued[0]?.refreshToken);
  expect(result.grant.expiresAt).toBe(clock.now() + 7_200_000);
  const again = await codex.refresh(testLogin(internet, { clock }).context, old);
  expect(again).toMatchObject({ failure: { kind: 'dead', reason: 'refresh_token_reused' } });
  expect(sim.tokens.isGood(result.grant.refreshToken?.reveal() ?? '')).toBe(false);
});

test('an answer without a refresh token leaves the old one', async () => {
  const sim = codexSim();
  sim.detours.next('refresh', { body: { access_token: fakeJwt({ exp: 9e9 }) } });
  await using internet = await startInternet({ hosts: sim.hosts });
  const result = await codex.refresh(testLogin(internet).context, old);
  expect('grant' in result && result.grant.refreshToken?.reveal()).toBe('old-refresh');
});

test.each<[string, SimReply, object]>([
  ['invalid_grant', refused('invalid_grant'), { kind: 'dead', reason: 'invalid_grant' }],
  [
    'a nested code',
    openaiError(400, 'refresh_token_reused'),
    { kind: 'dead', reason: 'refresh_token_reused' },
  ],
  ['a code at the top', { status: 400, body: { code: 'refresh_token_expired' } }, { kind: 'dead' }],
  ['invalid_request', refused('invalid_request'), { kind: 'dead', reason: 'invalid_request' }],
  ['401 without a body', { status: 401, body: '' }, { kind: 'dead', status: 401 }],
  ['403 of OpenAI', openaiError(403, 'account_deactivated'), { kind: 'dead' }],
  ['403 of a wall', { status: 403, body: '<html>' }, { kind: 'uncertain' }],
  [
    '429',
    { status: 429, headers: { 'retry-after': '30' } },
    { kind: 'retry', retryAfterMs: 30_000 },
  ],
  [
    '429 for long',
    { status: 429, headers: { 'retry-after': '900' } },
    { kind: 'retry', retryAfterMs: undefined },
  ],
  ['500', { status: 500, body: '' }, { kind: 'uncertain' }],
  ['HTML', wrongJson, { kind: 'uncertain' }],
  ['a redirect', redirect(308, 'https://evil.example/'), { kind: 'uncertain' }],
  ['a cut connection', reset, { kind: 'uncertain' }],
])('refresh: %s', async (_name, reply, failure) => {
  const sim = codexSim();
  sim.detours.next('refresh', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const result = await codex.refresh(testLogin(internet).context, old);
  expect(result).toMatchObject({ failure });
  expect(internet.requests).toHaveLength(1);
});

function codexHome(content: unknown): string {
  const dir = mkdtempSync(join(tmpdir(), 'codex-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, '.codex'));
  writeFileSync(
    join(dir, '.codex', 'auth.json'),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
  return dir;
}

const tokens = {
  access_token: fakeJwt({ exp: 2e9 }),
  refresh_token: 'vendor-refresh',
  id_token: fakeJwt({ email: 'bob@example.com' }),
  account_id: 'acct-2',
};

test('an import copies the tokens of the Codex CLI', async () => {
  const userHome = codexHome({ auth_mode: 'chatgpt', OPENAI_API_KEY: 'sk-ignored', tokens });
  const clock = fakeClock();
  const grant = await importCodexLogin({ clock, userHome, env: {} });
  expect(grant).toMatchObject({ expiresAt: 2e12, account: 'bob@example.com' });
  expect(grant.facts).toEqual({ account_id: 'acct-2' });
  expect(grant.refreshToken?.reveal()).toBe('vendor-refresh');
  const env = { CODEX_HOME: join(userHome, '.codex') };
  expect(await importCodexLogin({ clock, userHome: undefined, env })).toMatchObject({
    account: 'bob@example.com',
  });
});

test.each([
  ['no file', undefined],
  ['no JSON', '{"tokens"'],
  ['an API key only', { OPENAI_API_KEY: 'sk-x', tokens: null }],
  ['no refresh token', { tokens: { ...tokens, refresh_token: '' } }],
  ['a token that has run out', { tokens: { ...tokens, access_token: fakeJwt({ exp: 1000 }) } }],
])('an import finds nothing in %s', async (_name, content) => {
  const userHome = content === undefined ? '/nowhere' : codexHome(content);
  const importing = importCodexLogin({ clock: fakeClock(), userHome, env: {} });
  expect(await failureOf(importing)).toMatchObject({ code: 'codex_auth_missing' });
});
