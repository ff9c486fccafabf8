import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { qwen } from '../../src/providers/drivers/qwen.ts';
import type { Grant } from '../../src/providers/oauth.ts';
import { startInternet } from '../internet/internet.ts';
import { redirect, reset, wrongJson } from '../internet/misbehave.ts';
import { qwenSim } from '../internet/qwen.ts';
import type { SimReply } from '../internet/simulator.ts';
import { refused } from '../internet/xai.ts';
import { failureOf, testLogin } from '../support/login.ts';

const FILE = {
  access_token: 'q-access',
  refresh_token: 'q-refresh',
  token_type: 'Bearer',
  resource_url: 'portal.qwen.ai',
  expiry_date: 1_900_000_000_000,
};

function userWith(content: unknown): string {
  const dir = mkdtempSync(join(tmpdir(), 'qwen-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, '.qwen'));
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(join(dir, '.qwen', 'oauth_creds.json'), text);
  return dir;
}

const importFrom = (userHome: string | undefined) => {
  const { context, shown } = testLogin(undefined);
  return { shown, grant: qwen.login({ ...context, userHome }) };
};

const old: Grant = {
  accessToken: new Secret('q-access'),
  refreshToken: new Secret('q-refresh'),
  expiresAt: 1,
  obtainedAt: 0,
  account: undefined,
  facts: { base_url: 'https://portal.qwen.ai/v1', resource_url: 'portal.qwen.ai' },
};

test('the login of the Qwen CLI is found without any request, and the end of its plan is said', async () => {
  const { grant, shown } = importFrom(userWith(FILE));
  const found = await grant;
  expect(found).toMatchObject({
    expiresAt: 1_900_000_000_000,
    facts: {
      base_url: 'https://portal.qwen.ai/v1',
      token_type: 'Bearer',
      resource_url: 'portal.qwen.ai',
    },
  });
  expect(found.refreshToken?.reveal()).toBe('q-refresh');
  expect(shown).toMatchObject([{ kind: 'note', text: expect.stringContaining('2026-04-15') }]);
});

test('an expiry that makes no sense counts as over', async () => {
  expect(await importFrom(userWith({ ...FILE, expiry_date: 'soon' })).grant).toMatchObject({
    expiresAt: 0,
  });
});

test.each([
  ['no home', undefined, 'qwen_auth_missing'],
  ['no file', '/nowhere', 'qwen_auth_missing'],
  ['no JSON', userWith.bind(undefined, '{"access'), 'qwen_auth_missing'],
  ['no access token', userWith.bind(undefined, { ...FILE, access_token: '' }), 'qwen_auth_invalid'],
  [
    'a token with a line break',
    userWith.bind(undefined, { ...FILE, access_token: 'a\nb' }),
    'qwen_auth_invalid',
  ],
])('%s: it says what to do', async (_name, home, code) => {
  const { grant } = importFrom(typeof home === 'function' ? home() : home);
  expect(await failureOf(grant)).toMatchObject({
    code,
    hint: 'log in with the Qwen CLI: qwen auth qwen-oauth',
  });
});

test('a refresh rotates; the life is six hours when the answer tells none', async () => {
  const sim = qwenSim({ expiresIn: null, resourceUrl: 'other.qwen.ai' });
  sim.tokens.accept('q-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, clock } = testLogin(internet);
  const result = await qwen.refresh(context, old);
  expect(result).toMatchObject({
    grant: {
      expiresAt: clock.now() + 21_600_000,
      facts: { base_url: 'https://portal.qwen.ai/v1', resource_url: 'other.qwen.ai' },
    },
  });
});

test.each<[string, SimReply, object]>([
  ['400', refused('invalid_request'), { kind: 'dead', reason: 'invalid_request' }],
  ['400 without words', { status: 400, body: '' }, { kind: 'dead', reason: 'qwen_refresh_failed' }],
  ['401', { status: 401, body: '' }, { kind: 'dead', status: 401 }],
  ['429', { status: 429, headers: { 'retry-after': '3' } }, { kind: 'retry', retryAfterMs: 3000 }],
  ['404', { status: 404, body: '' }, { kind: 'uncertain' }],
  ['502', { status: 502, body: '' }, { kind: 'uncertain' }],
  ['HTML', wrongJson, { kind: 'uncertain' }],
  ['a redirect', redirect(302, 'https://evil.example/'), { kind: 'uncertain' }],
  ['a cut connection', reset, { kind: 'uncertain' }],
])('refresh: %s', async (_name, reply, failure) => {
  const sim = qwenSim();
  sim.detours.next('refresh', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  expect(await qwen.refresh(testLogin(internet).context, old)).toMatchObject({ failure });
  expect(internet.requests).toHaveLength(1);
});
