import { beforeAll, expect, test, vi } from 'vitest';
import { accountOf } from '../../src/base/jwt.ts';
import { codeLogin } from '../../src/providers/flows/code-login.ts';
import { deviceCodeLogin } from '../../src/providers/flows/device-login.ts';
import { refreshGrant } from '../../src/providers/flows/refresh-grant.ts';
import { grantOf } from '../../src/providers/flows/token-reply.ts';
import { startInternet } from '../internet/internet.ts';
import { startOidc } from '../internet/oidc.ts';
import { failureOf, testLogin } from '../support/login.ts';

// A standard authorization server that is not ours: oidc-provider.

beforeAll(() => {
  // It tells everybody that it is not set up for production.
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

const login = {
  redirect: { kind: 'loopback', host: '127.0.0.1', port: 0, path: '/callback', anyPort: true },
  paste: 'redirect_url',
  scope: 'openid email offline_access',
  verifierBytes: 64,
  extra: { prompt: 'consent' },
} as const;

test('a code by loopback, and refreshes that rotate', async () => {
  await using oidc = await startOidc();
  await using internet = await startInternet({ hosts: oidc.hosts });
  const server = { ...oidc, provider: 'Example' };
  const pages: string[] = [];
  const { context, clock } = testLogin(internet, {
    person: async (a) => {
      if (a.kind !== 'browser') return undefined;
      pages.push(await (await fetch(await oidc.browse(a.url))).text());
      return undefined;
    },
  });
  const tokens = await codeLogin(context, server, login);
  expect(tokens.idToken && accountOf(tokens.idToken)).toBe('alice@example.com');
  expect(tokens.expiresAt).toBeGreaterThan(clock.now());
  await expect.poll(() => pages).toHaveLength(1);
  expect(pages[0]).toContain('Logged in to Example');

  const first = grantOf(tokens);
  const second = await refreshGrant(context, server, first);
  if (!('grant' in second)) throw new Error(JSON.stringify(second));
  expect(second.grant.refreshToken?.equals(first.refreshToken ?? second.grant.accessToken)).toBe(
    false,
  );
  // A spent refresh token ends the whole family (RFC 9700 §4.14.2).
  expect(await refreshGrant(context, server, first)).toMatchObject({
    failure: { kind: 'dead', reason: 'invalid_grant' },
  });
  expect(await refreshGrant(context, server, second.grant)).toMatchObject({
    failure: { kind: 'dead', reason: 'invalid_grant' },
  });
});

test('a pasted address', async () => {
  await using oidc = await startOidc();
  await using internet = await startInternet({ hosts: oidc.hosts });
  const { context } = testLogin(internet, {
    person: (a) => (a.kind === 'browser' ? oidc.browse(a.url) : undefined),
  });
  const tokens = await codeLogin(context, { ...oidc, provider: 'Example' }, login);
  expect(tokens.refreshToken).toBeDefined();
});

test('the `iss` of a callback must be that of the server (RFC 9207)', async () => {
  await using oidc = await startOidc();
  await using internet = await startInternet({ hosts: oidc.hosts });
  const { context } = testLogin(internet, {
    person: async (a) => {
      if (a.kind !== 'browser') return undefined;
      const url = new URL(await oidc.browse(a.url));
      expect(url.searchParams.get('iss')).toBe(oidc.issuer);
      url.searchParams.set('iss', 'https://evil.example');
      return url.href;
    },
  });
  const error = await failureOf(codeLogin(context, { ...oidc, provider: 'Example' }, login));
  expect(error).toMatchObject({ code: 'login_failed' });
  expect(String(error)).not.toContain('evil');
  expect(internet.requests).toEqual([]);
});

test('a person who refuses', async () => {
  await using oidc = await startOidc();
  await using internet = await startInternet({ hosts: oidc.hosts });
  const pages: string[] = [];
  const { context } = testLogin(internet, {
    person: async (a) => {
      if (a.kind !== 'browser') return undefined;
      pages.push(await (await fetch(await oidc.browse(a.url, 'refuses'))).text());
      return undefined;
    },
  });
  const error = await failureOf(codeLogin(context, { ...oidc, provider: 'Example' }, login));
  expect(error).toMatchObject({
    code: 'login_denied',
    message: 'Example denied the login (The person said <no> & left)',
  });
  await expect.poll(() => pages).toHaveLength(1);
  expect(pages[0]).toContain('The person said &lt;no&gt; &amp; left');
});

test('a device code, confirmed and refused', async () => {
  await using oidc = await startOidc();
  await using internet = await startInternet({ hosts: oidc.hosts });
  const server = { ...oidc, provider: 'Example' };
  const decide = (answer: 'yes' | 'abort') =>
    testLogin(internet, {
      person: async (a) => {
        if (a.kind === 'device_code') await oidc.confirm(a.url, a.userCode, answer);
        return undefined;
      },
    });
  const yes = decide('yes');
  const tokens = await deviceCodeLogin(yes.context, server, login.scope);
  expect(tokens.idToken && accountOf(tokens.idToken)).toBe('alice@example.com');
  expect(yes.shown).toMatchObject([{ kind: 'device_code', url: 'https://as.example/device' }]);
  const no = decide('abort');
  expect(await failureOf(deviceCodeLogin(no.context, server, login.scope))).toMatchObject({
    code: 'login_denied',
  });
});
