import { expect, test } from 'vitest';
import { createHttp } from '../../src/base/http.ts';
import { Secret } from '../../src/base/secret.ts';
import { cachedEndpoint } from '../../src/providers/cached-endpoint.ts';
import { detectEndpoint, detectedEndpointRow } from '../../src/providers/detect-endpoint.ts';
import { findProvider } from '../../src/providers/find-provider.ts';
import type { ProviderRow } from '../../src/providers/provider.ts';
import { type Hosts, type Internet, startInternet } from '../internet/internet.ts';
import { silence, wrongJson } from '../internet/misbehave.ts';
import type { Handler } from '../internet/simulator.ts';
import { zai } from '../internet/zai.ts';

const KEY = 'zai-key-0123456789abcdef';

function row(id: string): ProviderRow {
  const found = findProvider(id);
  if (!found) throw new Error(`no row ${id}`);
  return found;
}

async function detect(internet: Internet, signal = new AbortController().signal) {
  const http = createHttp({
    env: internet.env,
    userAgent: 'gormes/0.0.0',
    caBundle: internet.authority.file,
  });
  return detectEndpoint({ http: async () => http }, row('zai'), new Secret(KEY), signal);
}

test.each([
  ['one plan', ['coding-cn'], [], 'coding-cn', 'glm-5.2'],
  ['two plans: the first of the row', ['coding-global', 'cn'], [], 'cn', 'glm-5'],
  ['an older plan', ['coding-global'], ['glm-5.2', 'glm-5.1'], 'coding-global', 'glm-5v-turbo'],
] as const)('%s', async (_name, plans, retired, id, model) => {
  await using internet = await startInternet({ hosts: zai({ keys: { [KEY]: plans }, retired }) });
  expect(await detect(internet)).toMatchObject({ id, model });
});

test('a key that no endpoint takes is asked once at each', async () => {
  await using internet = await startInternet({ hosts: zai({ keys: {} }) });
  expect(await detect(internet)).toBeUndefined();
  expect(internet.requests).toHaveLength(4);
});

test('an endpoint that is away or answers nonsense does not hide the others', async () => {
  const hosts: Hosts = {
    ...zai({ keys: { [KEY]: ['coding-cn'] } }),
    'api.z.ai': () => ({ ...wrongJson, status: 503 }),
  };
  await using internet = await startInternet({ hosts });
  expect(await detect(internet)).toMatchObject({ id: 'coding-cn' });
});

test('a page in place of a completion is no endpoint, and is told', async () => {
  const failed: string[] = [];
  await using internet = await startInternet({
    hosts: { 'api.z.ai': () => wrongJson, 'open.bigmodel.cn': () => ({ status: 401 }) },
  });
  const http = createHttp({
    env: internet.env,
    userAgent: 'gormes/0.0.0',
    caBundle: internet.authority.file,
  });
  const { signal } = new AbortController();
  const deps = { http: async () => http };
  const found = await detectEndpoint(deps, row('zai'), new Secret(KEY), signal, ({ message }) => {
    failed.push(message);
  });
  expect(found).toBeUndefined();
  const said = 'the answer of api.z.ai is no completion';
  expect(failed).toEqual([said, said]);
});

test('a success ends the probes behind it', async () => {
  const asked: string[] = [];
  const ended: string[] = [];
  const wait: Handler = ({ path }) => {
    asked.push(path);
    return { raw: (response) => response.on('close', () => ended.push(path)) };
  };
  const plans = zai({ keys: { [KEY]: ['global'] } });
  const global: Handler = async (request) => {
    await expect.poll(() => asked.length).toBe(2);
    const answer = plans['api.z.ai'];
    return typeof answer === 'function' ? answer(request) : {};
  };
  await using internet = await startInternet({
    hosts: { 'api.z.ai': global, 'open.bigmodel.cn': wait },
  });
  expect(await detect(internet)).toMatchObject({ id: 'global' });
  await expect.poll(() => ended.sort()).toEqual(asked.sort());
});

test('an abort ends all probes', async () => {
  const hosts: Hosts = { 'api.z.ai': () => silence, 'open.bigmodel.cn': () => silence };
  await using internet = await startInternet({ hosts });
  const stop = new AbortController();
  const pending = detect(internet, stop.signal);
  await expect.poll(() => internet.requests.length).toBe(4);
  stop.abort(new Error('Ctrl-C'));
  await expect(pending).rejects.toThrow('Ctrl-C');
});

test('a provider with one endpoint is never asked', async () => {
  const http = async () => {
    throw new Error('asked');
  };
  const signal = new AbortController().signal;
  expect(await detectEndpoint({ http }, row('xai'), new Secret(KEY), signal)).toBeUndefined();
});

const found = {
  id: 'coding-global',
  label: 'Global (Coding Plan)',
  baseUrl: 'https://api.z.ai/api/coding/paas/v4',
  model: 'glm-5.2',
};

test('the cache is written as Hermes writes it, without the key', () => {
  const cached = detectedEndpointRow(found, new Secret('abc'));
  expect(Object.entries(cached)).toEqual([
    ['base_url', 'https://api.z.ai/api/coding/paas/v4'],
    ['endpoint_id', 'coding-global'],
    ['model', 'glm-5.2'],
    ['label', 'Global (Coding Plan)'],
    ['key_hash', 'ba7816bf8f01cfea'], // SHA-256 of `abc`, FIPS 180-2 appendix B.1
  ]);
});

test.each([
  ['the same key', { detected_endpoint: detectedEndpointRow(found, new Secret('abc')) }, found],
  ['another key', { detected_endpoint: detectedEndpointRow(found, new Secret('abd')) }, undefined],
  ['nothing', undefined, undefined],
  ['another shape', { detected_endpoint: 'x' }, undefined],
  ['no URL', { detected_endpoint: { key_hash: 'ba7816bf8f01cfea' } }, undefined],
])('the cache read for %s', (_name, state, expected) => {
  expect(cachedEndpoint(state, new Secret('abc'))).toEqual(expected);
});
