import { expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { judgeCheck } from '../../src/pool/judge-check.ts';
import { CATALOG } from '../../src/providers/catalog.ts';
import { checkRequest } from '../../src/providers/check-request.ts';
import { childVariables } from '../../src/providers/child-variables.ts';
import { findProvider } from '../../src/providers/find-provider.ts';
import { requestHeaders } from '../../src/providers/request-headers.ts';

const secret = new Secret('the-key');

function request(id: string, baseUrl: string | undefined, key = secret) {
  return checkRequest({
    row: findProvider(id),
    custom: undefined,
    secret: key,
    isOauth: false,
    baseUrl,
  });
}

test('LM Studio is asked on this machine, and once more without the key', () => {
  expect(request('lmstudio', 'http://127.0.0.1:1234/v1')).toMatchObject({
    url: 'http://127.0.0.1:1234/api/v1/models',
    headers: { authorization: 'Bearer the-key' },
    bareHeaders: {},
  });
  expect(request('lmstudio', 'http://10.0.0.5:1234/v1')).toHaveProperty('notCheckable');
});

test('a Kimi key is asked where its prefix belongs', () => {
  const key = new Secret('sk-kimi-1');
  expect(request('kimi-coding', 'https://api.kimi.com/coding', key)).toMatchObject({
    url: 'https://api.kimi.com/coding/v1/models',
    headers: { authorization: 'Bearer sk-kimi-1', 'user-agent': 'claude-code/0.1.0' },
  });
  expect(requestHeaders(findProvider('kimi'), key, { isOauth: false })).toEqual({
    'x-api-key': 'sk-kimi-1',
    'user-agent': 'claude-code/0.1.0',
  });
});

test.each(CATALOG.filter((row) => row.check !== undefined))(
  '$id: no key for a foreign, a lookalike or a plain origin',
  (row) => {
    const own = row.baseUrl === '' ? 'https://lab.openai.azure.com/openai/v1' : row.baseUrl;
    expect(request(row.id, own)).toHaveProperty('url');
    const { host } = new URL(own);
    for (const base of [
      'https://evil.example/v1',
      `https://${host}.evil.example/v1`,
      `https://evil.example/${host}`,
      `https://${host}@evil.example/v1`,
      `http://${host}.example/v1`,
      `ftp://${host}/v1`,
    ])
      expect(request(row.id, base), base).toHaveProperty('notCheckable');
    expect(request(row.id, undefined)).toHaveProperty('notCheckable');
  },
);

test('the other region is asked from the default endpoint only', () => {
  expect(request('alibaba', findProvider('alibaba')?.baseUrl)).toHaveProperty(
    'fallbackUrl',
    'https://dashscope.aliyuncs.com/compatible-mode/v1/models',
  );
  expect(request('alibaba', 'https://dashscope.aliyuncs.com/compatible-mode/v1')).toHaveProperty(
    'fallbackUrl',
    undefined,
  );
});

const proves = { url: '', send: 'bearer', provesKey: true } as const;
const NOW = Date.UTC(2026, 10, 24, 12);

test.each([
  [200, 'valid'],
  [204, 'valid'],
  [301, 'unknown'],
  [400, 'unknown'],
  [401, 'invalid'],
  [402, 'limited'],
  [403, 'unknown'],
  [404, 'unknown'],
  [418, 'unknown'],
  [429, 'limited'],
  [500, 'unknown'],
])('%i is %s', (status, verdict) => {
  expect(judgeCheck(proves, { status, headers: {}, body: '' }, NOW).verdict).toBe(verdict);
});

test.each([
  ['{"data":{"usage":3,"limit":null}}', 'valid', { used: 3, limit: undefined }],
  ['{"data":{"usage":3,"limit":10}}', 'valid', { used: 3, limit: 10 }],
  ['{"data":{"usage":10,"limit":10}}', 'limited', { used: 10, limit: 10 }],
  ['{"data":{"usage":"3"}}', 'valid', undefined],
  ['{"data":[]}', 'valid', undefined],
  ['', 'valid', undefined],
  ['<html>', 'unknown', undefined],
])('credit from %s', (body, verdict, credit) => {
  const check = findProvider('openrouter')?.check ?? proves;
  const judged = judgeCheck(check, { status: 200, headers: {}, body }, NOW);
  expect([judged.verdict, judged.credit]).toEqual([verdict, credit]);
});

test.each([
  ['alice', 'alice'],
  ['a\r\nb', undefined],
  ['x'.repeat(1000), undefined],
  [42, undefined],
])('an account called %j', (name, account) => {
  const check = findProvider('huggingface')?.check ?? proves;
  const body = JSON.stringify({ name });
  expect(judgeCheck(check, { status: 200, headers: {}, body }, NOW).account).toBe(account);
});

test('a limit that ends at no time that a date can hold can still be shown', () => {
  for (const wait of ['9'.repeat(30), '9'.repeat(400)]) {
    const reply = { status: 429, headers: { 'retry-after': wait }, body: '' };
    const at = judgeCheck(proves, reply, NOW).resetAt ?? 0;
    expect(new Date(at).toISOString()).toContain('+275760');
  }
});

test('only a word is taken from an error for its reason', () => {
  const judged = (error: object) =>
    judgeCheck(proves, { status: 401, headers: {}, body: JSON.stringify({ error }) }, NOW).detail;
  expect(judged({ code: 'invalid_api_key' })).toBe('refused (401, invalid_api_key)');
  expect(judged({ code: 'sk-or-v1-0123456789abcdef' })).toBe('refused (401)');
  expect(judged({ code: 'x\u001b[31m' })).toBe('refused (401)');
});

test.each([
  ['custom:lab-vllm', 'LAB_VLLM_API_KEY', 'LAB_VLLM_BASE_URL'],
  ['custom:1st (gpu)', 'PROVIDER_1ST_GPU_API_KEY', 'PROVIDER_1ST_GPU_BASE_URL'],
  ['custom:é', 'PROVIDER__API_KEY', 'PROVIDER__BASE_URL'],
])('variables of %s', (id, key, baseUrl) => {
  expect(childVariables({ id, row: undefined }, undefined, false)).toEqual({
    secret: key,
    baseUrl,
    others: [],
  });
});

test.each(CATALOG.filter((row) => row.types.length > 0))('$id: its variables have names', (row) => {
  for (const isOauth of [true, false]) {
    const {
      secret: name,
      baseUrl,
      others,
    } = childVariables({ id: row.id, row }, undefined, isOauth);
    for (const each of [name, baseUrl, ...others]) expect(each).toMatch(/^[A-Z][A-Z0-9_]*$/);
    expect(others).not.toContain(name);
  }
});
