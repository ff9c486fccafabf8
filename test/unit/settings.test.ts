import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { parseSettings } from '../../src/pool/settings.ts';

const parse = (config: JsonObject | undefined, env: Record<string, string> = {}) =>
  parseSettings(config, (name) => env[name]);

test.each([
  ['an absent file', undefined],
  [
    'keys of other types',
    { model: 3, credential_pool_strategies: [], custom_providers: {}, providers: [] },
  ],
])('%s means nothing', (_name, config) => {
  const settings = parse(config);
  expect(settings).toMatchObject({
    customs: [],
    customShape: 'map',
    model: { provider: undefined },
  });
  expect(settings.strategies.size).toBe(0);
});

test('strategies are read without regard to case, unknown ones as fill_first', () => {
  const { strategies } = parse({
    credential_pool_strategies: {
      xai: 'Round_Robin',
      openrouter: 'least_used',
      zai: 'best',
      nous: 7,
    },
  });
  expect(Object.fromEntries(strategies)).toEqual({
    xai: 'round_robin',
    openrouter: 'least_used',
    zai: 'fill_first',
    nous: 'fill_first',
  });
});

const lab = { name: 'My Lab (GPU)', base_url: 'http://localhost:8000/v1' };

test.each<[string, JsonObject, string | undefined]>([
  ['an id', { model: { provider: 'openrouter' } }, 'openrouter'],
  ['an alias', { model: { provider: 'Claude' } }, 'anthropic'],
  ['auto', { model: { provider: 'auto' } }, undefined],
  ['nobody', { model: { provider: 'nope' } }, undefined],
  ['an old key at the top', { provider: 'nous' }, 'nous'],
  ['a string', { model: 'some/model' }, undefined],
  [
    'custom: and the map key',
    { model: { provider: 'custom:my-lab' }, providers: { 'my-lab': lab } },
    'custom:my-lab-(gpu)',
  ],
  [
    'a bare map key',
    { model: { provider: 'my-lab' }, providers: { 'my-lab': lab } },
    'custom:my-lab-(gpu)',
  ],
  [
    'custom and the URL of an endpoint',
    {
      model: { provider: 'custom', base_url: 'http://localhost:8000/v1/' },
      custom_providers: [lab],
    },
    'custom:my-lab-(gpu)',
  ],
  [
    'custom and another URL',
    { model: { provider: 'custom', base_url: 'http://x/v1' }, custom_providers: [lab] },
    undefined,
  ],
])('the provider of the model is found by %s', (_name, config, id) => {
  expect(parse(config).model.providerId).toBe(id);
});

test('the list and the map of custom endpoints are both read, the list first', () => {
  const { customs, customShape } = parse({
    custom_providers: [lab, { name: 'Off', base_url: 'http://off/v1' }],
    providers: {
      'my-lab-gpu': { ...lab, base_url: 'http://second/v1' },
      together: {
        name: 'Together.ai',
        api: 'https://api.together.xyz/v1',
        transport: 'chat_completions',
        default_model: 'm',
      },
      disabled: { api: 'http://d/v1', enabled: false },
    },
  });
  expect(customShape).toBe('list');
  expect(customs.map(({ id, baseUrl, mapKey, path }) => ({ id, baseUrl, mapKey, path }))).toEqual([
    {
      id: 'custom:my-lab-(gpu)',
      baseUrl: 'http://localhost:8000/v1',
      mapKey: undefined,
      path: ['custom_providers', 0],
    },
    {
      id: 'custom:off',
      baseUrl: 'http://off/v1',
      mapKey: undefined,
      path: ['custom_providers', 1],
    },
    {
      id: 'custom:together.ai',
      baseUrl: 'https://api.together.xyz/v1',
      mapKey: 'together',
      path: ['providers', 'together'],
    },
  ]);
  expect(customs[2]).toMatchObject({ apiMode: 'chat_completions', model: 'm' });
});

test.each<[string, JsonObject, JsonObject]>([
  [
    'camel case',
    { baseUrl: 'http://a/v1', apiKey: 'k', apiMode: 'm', keyEnv: 'V', defaultModel: 'd' },
    { baseUrl: 'http://a/v1', apiMode: 'm', keyEnv: 'V', model: 'd' },
  ],
  ['url', { url: 'http://a/v1' }, { baseUrl: 'http://a/v1' }],
  [
    'the first valid address',
    { base_url: 'nonsense', api: 'http://a/v1' },
    { baseUrl: 'http://a/v1' },
  ],
  ['a placeholder', { api: '{region}.example/v1' }, { baseUrl: '{region}.example/v1' }],
  ['api_key_env', { api: 'http://a/v1', api_key_env: 'V' }, { keyEnv: 'V' }],
])('an endpoint is read from %s', (_name, item, fields) => {
  expect(parse({ providers: { a: item } }).customs).toMatchObject([{ id: 'custom:a', ...fields }]);
});

test.each<[string, JsonObject]>([
  ['without an address', { name: 'x' }],
  ['with an address that is none', { base_url: 'localhost' }],
])('an endpoint %s is passed over', (_name, item) => {
  expect(parse({ custom_providers: [item], providers: { a: item } }).customs).toEqual([]);
});

test.each([
  [`\${V}`, 'secret'],
  [`\${env:V}`, 'secret'],
  [`\${W}`, `\${W}`],
  [`a-\${V}-b`, 'a-secret-b'],
])('%s in a key is expanded from the environment', (given, key) => {
  const [custom] = parse(
    { providers: { a: { api: 'http://a/v1', api_key: given } } },
    { V: 'secret' },
  ).customs;
  expect(custom?.apiKey?.reveal()).toBe(key);
});

test.each(['no-key', 'no-key-required'])('"%s" is no key', (given) => {
  expect(
    parse({ providers: { a: { api: 'http://a/v1', api_key: given } } }).customs[0]?.apiKey,
  ).toBeUndefined();
});
