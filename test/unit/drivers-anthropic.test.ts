import { expect, test } from 'vitest';
import { GormesError } from '../../src/base/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import { anthropic } from '../../src/providers/drivers/anthropic.ts';
import type { Announcement, Grant } from '../../src/providers/oauth.ts';
import { anthropicSim } from '../internet/anthropic.ts';
import { startInternet } from '../internet/internet.ts';
import {
  drip,
  endless,
  redirect,
  reset,
  silence,
  truncated,
  wrongJson,
} from '../internet/misbehave.ts';
import type { SimReply } from '../internet/simulator.ts';
import { failureOf, testLogin } from '../support/login.ts';

/** A person who agrees and pastes what `change` makes of the text on the page. */
function pasting(
  sim: ReturnType<typeof anthropicSim>,
  change: (text: string, address: string) => string = (text) => text,
) {
  return (announcement: Announcement) =>
    announcement.kind === 'browser'
      ? change(sim.authorize(announcement.url), announcement.url)
      : undefined;
}

function grantWith(refreshToken: string): Grant {
  return {
    accessToken: new Secret('sk-ant-oat01-old'),
    refreshToken: new Secret(refreshToken),
    expiresAt: 1,
    obtainedAt: 0,
    account: 'alice@example.com',
    facts: { kept: true },
  };
}

test('a pasted code becomes a grant, with the account of the answer', async () => {
  const sim = anthropicSim({ email: 'alice@example.com', expiresIn: 28_800 });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown, clock } = testLogin(internet, { person: pasting(sim) });
  const grant = await anthropic.login(context);
  expect(grant).toMatchObject({
    account: 'alice@example.com',
    obtainedAt: clock.now(),
    expiresAt: clock.now() + 28_800_000,
    facts: {},
  });
  expect(grant.accessToken.reveal()).toBe(sim.tokens.issued[0]?.accessToken);
  expect(grant.refreshToken?.reveal()).toBe(sim.tokens.issued[0]?.refreshToken);
  expect(shown).toMatchObject([{ kind: 'browser', port: undefined, pastes: 'code' }]);
  expect(internet.connects).toEqual(['platform.claude.com']);
});

test.each([
  ['the address of the page', (text: string) => pageAddress(text)],
  ['its query', (text: string) => new URL(pageAddress(text)).search],
  ['spaces and a line break around', (text: string) => `  ${text}\n`],
])('also taken: %s', async (_name, change) => {
  const sim = anthropicSim();
  await using internet = await startInternet({ hosts: sim.hosts });
  const grant = await anthropic.login(
    testLogin(internet, { person: pasting(sim, change) }).context,
  );
  expect(grant.account).toBeUndefined();
});

function pageAddress(text: string): string {
  const [code = '', state = ''] = text.split('#');
  return `https://console.anthropic.com/oauth/code/callback?${new URLSearchParams({ code, state })}`;
}

test.each([
  ['another state', (text: string) => `${text.split('#')[0]}#${'x'.repeat(43)}`, 'state mismatch'],
  ['a state that is cut', (text: string) => text.slice(0, -1), 'state mismatch'],
  ['the code alone', (text: string) => text.split('#')[0] ?? '', 'with the # in it'],
  ['the address that was opened', (_text: string, url: string) => url, 'another page'],
  ['nonsense', () => 'no thanks', 'with the # in it'],
])('%s is said, nothing is sent, and five times end it', async (_name, change, why) => {
  const sim = anthropicSim();
  await using internet = await startInternet({ hosts: sim.hosts });
  let address = '';
  const { context, shown } = testLogin(internet, {
    person: (announcement) => {
      if (announcement.kind === 'browser') address = announcement.url;
      return change(sim.authorize(address), address);
    },
  });
  const error = await failureOf(anthropic.login(context));
  expect(error).toMatchObject({ code: 'login_failed' });
  expect(String(error)).toContain(why);
  expect(shown).toHaveLength(5);
  expect(internet.requests).toEqual([]);
});

test('nothing pasted ends it', async () => {
  const { context } = testLogin(undefined, { person: () => '' });
  const error = await failureOf(anthropic.login(context));
  expect(error).toMatchObject({
    code: 'login_failed',
    message: 'the login at Anthropic failed: no code was entered',
  });
});

test('without anybody who can paste it says so at once', async () => {
  const { context, shown } = testLogin(undefined, { canPaste: false });
  expect(await failureOf(anthropic.login(context))).toMatchObject({
    code: 'login_needs_person',
    exitCode: 5,
  });
  expect(shown).toEqual([]);
});

test('the second host is asked when the first cannot be reached', async () => {
  const sim = anthropicSim({ firstTunnel: 502 });
  await using internet = await startInternet({ hosts: sim.hosts });
  await anthropic.login(testLogin(internet, { person: pasting(sim) }).context);
  expect(internet.requests.map(({ host }) => host)).toEqual(['console.anthropic.com']);
});

const answers: [name: string, reply: SimReply, code: string][] = [
  ['a refusal', { status: 400, body: { error: 'invalid_grant' } }, 'login_failed'],
  ['a denial', { status: 403, body: { error: 'access_denied' } }, 'login_denied'],
  ['a server error', { status: 500, body: 'oops' }, 'login_failed'],
  ['a redirect', redirect(307, 'https://console.anthropic.com/take'), 'login_failed'],
  ['HTML', wrongJson, 'login_failed'],
  ['an array', { body: [1] }, 'login_failed'],
  ['no access token', { body: { refresh_token: 'r' } }, 'login_failed'],
  ['a token with a line break', { body: { access_token: 'a\r\nx-evil: 1' } }, 'login_failed'],
  ['a token of 100 KiB', { body: { access_token: 'a'.repeat(100 * 1024) } }, 'login_failed'],
  ['a cut connection', reset, 'network_failed'],
  ['half a body', truncated('{"access_token":"a'), 'network_failed'],
  ['an endless body', endless, 'network_failed'],
];

test.each(answers)(
  '%s at the exchange ends it without a second request',
  async (_n, reply, code) => {
    const sim = anthropicSim();
    sim.detours.next('token', reply);
    await using internet = await startInternet({ hosts: sim.hosts });
    const { context } = testLogin(internet, { person: pasting(sim) });
    const error = await failureOf(anthropic.login(context));
    expect(error).toBeInstanceOf(GormesError);
    expect(error).toMatchObject({ code });
    expect(internet.requests).toHaveLength(1);
  },
);

test('the text of a server is cleaned of what may be a token', async () => {
  const sim = anthropicSim();
  const leak = `Bad code sk-ant-ort01-${'9'.repeat(40)} \u001b[31mred`;
  sim.detours.next('token', {
    status: 400,
    body: { error: 'invalid_grant', error_description: leak },
  });
  await using internet = await startInternet({ hosts: sim.hosts });
  const error = await failureOf(
    anthropic.login(testLogin(internet, { person: pasting(sim) }).context),
  );
  expect(String(error)).toContain('invalid_grant (Bad code … \\x1b[31mred)');
});

test('a refresh rotates and keeps what the answer does not say', async () => {
  const sim = anthropicSim({ expiresIn: null });
  sim.tokens.accept('sk-ant-ort01-old');
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, clock } = testLogin(internet);
  const result = await anthropic.refresh(context, grantWith('sk-ant-ort01-old'));
  expect(result).toMatchObject({
    grant: {
      account: 'alice@example.com',
      facts: { kept: true },
      expiresAt: clock.now() + 3_600_000,
    },
  });
  if (!('grant' in result)) throw new Error('no grant');
  expect(result.grant.refreshToken?.reveal()).toBe(sim.tokens.issued[0]?.refreshToken);
});

const outcomes: [name: string, reply: SimReply, failure: object][] = [
  [
    'invalid_grant',
    { status: 400, body: { error: 'invalid_grant' } },
    { kind: 'dead', reason: 'invalid_grant', status: 400 },
  ],
  ['401', { status: 401, body: '' }, { kind: 'dead', reason: 'http_401', status: 401 }],
  [
    'nested error',
    { status: 400, body: { type: 'error', error: { type: 'invalid_grant', message: 'x' } } },
    { kind: 'dead' },
  ],
  [
    '429',
    { status: 429, headers: { 'retry-after': '7' }, body: '' },
    { kind: 'retry', retryAfterMs: 7000 },
  ],
  [
    '503 with Retry-After',
    { status: 503, headers: { 'retry-after': '60' }, body: '' },
    { kind: 'retry', retryAfterMs: 60_000 },
  ],
  [
    '503 with a long one',
    { status: 503, headers: { 'retry-after': '3600' }, body: '' },
    { kind: 'uncertain' },
  ],
  ['500', { status: 500, body: '' }, { kind: 'uncertain', reason: 'http_500' }],
  ['a redirect', redirect(308, 'https://evil.example/'), { kind: 'uncertain' }],
  ['HTML', wrongJson, { kind: 'uncertain' }],
  ['a cut connection', reset, { kind: 'uncertain' }],
  ['half a body', truncated('{"access_token":"a"'), { kind: 'uncertain' }],
  ['a bad token', { body: { access_token: 'a b' } }, { kind: 'uncertain' }],
  ['a bad refresh token', { body: { access_token: 'a', refresh_token: 7 } }, { kind: 'uncertain' }],
];

test.each(outcomes)('refresh: %s', async (_name, reply, failure) => {
  const sim = anthropicSim();
  sim.tokens.accept('sk-ant-ort01-old');
  sim.detours.next('token', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const result = await anthropic.refresh(
    testLogin(internet).context,
    grantWith('sk-ant-ort01-old'),
  );
  expect(result).toMatchObject({ failure });
  // Sent once, to one host, whatever it answers.
  expect(internet.requests).toHaveLength(1);
  expect(internet.connects).toEqual(['platform.claude.com']);
});

test.each([
  ['silence', silence],
  ['a dripping body', drip],
])('refresh: %s leaves it uncertain, and Ctrl-C ends it', async (_name, reply) => {
  const sim = anthropicSim();
  sim.detours.next('token', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const stop = new AbortController();
  const pending = anthropic.refresh(
    testLogin(internet, { signal: stop.signal }).context,
    grantWith('sk-ant-ort01-old'),
  );
  await expect.poll(() => internet.requests.length).toBe(1);
  const reason = new Error('Ctrl-C');
  stop.abort(reason);
  expect(await failureOf(pending)).toBe(reason);
});

test('refresh: without a way to the first host the second is asked, without one to both nothing is spent', async () => {
  const sim = anthropicSim({ firstTunnel: 502 });
  sim.tokens.accept('sk-ant-ort01-old');
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet);
  expect(await anthropic.refresh(context, grantWith('sk-ant-ort01-old'))).toHaveProperty('grant');

  await using away = await startInternet({
    hosts: {
      'platform.claude.com': { handle: () => ({}), tunnel: 502 },
      'console.anthropic.com': { handle: () => ({}), tunnel: 'reset' },
    },
  });
  const result = await anthropic.refresh(testLogin(away).context, grantWith('sk-ant-ort01-old'));
  expect(result).toMatchObject({ failure: { kind: 'retry', retryAfterMs: undefined } });
  expect(away.connects).toEqual(['platform.claude.com', 'console.anthropic.com']);
});

test('refresh: a grant without refresh token is dead, and nothing is sent', async () => {
  const { context } = testLogin(undefined);
  const grant = { ...grantWith('x'), refreshToken: undefined };
  expect(await anthropic.refresh(context, grant)).toMatchObject({ failure: { kind: 'dead' } });
});
