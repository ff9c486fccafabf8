import { expect, test } from 'vitest';
import { CATALOG } from '../../src/providers/catalog.ts';
import { findProvider } from '../../src/providers/find-provider.ts';
import { knownModels } from '../../src/providers/known-models.ts';
import { listUrl, modelListOf, parseModelList } from '../../src/providers/model-list.ts';
import { modelRule } from '../../src/providers/model-rules.ts';

/** The names that a provider's answer yields. */
function names(provider: string, body: unknown): string[] | undefined {
  const row = findProvider(provider);
  const list = row && modelListOf(row);
  if (list === undefined) throw new Error(`${provider} has no list`);
  return parseModelList(typeof body === 'string' ? body : JSON.stringify(body), list.shape);
}

test.each([
  ['deepseek', { data: [{ id: 'a' }, { id: 'b' }, { id: 'a' }, { id: 5 }, null] }, ['a', 'b']],
  [
    'openai-codex',
    {
      models: [
        { slug: 'x', visibility: 'list' },
        { slug: 'y', visibility: 'hide' },
      ],
    },
    ['x'],
  ],
  ['gemini', { models: [{ name: 'models/g' }] }, ['g']],
  [
    'lmstudio',
    {
      models: [
        { key: 'm', type: 'llm' },
        { key: 'e', type: 'embedding' },
      ],
    },
    ['m'],
  ],
  [
    'ai-gateway',
    {
      data: [
        { id: 'a', type: 'language', tags: ['tool-use'] },
        { id: 'b', type: 'language', tags: [] },
        { id: 'c', type: 'image', tags: ['tool-use'] },
      ],
    },
    ['a'],
  ],
  [
    'openrouter',
    {
      data: [
        { id: 'a', supported_parameters: ['tools'] },
        { id: 'b', supported_parameters: [] },
        { id: 'c' },
      ],
    },
    ['a', 'c'],
  ],
] as const)('%s names its models in its own way', (provider, body, expected) => {
  expect(names(provider, body)).toEqual(expected);
});

test.each(['', 'no json', '[]', '{}', '{"data":{}}', '{"models":[]}', 'null'])(
  'an answer that is no list is none: %j',
  (body) => {
    expect(names('deepseek', body)).toBeUndefined();
  },
);

test('names that could move the cursor or fill the screen are left out', () => {
  const data = [{ id: 'a\u001b[2J' }, { id: 'b\u202e' }, { id: 'c'.repeat(201) }, { id: 'd' }];
  expect(names('deepseek', { data })).toEqual(['d']);
});

test.each([
  ['minimax', 'https://api.minimax.io/anthropic', 'https://api.minimax.io/v1/models'],
  ['openrouter', 'https://openrouter.ai/api/v1/', 'https://openrouter.ai/api/v1/models'],
  ['huggingface', 'https://router.huggingface.co/v1', 'https://router.huggingface.co/v1/models'],
] as const)('the list of %s is where its endpoint is', (provider, base, url) => {
  const row = findProvider(provider);
  const list = row && modelListOf(row);
  expect(list && listUrl(list, base)).toBe(url);
});

test('no credential leaves its endpoint for a list', () => {
  const lists = CATALOG.flatMap((row) => modelListOf(row) ?? []);
  expect(lists.filter(({ url }) => !/^\{(base|origin)\}\//.test(url))).toEqual([]);
});

test('every provider has a rule, and what it has to put in is known', () => {
  for (const row of CATALOG) {
    const rule = modelRule(row.id);
    const named = typeof rule.baseUrl === 'object' ? rule.baseUrl.of : '';
    const wanted = [...named.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(rule.fields.map(({ name }) => name)).toEqual(expect.arrayContaining(wanted));
  }
  expect(knownModels('zai')).toEqual(['glm-5.2', 'glm-5.1', 'glm-5', 'glm-5v-turbo', 'glm-4.7']);
  expect(knownModels('deepseek')).toEqual([]);
});
