import { expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { endOf, minimax } from '../../src/providers/drivers/minimax.ts';
import type { Grant } from '../../src/providers/oauth.ts';
import { startInternet } from '../internet/internet.ts';
import { minimaxError, minimaxSim } from '../internet/minimax.ts';
import { redirect, reset, truncated, wrongJson } from '../internet/misbehave.ts';
import type { SimReply } from '../internet/simulator.ts';
import { failureOf, testLogin } from '../support/login.ts';

const old: Grant = {
  accessToken: new Secret('old-access'),
  refreshToken: new Secret('old-refresh'),
  expiresAt: 1,
  obtainedAt: 0,
  account: undefined,
  facts: { region: 'global', client_id: 'c' },
};

test('a confirmed code becomes a grant with all facts of the state', async () => {
  const sim = minimaxSim({
    pending: 2,
    more: { resource_url: 'https://r.example', notification_message: 'Welcome' },
  });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown, clock } = testLogin(internet);
  const start = clock.now();
  const grant = await minimax.login(context);
  expect(grant.expiresAt).toBe(clock.now() + 86_400_000);
  expect(grant.facts).toEqual({
    provider: 'minimax-oauth',
    region: 'global',
    portal_base_url: 'https://api.minimax.io',
    inference_base_url: 'https://api.minimax.io/anthropic',
    client_id: '78257093-7e40-4613-99e0-527b14b39113',
    scope: 'group_id profile model.completion',
    token_type: 'Bearer',
    resource_url: 'https://r.example',
  });
  expect(shown).toEqual([
    {
      kind: 'device_code',
      url: 'https://www.minimax.io/oauth?user_code=MMAX-5678',
      completeUrl: 'https://www.minimax.io/oauth?user_code=MMAX-5678',
      userCode: 'MMAX-5678',
      expiresAt: start + 600_000,
      intervalMs: 2500,
    },
    { kind: 'note', text: 'Note from MiniMax: Welcome' },
  ]);
  expect(clock.slept).toEqual([2500, 2500, 2500]);
});

test.each([
  ['none', null, 2000],
  ['too short', 100, 2000],
  ['absurd', 1e9, 60_000],
])('an interval: %s', async (_name, interval, pause) => {
  const sim = minimaxSim({ pending: 0, interval });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, clock } = testLogin(internet);
  await minimax.login(context);
  expect(clock.slept).toEqual([pause]);
});

test.each([
  ['seconds', 600, 1_800_000_600_000],
  ['text', '600', 1_800_000_600_000],
  ['an absolute time', 1_800_000_700_000, 1_800_000_700_000],
  ['just below half of now', 899_999_999_999, undefined],
  ['zero', 0, undefined],
  ['negative', -5, undefined],
  ['absurd', 1e17, undefined],
  ['no number', 'soon', undefined],
  ['absent', undefined, undefined],
])('expired_in: %s', (_name, value, end) => {
  const now = 1_800_000_000_000;
  const ten = 10 * 366 * 86_400_000;
  const found = endOf(value, now);
  expect(found !== undefined && found > now + ten ? undefined : found).toBe(end);
});

test('the tokens’ end as an absolute time', async () => {
  const sim = minimaxSim({ pending: 0, expiredIn: 1_900_000_000_000 });
  await using internet = await startInternet({ hosts: sim.hosts });
  const grant = await minimax.login(testLogin(internet).context);
  expect(grant.expiresAt).toBe(1_900_000_000_000);
});

test('nobody confirms: it ends with the code', async () => {
  const sim = minimaxSim({ pending: 1000, codeExpiredIn: 20 });
  await using internet = await startInternet({ hosts: sim.hosts });
  expect(await failureOf(minimax.login(testLogin(internet).context))).toMatchObject({
    code: 'login_expired',
  });
  expect(sim.polls).toBe(7);
});

test.each<[string, SimReply, string]>([
  ['a denial', minimaxError('user refused'), 'login_denied'],
  ['HTTP 400', minimaxError('bad code', 400), 'login_failed'],
  ['HTTP 500', { status: 500, body: '' }, 'login_failed'],
  ['HTML', wrongJson, 'login_failed'],
  ['a redirect', redirect(302, 'https://evil.example/'), 'login_failed'],
  ['a success without tokens', { body: { status: 'success' } }, 'login_failed'],
  [
    'a success without an end',
    { body: { status: 'success', access_token: 'a', refresh_token: 'b' } },
    'login_failed',
  ],
  [
    'a success without a refresh token',
    { body: { status: 'success', access_token: 'a', expired_in: 60 } },
    'login_failed',
  ],
  ['half a body', truncated('{"status":'), 'network_failed'],
  ['a cut connection', reset, 'network_failed'],
])('%s at a poll ends it', async (_name, reply, code) => {
  const sim = minimaxSim({ pending: 0 });
  sim.detours.next('token', { body: { status: 'waiting' } }, reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  expect(await failureOf(minimax.login(testLogin(internet).context))).toMatchObject({ code });
  expect(sim.polls).toBe(2);
});

const code = {
  user_code: 'U',
  verification_uri: 'https://www.minimax.io/oauth',
  expired_in: 60,
};

test.each<[string, SimReply, string]>([
  ['another state', { body: { ...code, state: 'x' } }, 'state_mismatch'],
  ['no state', { body: code }, 'state_mismatch'],
  ['HTML', wrongJson, 'no JSON'],
  ['HTTP 403', minimaxError('no access', 403), 'no access'],
  ['a redirect', redirect(307, 'https://evil.example/'), 'HTTP 307'],
])('%s at the start ends it before anything is shown', async (_name, reply, says) => {
  const sim = minimaxSim();
  sim.detours.next('code', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown } = testLogin(internet);
  expect(await failureOf(minimax.login(context))).toMatchObject({
    code: 'login_failed',
    message: expect.stringContaining(says),
  });
  expect(shown).toEqual([]);
});

test('a refresh rotates, at the host of the region', async () => {
  const sim = minimaxSim({ host: 'api.minimaxi.com' });
  sim.tokens.accept('old-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, clock } = testLogin(internet);
  const result = await minimax.refresh(context, { ...old, facts: { region: 'cn' } });
  expect(result).toMatchObject({
    grant: { expiresAt: clock.now() + 86_400_000, facts: { region: 'cn', token_type: 'Bearer' } },
  });
});

test.each<[string, SimReply, object]>([
  ['refused', minimaxError('invalid_refresh_token'), { kind: 'dead' }],
  ['200 with another status', { body: { status: 'pending' } }, { kind: 'dead' }],
  ['401', { status: 401, body: '' }, { kind: 'dead' }],
  ['429', { status: 429, headers: { 'retry-after': '2' } }, { kind: 'retry', retryAfterMs: 2000 }],
  ['500', { status: 500, body: '' }, { kind: 'uncertain' }],
  ['HTML', wrongJson, { kind: 'uncertain' }],
  ['a cut connection', reset, { kind: 'uncertain' }],
])('refresh: %s', async (_name, reply, failure) => {
  const sim = minimaxSim();
  sim.detours.next('refresh', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  expect(await minimax.refresh(testLogin(internet).context, old)).toMatchObject({ failure });
  expect(internet.requests).toHaveLength(1);
});
