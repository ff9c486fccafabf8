import { expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import {
  authorisedOrigins,
  baseUrlFor,
  checkFor,
  isAuthorisedOrigin,
} from '../../src/providers/base-url.ts';
import { findProvider } from '../../src/providers/find-provider.ts';
import type { ProviderRow } from '../../src/providers/provider.ts';

function row(id: string): ProviderRow {
  const found = findProvider(id);
  if (!found) throw new Error(`no row ${id}`);
  return found;
}

interface Case {
  readonly id: string;
  readonly key?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly manual?: boolean;
  readonly url: string;
}

test.each<[name: string, given: Case]>([
  ['the default', { id: 'openrouter', url: 'https://openrouter.ai/api/v1' }],
  [
    'a variable, without its last slashes',
    {
      id: 'openrouter',
      env: { OPENROUTER_BASE_URL: ' https://proxy.example/v1// ' },
      url: 'https://proxy.example/v1',
    },
  ],
  [
    'a variable does not move a manual entry',
    {
      id: 'openrouter',
      env: { OPENROUTER_BASE_URL: 'https://proxy.example/v1' },
      manual: true,
      url: 'https://openrouter.ai/api/v1',
    },
  ],
  [
    'an empty variable is none',
    { id: 'openrouter', env: { OPENROUTER_BASE_URL: ' / ' }, url: 'https://openrouter.ai/api/v1' },
  ],
  ['a Kimi key', { id: 'kimi-coding', key: 'sk-abc', url: 'https://api.moonshot.ai/v1' }],
  [
    'a Kimi coding key',
    { id: 'kimi-coding', key: 'sk-kimi-x', url: 'https://api.kimi.com/coding' },
  ],
  [
    'a Kimi coding key that is added by hand',
    { id: 'kimi-coding', key: 'sk-kimi-x', manual: true, url: 'https://api.kimi.com/coding' },
  ],
  [
    'a variable wins over the prefix',
    {
      id: 'kimi-coding',
      key: 'sk-kimi-x',
      env: { KIMI_BASE_URL: 'https://kimi.example' },
      url: 'https://kimi.example',
    },
  ],
  ['an endpoint of the user alone', { id: 'azure-foundry', url: '' }],
  [
    'an endpoint of the user alone, from its variable',
    {
      id: 'azure-foundry',
      env: { AZURE_FOUNDRY_BASE_URL: 'https://r.openai.azure.com/openai/v1' },
      url: 'https://r.openai.azure.com/openai/v1',
    },
  ],
  [
    'the first of two variables',
    {
      id: 'xai-oauth',
      env: {
        HERMES_XAI_BASE_URL: 'https://eu.api.x.ai/v1',
        XAI_BASE_URL: 'https://us.api.x.ai/v1',
      },
      url: 'https://eu.api.x.ai/v1',
    },
  ],
  [
    'a variable that leaves the provider is ignored where the login is pinned',
    {
      id: 'xai-oauth',
      env: { HERMES_XAI_BASE_URL: 'https://x.ai.evil.example', XAI_BASE_URL: 'http://api.x.ai/v1' },
      url: 'https://api.x.ai/v1',
    },
  ],
])('%s', (_name, { id, key, env, manual, url }) => {
  const secret = key === undefined ? undefined : new Secret(key);
  const found = baseUrlFor(row(id), { secret, env: (name) => env?.[name], useEnv: !manual });
  expect(found).toBe(url);
});

test('a key with a prefix is checked where it lives', () => {
  const kimi = row('kimi-coding');
  expect(checkFor(kimi, new Secret('sk-abc'))).toBe(kimi.check);
  expect(checkFor(kimi, new Secret('sk-kimi-abc'))).toMatchObject({ url: '{base}/v1/models' });
  expect(checkFor(row('minimax-cn'), new Secret('x'))).toBeUndefined();
});

test.each([
  ['zai', 'https://open.bigmodel.cn/api/paas/v4', true],
  ['zai', 'https://bigmodel.cn/api/paas/v4', false],
  ['openrouter', 'https://openrouter.ai/other', true],
  ['openrouter', 'http://openrouter.ai/api/v1', false],
  ['openrouter', 'https://openrouter.ai:8443/api/v1', false],
  ['openrouter', 'https://openrouter.ai@evil.example/', false],
  ['openai-api', 'https://us.api.openai.com/v1', true],
  ['openai-api', 'https://api.openai.com.evil.example/v1', false],
  ['openai-api', 'https://evilapi.openai.com/v1', false],
  ['xai-oauth', 'https://x.ai/', true],
  ['xai-oauth', 'https://a.b.x.ai/', true],
  ['xai-oauth', 'https://.x.ai/', false],
  ['azure-foundry', 'https://me.services.ai.azure.com/anthropic', true],
  ['azure-foundry', 'https://evil.example/?.openai.azure.com', false],
  ['copilot', 'https://api.business.githubcopilot.com', true],
  ['copilot-acp', 'acp://copilot', false],
  ['openrouter', '', false],
  ['openrouter', 'not a url', false],
])('%s may use %j: %s', (id, url, allowed) => {
  expect(isAuthorisedOrigin(row(id), url)).toBe(allowed);
});

test('origins are named once', () => {
  expect(authorisedOrigins(row('zai'))).toEqual(['https://api.z.ai', 'https://open.bigmodel.cn']);
  expect(authorisedOrigins(row('huggingface'))).toEqual([
    'https://router.huggingface.co',
    'https://huggingface.co',
  ]);
});
