import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NetworkError } from '../../src/base/network-error.ts';
import { Secret } from '../../src/base/secret.ts';
import { allowedUrl } from '../../src/providers/flows/allow-hosts.ts';
import { pageHeaders, renderCallbackPage } from '../../src/providers/flows/callback-page.ts';
import { judgeCallback, judgeParams } from '../../src/providers/flows/callback-request.ts';
import { pollUntilDone } from '../../src/providers/flows/device-login.ts';
import { judgeDeviceReply } from '../../src/providers/flows/device-reply.ts';
import { cleanServerText } from '../../src/providers/flows/login-errors.ts';
import { readPasted } from '../../src/providers/flows/pasted-answer.ts';
import { createPkce, createState } from '../../src/providers/flows/pkce.ts';
import {
  judgeRefresh,
  networkOutcome,
  retryAfterMs,
} from '../../src/providers/flows/refresh-grant.ts';
import { sendLogin } from '../../src/providers/flows/send.ts';
import { judgeTokenReply } from '../../src/providers/flows/token-reply.ts';
import type { Grant } from '../../src/providers/oauth.ts';
import { failureOf, fakeClock, testLogin } from '../support/login.ts';

const NOW = Date.UTC(2026, 10, 24);

function reply(status: number, body: unknown, headers: Record<string, string> = {}) {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const before: Grant = {
  accessToken: new Secret('old-access'),
  refreshToken: new Secret('old-refresh'),
  expiresAt: 1,
  obtainedAt: 0,
  account: 'alice',
  facts: { kept: 1 },
};

const statuses = fc.oneof(
  fc.constantFrom(200, 201, 301, 400, 401, 403, 429, 500, 503),
  fc.integer({ min: 200, max: 599 }),
);
const tokenish = fc.oneof(
  fc.string(),
  fc.constantFrom('a', '', 'a b', 'a\nb', 'é', 'x'.repeat(70_000)),
  fc.anything(),
);
const bodies = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record(
      {
        access_token: tokenish,
        refresh_token: tokenish,
        id_token: tokenish,
        expires_in: fc.oneof(
          fc.double(),
          fc.string(),
          fc.integer(),
          fc.constantFrom(0, -1, 1e12, '3600', null),
        ),
        token_type: fc.anything(),
        scope: fc.anything(),
        error: fc.oneof(fc.string(), fc.constantFrom('invalid_grant', 'slow_down'), fc.object()),
        error_description: fc.anything(),
      },
      { requiredKeys: [] },
    )
    .map(
      (body) =>
        JSON.stringify(body, (_key, value) => (typeof value === 'bigint' ? 1 : value)) ?? '',
    ),
);

describe('token answers', () => {
  test('whatever comes, only tokens that a header takes are given out', () => {
    fc.assert(
      fc.property(statuses, bodies, (status, body) => {
        const verdict = judgeTokenReply(reply(status, body), NOW);
        if (verdict.kind !== 'tokens') {
          if (verdict.kind === 'refused') expect(status < 300 || status >= 400).toBe(true);
          return;
        }
        expect([200, 201]).toContain(status);
        const { tokens } = verdict;
        for (const token of [tokens.accessToken, tokens.refreshToken, tokens.idToken]) {
          if (token) expect(token.reveal()).toMatch(/^[\x21-\x7e]{1,65536}$/);
        }
        if (tokens.expiresAt !== undefined) {
          expect(tokens.expiresAt).toBeGreaterThan(NOW);
          expect(Number.isInteger(tokens.expiresAt)).toBe(true);
          expect(tokens.expiresAt).toBeLessThan(NOW + 11 * 366 * 86_400_000);
        }
        for (const text of [tokens.tokenType, tokens.scope]) {
          if (text !== undefined) expect(text).toMatch(/^[\x20-\x7e]+$/);
        }
        expect(`${tokens.accessToken}`).toBe('[secret]');
      }),
      { numRuns: 1500 },
    );
  });

  test.each([
    ['a number', 3600, 3_600_000],
    ['a text', '3600', 3_600_000],
    ['a fraction', 0.5, 500],
    ['zero', 0, undefined],
    ['less than zero', -1, undefined],
    ['milliseconds taken for seconds', 1e12, undefined],
    ['nonsense', 'soon', undefined],
    ['null', null, undefined],
    ['absent', undefined, undefined],
  ])('expires_in: %s', (_name, expires_in, life) => {
    const verdict = judgeTokenReply(reply(200, { access_token: 'a', expires_in }), NOW);
    if (verdict.kind !== 'tokens') throw new Error('no tokens');
    expect(verdict.tokens.expiresAt).toBe(life === undefined ? undefined : NOW + life);
  });

  test.each([204, 299, 301, 302, 303, 307, 308])(
    'HTTP %i is no answer, whatever it holds',
    (status) => {
      const headers = { location: 'https://evil.example/' };
      const body = JSON.stringify({ access_token: 'a' });
      const verdict = judgeTokenReply({ status, headers, body }, NOW);
      expect(verdict).toMatchObject({ kind: 'unusable', status });
      if (verdict.kind === 'unusable') expect(verdict.why.includes('redirect')).toBe(status >= 300);
    },
  );

  test.each([
    ['another token', '{"access_token":"a","access_token":"b"}', 'unusable'],
    ['one of them escaped', '{"access_token":"a","access\\u005ftoken":"b"}', 'unusable'],
    [
      'another refresh token',
      '{"access_token":"a","refresh_token":"b","refresh_token":null}',
      'unusable',
    ],
    ['the same token', '{"access_token":"a", "access_token" : "a"}', 'tokens'],
    ['a field that nobody needs', '{"scope":"a","access_token":"b","scope":"c"}', 'tokens'],
    ['a name in a field of it', '{"access_token":"a","x":{"access_token":"b"}}', 'tokens'],
  ])('an answer that names twice: %s', (_name, body, kind) => {
    expect(judgeTokenReply(reply(200, body), NOW).kind).toBe(kind);
  });

  test('an error with status 200 is a refusal, as GitHub does it', () => {
    const verdict = judgeTokenReply(reply(200, { error: 'authorization_pending' }), NOW);
    expect(verdict).toMatchObject({ kind: 'refused', refusal: { code: 'authorization_pending' } });
  });

  test.each([
    [{ error: 'invalid_grant', error_description: 'x' }, 'invalid_grant', 'x'],
    [{ error: { code: 'refresh_token_reused', message: 'y' } }, 'refresh_token_reused', 'y'],
    [{ type: 'error', error: { type: 'invalid_grant', message: 'z' } }, 'invalid_grant', 'z'],
    [{ code: 'refresh_token_expired' }, 'refresh_token_expired', undefined],
    [{ error: 'with spaces and <b>' }, undefined, undefined],
    ['<html>', undefined, undefined],
  ])('the code of a refusal: %j', (body, code, description) => {
    const verdict = judgeTokenReply(reply(400, body), NOW);
    expect(verdict).toEqual({ kind: 'refused', refusal: { status: 400, code, description } });
  });
});

describe('refresh', () => {
  test('every answer has an outcome, and only a grant or a refusal by name is final', () => {
    fc.assert(
      fc.property(
        statuses,
        bodies,
        fc.option(fc.string(), { nil: undefined }),
        (status, body, after) => {
          const headers: Record<string, string> =
            after === undefined ? {} : { 'retry-after': after };
          const result = judgeRefresh({ ...reply(status, body), headers }, before, NOW);
          if ('grant' in result) {
            expect([200, 201]).toContain(status);
            expect(result.grant.refreshToken).toBeDefined();
            expect(result.grant).toMatchObject({ account: 'alice', facts: { kept: 1 } });
            return;
          }
          const { failure } = result;
          expect(failure.reason).toMatch(/^[\w.:, -]{1,100}$/);
          if (failure.kind === 'dead')
            expect(status === 200 || status === 201 || (status >= 400 && status < 500)).toBe(true);
          if (failure.kind === 'retry' && failure.retryAfterMs !== undefined) {
            expect(failure.retryAfterMs).toBeGreaterThanOrEqual(0);
            expect(failure.retryAfterMs).toBeLessThanOrEqual(60_000);
          }
          if (status >= 500 && status !== 503) expect(failure.kind).toBe('uncertain');
        },
      ),
      { numRuns: 1500 },
    );
  });

  test.each([
    ['a new token', { access_token: 'a', refresh_token: 'r' }, 'r'],
    ['none', { access_token: 'a' }, 'old-refresh'],
    ['an empty one', { access_token: 'a', refresh_token: '' }, 'old-refresh'],
    ['null', { access_token: 'a', refresh_token: null }, 'old-refresh'],
  ])('the refresh token after an answer with %s', (_name, body, token) => {
    const result = judgeRefresh(reply(200, body), before, NOW);
    if (!('grant' in result)) throw new Error('no grant');
    expect(result.grant.refreshToken?.reveal()).toBe(token);
  });

  test.each([
    ['invalid_grant', 400, 'dead'],
    ['refresh_token_reused', 400, 'dead'],
    ['token_revoked', 403, 'dead'],
    ['unauthorized_client', 400, 'dead'],
    ['anything', 401, 'dead'],
    ['invalid_client', 401, 'retry'],
    ['invalid_scope', 400, 'retry'],
    ['server_error', 500, 'uncertain'],
    ['slow_down', 429, 'retry'],
  ])('%s with %i is %s', (error, status, kind) => {
    expect(judgeRefresh(reply(status, { error }), before, NOW)).toMatchObject({
      failure: { kind },
    });
  });

  test('a refusal page of somebody on the way leaves it uncertain', () => {
    expect(judgeRefresh(reply(403, '<html>'), before, NOW)).toMatchObject({
      failure: { kind: 'uncertain', reason: 'http_403' },
    });
  });

  test.each([
    ['0', 0],
    ['5', 5000],
    ['60', 60_000],
    ['61', undefined],
    ['1000000000', undefined],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    [new Date(NOW + 30_000).toUTCString(), 30_000],
    [new Date(NOW - 30_000).toUTCString(), 0],
    [new Date(NOW + 86_400_000).toUTCString(), undefined],
  ])('Retry-After: %s', (text, ms) => {
    expect(retryAfterMs(reply(429, '', { 'retry-after': text }), NOW)).toBe(ms);
  });

  test('a request that cannot have left spends nothing, any other perhaps', () => {
    const error = (sent: boolean) => new NetworkError('h.example', 'reset', sent, 'x');
    expect(networkOutcome(error(false))).toMatchObject({ kind: 'retry' });
    expect(networkOutcome(error(true))).toMatchObject({ kind: 'uncertain' });
  });
});

describe('callbacks', () => {
  const state = createState((n) => Buffer.alloc(n, 7));
  const expected = { path: '/cb', hosts: ['127.0.0.1:1'], state };
  const query = fc.array(
    fc.tuple(
      fc.oneof(fc.constantFrom('state', 'code', 'error', 'error_description', 'iss'), fc.string()),
      fc.oneof(fc.constantFrom(state, `${state}x`, state.slice(1), ''), fc.string()),
    ),
    { maxLength: 6 },
  );

  test('nothing but exactly one right state ends a login', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'POST', 'PUT'),
        query,
        fc.constantFrom('/cb', '/cb/', '/'),
        fc.constantFrom('127.0.0.1:1', 'evil:1'),
        (method, pairs, path, host) => {
          const params = new URLSearchParams(pairs);
          const verdict = judgeCallback({ method, target: `${path}?${params}`, host }, expected);
          if (verdict.kind === 'refused') return;
          expect({ method, path, host }).toEqual({
            method: 'GET',
            path: '/cb',
            host: '127.0.0.1:1',
          });
          expect(params.getAll('state')).toEqual([state]);
          if (verdict.kind === 'code') expect(params.getAll('code')).toHaveLength(1);
          else expect(params.has('error')).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('any text can be pasted, and only the right state gets through', () => {
    const pasted = fc.oneof(
      fc.string(),
      query.map((pairs) => `http://127.0.0.1:1/cb?${new URLSearchParams(pairs)}`),
      query.map((pairs) => `?${new URLSearchParams(pairs)}`),
      fc.string().map((text) => `${text}#${state}`),
      fc.string().map((text) => `${text}#${text}`),
    );
    fc.assert(
      fc.property(pasted, fc.constantFrom('code#state', 'redirect_url'), (text, form) => {
        const read = readPasted(text, { form, state, path: '/cb' });
        if (read.kind === 'refused') expect(read.why).not.toContain(state);
        if (read.kind === 'code') {
          expect(read.params.getAll('state')).toEqual([state]);
          expect(read.params.get('code')).toMatch(/^[\x21-\x7e]+$/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a code alone is taken only where the page shows one', () => {
    const read = (form: 'code' | 'code#state' | 'redirect_url') =>
      readPasted('4/abc', { form, state, path: '/cb' }).kind;
    expect([read('code'), read('code#state'), read('redirect_url')]).toEqual([
      'code',
      'refused',
      'refused',
    ]);
    expect(readPasted(`4/abc#${state}x`, { form: 'code', state, path: '/cb' }).kind).toBe(
      'refused',
    );
  });

  test('an error needs the state as well', () => {
    expect(judgeParams(new URLSearchParams({ error: 'access_denied' }), state)).toBeUndefined();
    expect(judgeParams(new URLSearchParams({ error: 'access_denied', state }), state)).toEqual({
      kind: 'error',
      error: 'access_denied',
      description: undefined,
    });
  });
});

describe('device codes', () => {
  test('whatever comes, an address is https and a code can be printed', () => {
    const value = fc.oneof(
      fc.constantFrom('d', 'https://x.example/', 'http://x.example/', 'javascript:1', 'ABCD', 5),
      fc.anything(),
    );
    const body = fc.record({
      device_code: value,
      user_code: value,
      verification_uri: value,
      verification_uri_complete: value,
      expires_in: fc.oneof(fc.constant(60), value),
      interval: value,
    });
    fc.assert(
      fc.property(body, (fields) => {
        const text = JSON.stringify(fields, (_key, each) => (typeof each === 'bigint' ? 1 : each));
        const verdict = judgeDeviceReply(reply(200, text), NOW);
        if (verdict.kind !== 'code') return;
        const { code } = verdict;
        for (const url of [code.verificationUri, code.verificationUriComplete]) {
          if (url !== undefined) expect(url).toMatch(/^https:\/\/[^\s@]+$/);
        }
        expect(code.intervalMs).toBeGreaterThanOrEqual(1000);
        expect(code.expiresAt).toBeGreaterThan(NOW);
      }),
      { numRuns: 1000 },
    );
  });

  test('polls are never closer than asked, and none comes after the end', async () => {
    const step = fc.constantFrom('pending', 'slow_down', 'named');
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 90 }),
        async (steps, interval) => {
          const clock = fakeClock({ start: NOW });
          const at: number[] = [];
          let due = interval * 1000;
          const { signal } = new AbortController();
          const code = { intervalMs: due, expiresAt: NOW + 300_000 };
          let last = NOW;
          const run = pollUntilDone({ clock, signal }, 'Example', code, async () => {
            const now = clock.now();
            expect(now - last).toBeGreaterThanOrEqual(due);
            expect(now).toBeLessThan(code.expiresAt);
            last = now;
            at.push(now);
            switch (steps[at.length - 1]) {
              case 'pending':
                return { kind: 'pending' };
              case 'slow_down':
                due += 5000;
                return { kind: 'slow_down' };
              case 'named':
                due += 20_000;
                return { kind: 'slow_down', intervalMs: due };
              default:
                return { kind: 'done', value: 'grant' };
            }
          });
          const end = await run.catch((error: unknown) => error);
          if (end !== 'grant') expect(end).toMatchObject({ code: 'login_expired' });
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('a request that could not connect is sent again, twice at most, and one that left is not', async () => {
  const attempts = async (sent: boolean, why: 'refused' | 'reset' | 'tls') => {
    let count = 0;
    const { context } = testLogin(undefined, {
      http: async () => {
        count += 1;
        throw new NetworkError('h.example', why, sent, 'x');
      },
    });
    await failureOf(sendLogin(context, { method: 'GET', url: 'https://h.example/' }));
    return count;
  };
  expect(await attempts(false, 'refused')).toBe(3);
  expect(await attempts(true, 'reset')).toBe(1);
  expect(await attempts(false, 'tls')).toBe(1);
});

test('a proof key is S256 of a verifier of the asked length', () => {
  // RFC 7636 appendix B.
  const known = createPkce(() =>
    Buffer.from('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', 'base64url'),
  );
  expect(known).toMatchObject({ challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' });
  expect(createPkce((n) => Buffer.alloc(n), 64).verifier.reveal()).toHaveLength(86);
});

test('texts of servers come out short, printable and without tokens', () => {
  const token = `sk-ant-ort01-${'9'.repeat(40)}`;
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const clean = cleanServerText(`${a} ${token} ${b}`);
      expect(clean.length).toBeLessThanOrEqual(201 * 10);
      expect(clean).not.toContain(token.slice(0, 24));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the point
      expect(clean).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
  expect(cleanServerText('It said no. ')).toBe('It said no');
});

test('hosts: the name itself, or labels in place of the star, over https and its own port', () => {
  const hosts = ['x.ai', '*.x.ai'];
  for (const url of ['https://x.ai/a', 'https://auth.x.ai/', 'https://A.B.x.ai/'])
    expect(allowedUrl(url, hosts)).toBe(new URL(url).href);
  for (const url of [
    'http://x.ai/',
    'https://x.ai:8443/',
    'https://x.ai.evil.example/',
    'https://notx.ai/',
    'https://evil.example/x.ai',
    'https://x.ai@evil.example/',
    'https://evil.example#.x.ai',
    'x.ai',
    '',
    undefined,
    7,
  ])
    expect(allowedUrl(url, hosts)).toBeUndefined();
});

test('a page escapes all text and brings nothing from elsewhere', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (provider, why) => {
      const html = renderCallbackPage({ kind: 'error', provider, why: `<b ${why}` });
      expect(html).toContain('&lt;b ');
      expect(html.match(/<[a-z]+/g)?.length).toBe(
        renderCallbackPage({ kind: 'error', provider: 'p', why: 'w' }).match(/<[a-z]+/g)?.length,
      );
    }),
  );
  const html = renderCallbackPage({ kind: 'success', provider: 'Example' });
  expect(html).not.toMatch(/<script|https?:|url\(|@import|src=|href=/);
  expect(pageHeaders(html)['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
});
