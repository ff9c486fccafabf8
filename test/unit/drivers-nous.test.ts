import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { Secret } from '../../src/base/secret.ts';
import { nous, tokenProblem } from '../../src/providers/drivers/nous.ts';
import type { Grant, LoginOptions } from '../../src/providers/oauth.ts';
import { startInternet } from '../internet/internet.ts';
import { redirect, reset, silence, truncated, wrongJson } from '../internet/misbehave.ts';
import { nousSim } from '../internet/nous.ts';
import type { SimReply } from '../internet/simulator.ts';
import { fakeJwt, refused } from '../internet/xai.ts';
import { failureOf, fakeClock, testLogin } from '../support/login.ts';

const PORTAL = 'https://portal.nousresearch.com';
const INFERENCE = 'https://inference-api.nousresearch.com/v1';

function grantWith(more: Partial<Grant> = {}): Grant {
  return {
    accessToken: new Secret('old-access'),
    refreshToken: new Secret('old-refresh'),
    expiresAt: 1,
    obtainedAt: 0,
    account: 'alice@example.com',
    facts: { portal_base_url: PORTAL, client_id: 'hermes-cli', scope: 'inference:invoke' },
    ...more,
  };
}

test('a confirmed code becomes a grant with all facts of the state', async () => {
  const clock = fakeClock();
  const sim = nousSim({ pending: 2, now: clock.now, claims: { email: 'alice@example.com' } });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown } = testLogin(internet, { clock });
  const start = clock.now();
  const grant = await nous.login(context);
  expect(grant).toMatchObject({
    account: 'alice@example.com',
    obtainedAt: start + 15_000,
    expiresAt: start + 15_000 + 3_600_000,
  });
  expect(grant.facts).toEqual({
    portal_base_url: PORTAL,
    inference_base_url: INFERENCE,
    client_id: 'hermes-cli',
    scope: 'inference:invoke',
    token_type: 'Bearer',
  });
  expect(grant.refreshToken?.reveal()).toBe(sim.tokens.issued[0]?.refreshToken);
  expect(shown).toEqual([
    {
      kind: 'device_code',
      url: `${PORTAL}/device`,
      completeUrl: `${PORTAL}/device?code=NOUS-1234`,
      userCode: 'NOUS-1234',
      expiresAt: start + 900_000,
      intervalMs: 5000,
    },
  ]);
  // The server's interval, which Hermes does not keep.
  expect(clock.slept).toEqual([5000, 5000, 5000]);
});

test('options: portal, client, scope and inference URL are used and kept', async () => {
  const clock = fakeClock();
  const sim = nousSim({
    host: 'portal.staging.example',
    clientId: 'my-client',
    scope: 'inference:invoke tool:invoke',
    now: clock.now,
  });
  await using internet = await startInternet({ hosts: sim.hosts });
  const options = {
    portalUrl: 'https://portal.staging.example/',
    inferenceUrl: 'https://inference.staging.example/v1/',
    clientId: 'my-client',
    scopes: ['inference:invoke', 'tool:invoke'],
  };
  const grant = await nous.login(testLogin(internet, { clock, options }).context);
  expect(grant.facts).toMatchObject({
    portal_base_url: 'https://portal.staging.example',
    inference_base_url: 'https://inference.staging.example/v1',
    client_id: 'my-client',
    scope: 'inference:invoke tool:invoke',
  });
});

test('no scope at all is not sent', async () => {
  const clock = fakeClock();
  const sim = nousSim({ scope: null, now: clock.now });
  await using internet = await startInternet({ hosts: sim.hosts });
  await nous.login(testLogin(internet, { clock, options: { scopes: [] } }).context);
});

test.each([
  [
    'HERMES_PORTAL_BASE_URL',
    { HERMES_PORTAL_BASE_URL: 'https://one.example', NOUS_PORTAL_BASE_URL: 'https://two.example' },
  ],
  ['NOUS_PORTAL_BASE_URL', { NOUS_PORTAL_BASE_URL: 'https://one.example' }],
])('%s names the portal', async (_name, env) => {
  const clock = fakeClock();
  const sim = nousSim({ host: 'one.example', now: clock.now });
  await using internet = await startInternet({ hosts: sim.hosts });
  const grant = await nous.login(testLogin(internet, { clock, env }).context);
  expect(grant.facts.portal_base_url).toBe('https://one.example');
});

test.each<[string, LoginOptions]>([
  ['http', { portalUrl: 'http://portal.nousresearch.com' }],
  ['a name in it', { portalUrl: 'https://me:pw@portal.nousresearch.com' }],
  ['no URL', { portalUrl: 'portal.nousresearch.com' }],
  ['another scheme', { portalUrl: 'file:///etc/passwd' }],
  ['http for inference', { inferenceUrl: 'http://inference-api.nousresearch.com/v1' }],
])('an URL with %s is refused before anything is asked', async (_name, options) => {
  await using internet = await startInternet({ hosts: {} });
  expect(await failureOf(nous.login(testLogin(internet, { options }).context))).toMatchObject({
    code: 'url_not_allowed',
  });
  expect(internet.connects).toEqual([]);
});

test('an inference host that the portal names counts only when it is Nous’ own', async () => {
  const clock = fakeClock();
  const evil = nousSim({ inferenceBaseUrl: 'https://evil.example/v1', now: clock.now });
  await using one = await startInternet({ hosts: evil.hosts });
  const bad = testLogin(one, { clock });
  expect((await nous.login(bad.context)).facts.inference_base_url).toBe(INFERENCE);
  expect(bad.shown.at(-1)).toEqual({
    kind: 'note',
    text: `The portal names another inference host; ${INFERENCE} is used`,
  });
  const other = 'https://inference-api.nousresearch.com/v2';
  const sim = nousSim({ inferenceBaseUrl: other, now: clock.now });
  await using two = await startInternet({ hosts: sim.hosts });
  const good = testLogin(two, { clock });
  expect((await nous.login(good.context)).facts.inference_base_url).toBe(other);
  expect(good.shown.at(-1)).toEqual({
    kind: 'note',
    text: `Using portal-provided inference URL: ${other}`,
  });
});

test('a token that lives shorter than asked for is said', async () => {
  const clock = fakeClock();
  const sim = nousSim({ life: 1800, now: clock.now });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown } = testLogin(internet, { clock, options: { minKeyTtlMs: 3_600_000 } });
  await nous.login(context);
  expect(shown.at(-1)).toEqual({
    kind: 'note',
    text: 'Tokens of this portal live 30 min, less than asked for',
  });
});

test.each<[string, SimReply, string, string]>([
  ['a denial', refused('access_denied'), 'login_denied', ''],
  ['an expired code', refused('expired_token'), 'login_expired', ''],
  [
    'no subscription',
    refused('subscription_required', 402),
    'login_failed',
    'no active subscription',
  ],
  ['a busy portal', refused('temporarily_unavailable', 503), 'login_failed', 'busy'],
  ['another error', refused('invalid_client', 401), 'login_failed', 'invalid_client'],
  ['HTTP 500', { status: 500, body: '' }, 'login_failed', 'HTTP 500'],
  ['a redirect', redirect(302, 'http://169.254.169.254/'), 'login_failed', 'redirects'],
  ['HTML', wrongJson, 'login_failed', 'no JSON'],
  ['half a body', truncated('{"access_token":"x'), 'network_failed', ''],
  ['a cut connection', reset, 'network_failed', ''],
])('%s at a poll ends the login', async (_name, reply, code, says) => {
  const sim = nousSim({ pending: 0 });
  sim.detours.next('token', refused('authorization_pending'), reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const error = await failureOf(nous.login(testLogin(internet).context));
  expect(error).toMatchObject({ code, message: expect.stringContaining(says) });
  expect(sim.polls).toBe(2);
});

test('slow_down makes the pauses longer', async () => {
  const clock = fakeClock();
  const sim = nousSim({ pending: 0, now: clock.now });
  sim.detours.next('token', refused('slow_down'), refused('slow_down'));
  await using internet = await startInternet({ hosts: sim.hosts });
  await nous.login(testLogin(internet, { clock }).context);
  expect(clock.slept).toEqual([5000, 10_000, 15_000]);
});

test('a code that nobody confirms runs out', async () => {
  const sim = nousSim({ pending: 1000 });
  await using internet = await startInternet({ hosts: sim.hosts });
  expect(await failureOf(nous.login(testLogin(internet).context))).toMatchObject({
    code: 'login_expired',
  });
});

test.each([
  ['no JWT', 'opaque-token', 'access_token_not_jwt'],
  ['two parts', fakeJwt({}).split('.').slice(0, 2).join('.'), 'access_token_not_jwt'],
  ['no scope', fakeJwt({ exp: 2e9, scope: 'profile' }), 'missing_inference_invoke_scope'],
  ['no expiry', fakeJwt({ scope: 'inference:invoke' }), 'invoke_jwt_expiry_unknown_or_expiring'],
  [
    'two minutes left',
    fakeJwt({ scp: ['inference:invoke'], exp: 1_000_120 }),
    'invoke_jwt_expiring',
  ],
  ['a list of scopes', fakeJwt({ scp: ['inference:invoke'], exp: 1_000_121 }), undefined],
  ['scopes by comma', fakeJwt({ scope: 'a,inference:invoke', exp: 2e9 }), undefined],
])('a token with %s', (_name, token, problem) => {
  expect(tokenProblem(new Secret(token), undefined, 1_000_000_000)).toBe(problem);
});

test('the stored scope counts too', () => {
  const token = new Secret(fakeJwt({ exp: 2e9 }));
  expect(tokenProblem(token, 'inference:invoke billing:manage', 0)).toBeUndefined();
});

test.each([
  ['opaque', 'opaque', undefined],
  ['without the scope', fakeJwt({ exp: 9e9, scope: 'x' }), 'billing:manage'],
])('a login whose token is %s fails', async (_name, token, scope) => {
  const sim = nousSim({ pending: 0, access: () => token, ...(scope ? { scope } : {}) });
  await using internet = await startInternet({ hosts: sim.hosts });
  const options = scope ? { scopes: [scope] } : {};
  expect(await failureOf(nous.login(testLogin(internet, { options }).context))).toMatchObject({
    code: 'login_failed',
  });
});

test('a refresh sends the token in its header only, and rotates', async () => {
  const clock = fakeClock();
  const sim = nousSim({ now: clock.now });
  sim.tokens.accept('old-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const result = await nous.refresh(testLogin(internet, { clock }).context, grantWith());
  if (!('grant' in result)) throw new Error('no grant');
  expect(result.grant.refreshToken?.reveal()).toBe(sim.tokens.issued[0]?.refreshToken);
  expect(result.grant).toMatchObject({
    account: 'alice@example.com',
    expiresAt: clock.now() + 3_600_000,
    facts: { portal_base_url: PORTAL, inference_base_url: INFERENCE, token_type: 'Bearer' },
  });
  expect(internet.requests[0]?.body).not.toContain('old-refresh');
});

test.each([
  ['the old portal', 'https://api.nousresearch.com', 'portal.nousresearch.com'],
  ['no portal', undefined, 'portal.nousresearch.com'],
])('a stored state with %s is refreshed at the new one', async (_name, stored, host) => {
  const sim = nousSim();
  sim.tokens.accept('old-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const facts: JsonObject = stored === undefined ? {} : { portal_base_url: stored };
  const result = await nous.refresh(testLogin(internet).context, grantWith({ facts }));
  expect(result).toHaveProperty('grant');
  expect(internet.connects).toEqual([host]);
});

test.each([
  ['https://evil.example'],
  ['https://portal.nousresearch.com.evil.example'],
  ['http://portal.nousresearch.com'],
  ['https://me@portal.nousresearch.com'],
])('the refresh token does not go to %s', async (portal) => {
  await using internet = await startInternet({ hosts: {} });
  const facts = { portal_base_url: portal };
  const result = await nous.refresh(testLogin(internet).context, grantWith({ facts }));
  expect(result).toEqual({
    failure: { kind: 'retry', reason: 'portal_not_allowed', retryAfterMs: undefined },
  });
  expect(internet.connects).toEqual([]);
});

test('a variable may name another portal for a refresh', async () => {
  const sim = nousSim({ host: 'portal.staging.example' });
  sim.tokens.accept('old-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const env = { NOUS_PORTAL_BASE_URL: 'https://portal.staging.example' };
  const facts = { portal_base_url: 'https://portal.staging.example' };
  const result = await nous.refresh(testLogin(internet, { env }).context, grantWith({ facts }));
  expect(result).toHaveProperty('grant');
});

test.each<[string, SimReply, object]>([
  ['revoked', refused('invalid_grant'), { kind: 'dead', reason: 'invalid_grant' }],
  ['reused', refused('refresh_token_reused'), { kind: 'dead', reason: 'refresh_token_reused' }],
  ['unauthorised', { status: 401, body: '' }, { kind: 'dead', reason: 'http_401' }],
  ['no subscription', refused('subscription_required', 402), { kind: 'retry' }],
  ['busy', refused('temporarily_unavailable', 503), { kind: 'retry' }],
  [
    'limited',
    { status: 429, headers: { 'retry-after': '7' } },
    { kind: 'retry', retryAfterMs: 7000 },
  ],
  ['a 500', { status: 500, body: {} }, { kind: 'uncertain' }],
  ['HTML', wrongJson, { kind: 'uncertain' }],
  ['a redirect', redirect(307, 'https://evil.example/'), { kind: 'uncertain' }],
  ['a token that no header takes', { body: { access_token: 'a\r\nb' } }, { kind: 'uncertain' }],
  ['a cut connection', reset, { kind: 'uncertain' }],
])('refresh: %s', async (_name, reply, failure) => {
  const sim = nousSim();
  sim.detours.next('refresh', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const result = await nous.refresh(testLogin(internet).context, grantWith());
  expect(result).toMatchObject({ failure });
  expect(internet.requests).toHaveLength(1);
});

test('no error of a login shows what the server sent', async () => {
  const sim = nousSim({ pending: 0 });
  const secret = 'sk-or-v1-0123456789abcdef0123456789abcdef';
  sim.detours.next('token', {
    status: 400,
    body: { error: 'invalid_request', error_description: `bad token ${secret}` },
  });
  await using internet = await startInternet({ hosts: sim.hosts });
  const error = await failureOf(nous.login(testLogin(internet).context));
  expect(`${error} ${JSON.stringify(error)}`).not.toContain(secret.slice(9, 21));
});

test('silence ends at the time limit', async () => {
  const sim = nousSim();
  sim.detours.next('device', silence);
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet);
  const hasty = {
    ...context,
    http: (request: Parameters<typeof context.http>[0]) => {
      expect(request.timeoutMs).toBe(15_000);
      return context.http({ ...request, timeoutMs: 100 });
    },
  };
  expect(await failureOf(nous.login(hasty))).toMatchObject({ code: 'network_timeout' });
});
