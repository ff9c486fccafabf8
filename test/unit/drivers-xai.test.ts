import { expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { xai } from '../../src/providers/drivers/xai.ts';
import type { Grant } from '../../src/providers/oauth.ts';
import { startInternet } from '../internet/internet.ts';
import { redirect, reset, wrongJson } from '../internet/misbehave.ts';
import type { SimReply } from '../internet/simulator.ts';
import { fakeJwt, refused, xaiSim } from '../internet/xai.ts';
import { failureOf, testLogin } from '../support/login.ts';

const DISCOVERY = {
  authorization_endpoint: 'https://auth.x.ai/oauth2/authorize',
  token_endpoint: 'https://auth.x.ai/oauth2/token',
};

function grantWith(more: Partial<Grant> = {}): Grant {
  return {
    accessToken: new Secret('old-access'),
    refreshToken: new Secret('old-refresh'),
    expiresAt: 1,
    obtainedAt: 0,
    account: 'alice@example.com',
    facts: { discovery: DISCOVERY },
    ...more,
  };
}

test('a confirmed code becomes a grant with the account of the id token', async () => {
  const sim = xaiSim({ pending: 2, claims: { sub: 'u1', email: 'alice@example.com' } });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown, clock } = testLogin(internet);
  const start = clock.now();
  const grant = await xai.login(context);
  expect(grant).toMatchObject({
    account: 'alice@example.com',
    expiresAt: clock.now() + 21_600_000,
    facts: { discovery: DISCOVERY, token_type: 'Bearer' },
  });
  expect(grant.refreshToken?.reveal()).toBe(sim.tokens.issued[0]?.refreshToken);
  expect(shown).toEqual([
    {
      kind: 'device_code',
      url: 'https://accounts.x.ai/device',
      completeUrl: 'https://accounts.x.ai/device?user_code=WXYZ-1234',
      userCode: 'WXYZ-1234',
      expiresAt: start + 1_800_000,
      intervalMs: 5000,
    },
  ]);
  expect(clock.slept).toEqual([5000, 5000, 5000]);
});

test('slow_down makes the pauses five seconds longer, each time', async () => {
  const sim = xaiSim({ pending: 0 });
  sim.detours.next('token', refused('slow_down'), refused('slow_down'), refused('slow_down'));
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, clock } = testLogin(internet);
  await xai.login(context);
  expect(clock.slept).toEqual([5000, 10_000, 15_000, 20_000]);
});

test.each([
  ['absent', null, 5000],
  ['zero', 0, 5000],
  ['negative', -1, 5000],
  ['text', '7', 7000],
  ['nonsense', 'soon', 5000],
  ['tiny', 0.001, 1000],
])('an interval that is %s', async (_name, interval, pause) => {
  const sim = xaiSim({ pending: 0, interval });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, clock } = testLogin(internet);
  await xai.login(context);
  expect(clock.slept).toEqual([pause]);
});

test('an interval beyond the end of the code asks nothing and ends with it', async () => {
  const sim = xaiSim({ interval: 1e8, deviceExpiresIn: 300 });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, clock } = testLogin(internet);
  expect(await failureOf(xai.login(context))).toMatchObject({ code: 'login_expired' });
  expect(clock.slept).toEqual([300_000]);
  expect(sim.polls).toBe(0);
});

test('a code that nobody confirms runs out', async () => {
  const sim = xaiSim({ pending: 1000, deviceExpiresIn: 60 });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet);
  expect(await failureOf(xai.login(context))).toMatchObject({ code: 'login_expired' });
  expect(sim.polls).toBe(11);
});

const ends: [name: string, reply: SimReply, code: string][] = [
  ['a denial', refused('access_denied'), 'login_denied'],
  ['an expired code', refused('expired_token'), 'login_expired'],
  ['another error', refused('invalid_client', 401), 'login_failed'],
  ['429', { status: 429, body: '' }, 'login_failed'],
  ['503', { status: 503, body: '' }, 'login_failed'],
  ['a redirect', redirect(302, 'http://169.254.169.254/'), 'login_failed'],
  ['HTML', wrongJson, 'login_failed'],
  ['tokens without a refresh token', { body: { access_token: 'a' } }, 'login_failed'],
  ['a cut connection', reset, 'network_failed'],
];

test.each(ends)('%s at a poll ends it', async (_name, reply, code) => {
  const sim = xaiSim({ pending: 0 });
  sim.detours.next('token', refused('authorization_pending'), reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  expect(await failureOf(xai.login(testLogin(internet).context))).toMatchObject({ code });
  expect(sim.polls).toBe(2);
});

const code = {
  device_code: 'd',
  user_code: 'ABCD',
  verification_uri: 'https://accounts.x.ai/device',
  expires_in: 60,
};
const devices: [name: string, reply: SimReply][] = [
  ['no device_code', { body: { ...code, device_code: undefined } }],
  ['no user_code', { body: { ...code, user_code: '' } }],
  ['a user_code with an escape', { body: { ...code, user_code: '\u001b]8;;x' } }],
  ['no expires_in', { body: { ...code, expires_in: null } }],
  ['a script as address', { body: { ...code, verification_uri: 'javascript:alert(1)' } }],
  ['a file as address', { body: { ...code, verification_uri: 'file:///etc/passwd' } }],
  ['an http address', { body: { ...code, verification_uri: 'http://accounts.x.ai/' } }],
  [
    'an address with a name in it',
    { body: { ...code, verification_uri: 'https://x.ai@evil.example/' } },
  ],
  ['HTML', wrongJson],
  ['a redirect', redirect(307, 'https://evil.example/')],
  ['429', { status: 429, body: '' }],
];

test.each(devices)('%s at the start ends it before anything is shown', async (_name, reply) => {
  const sim = xaiSim();
  sim.detours.next('device', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown } = testLogin(internet);
  expect(await failureOf(xai.login(context))).toMatchObject({ code: 'login_failed' });
  expect(shown).toEqual([]);
});

test('an address with the code filled in that is not https is left out', async () => {
  const sim = xaiSim({ pending: 0 });
  const body = { ...code, verification_uri_complete: 'javascript:alert(1)' };
  sim.detours.next('device', { body });
  sim.detours.next('token', refused('access_denied'));
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown } = testLogin(internet);
  await failureOf(xai.login(context));
  expect(shown).toMatchObject([{ completeUrl: undefined }]);
  // The simulator did not give this device code.
  expect(internet.takeProblems()).toHaveLength(1);
});

test.each([
  ['another host', { ...DISCOVERY, token_endpoint: 'https://evil.example/token' }],
  ['a look-alike', { ...DISCOVERY, token_endpoint: 'https://auth.x.ai.evil.example/token' }],
  ['another look-alike', { ...DISCOVERY, token_endpoint: 'https://notx.ai/token' }],
  ['http', { ...DISCOVERY, token_endpoint: 'http://auth.x.ai/token' }],
  ['another port', { ...DISCOVERY, token_endpoint: 'https://auth.x.ai:8443/token' }],
  ['no token endpoint', { authorization_endpoint: DISCOVERY.authorization_endpoint }],
  ['another issuer', { ...DISCOVERY, issuer: 'https://evil.example' }],
])('discovery that names %s is refused', async (_name, body) => {
  const sim = xaiSim();
  sim.detours.next('discovery', { body }, { body });
  await using internet = await startInternet({ hosts: sim.hosts });
  expect(await failureOf(xai.login(testLogin(internet).context))).toMatchObject({
    code: 'login_failed',
  });
  const { context } = testLogin(internet);
  const result = await xai.refresh(context, grantWith({ facts: {} }));
  expect(result).toMatchObject({ failure: { kind: 'retry' } });
  expect(internet.connects).toEqual(['auth.x.ai', 'auth.x.ai']);
});

test('Ctrl-C ends the wait with its reason', async () => {
  const sim = xaiSim({ interval: 10_000, deviceExpiresIn: 100_000 });
  await using internet = await startInternet({ hosts: sim.hosts });
  const stop = new AbortController();
  const reason = new Error('Ctrl-C');
  const { context } = testLogin(internet, {
    signal: stop.signal,
    person: () => {
      setImmediate(() => stop.abort(reason));
      return undefined;
    },
  });
  expect(await failureOf(xai.login(context))).toBe(reason);
});

test('a refresh asks the endpoint that is stored, and discovery when none is', async () => {
  const sim = xaiSim();
  sim.tokens.accept('old-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet);
  const first = await xai.refresh(context, grantWith());
  expect(internet.requests.map(({ path }) => path)).toEqual(['/oauth2/token']);
  if (!('grant' in first)) throw new Error('no grant');
  expect(first.grant).toMatchObject({
    account: 'alice@example.com',
    facts: { discovery: DISCOVERY },
  });
  const second = await xai.refresh(context, { ...first.grant, facts: {} });
  expect(second).toHaveProperty('grant');
  expect(internet.requests).toHaveLength(3);
});

test('a stored endpoint outside x.ai is not asked', async () => {
  const sim = xaiSim();
  sim.tokens.accept('old-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const facts = { discovery: { ...DISCOVERY, token_endpoint: 'https://evil.example/token' } };
  const result = await xai.refresh(testLogin(internet).context, grantWith({ facts }));
  expect(result).toHaveProperty('grant');
  expect(new Set(internet.connects)).toEqual(new Set(['auth.x.ai']));
});

test.each([
  [
    { status: 403, body: {} },
    { kind: 'retry', reason: 'xai_oauth_tier_denied' },
  ],
  [
    { status: 400, body: {} },
    { kind: 'dead', reason: 'xai_refresh_failed', status: 400 },
  ],
  [refused('invalid_grant'), { kind: 'dead', reason: 'invalid_grant' }],
  [refused('invalid_client', 401), { kind: 'retry', reason: 'invalid_client' }],
  [{ status: 500, body: {} }, { kind: 'uncertain' }],
] as const)('refresh: %j', async (reply, failure) => {
  const sim = xaiSim();
  sim.detours.next('token', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const result = await xai.refresh(testLogin(internet).context, grantWith());
  expect(result).toMatchObject({ failure });
  expect(internet.requests).toHaveLength(1);
});

test('the skew follows the whole life of the token', () => {
  const at = (iat: number, exp: number) =>
    xai.refreshSkewMs(grantWith({ accessToken: new Secret(fakeJwt({ iat, exp })) }));
  expect(at(1000, 1000 + 21_600)).toBe(3_600_000);
  expect(at(1000, 1000 + 45 * 60)).toBe(120_000);
  expect(xai.refreshSkewMs(grantWith({ obtainedAt: 0, expiresAt: 21_600_000 }))).toBe(3_600_000);
  expect(xai.refreshSkewMs(grantWith({ expiresAt: undefined }))).toBe(120_000);
});
