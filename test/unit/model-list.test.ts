import { expect, test } from 'vitest';
import { viewModels } from '../../src/cli/views/models.ts';
import { CATALOG } from '../../src/providers/catalog.ts';
import { findProvider } from '../../src/providers/find-provider.ts';
import { knownModels } from '../../src/providers/known-models.ts';
import type { ListedModel } from '../../src/providers/model-facts.ts';
import { listUrl, modelListOf, parseModelList } from '../../src/providers/model-list.ts';
import { modelRule } from '../../src/providers/model-rules.ts';

/** The models that a provider's answer yields. */
function models(provider: string, body: unknown): ListedModel[] | undefined {
  const row = findProvider(provider);
  const list = row && modelListOf(row);
  if (list === undefined) throw new Error(`${provider} has no list`);
  return parseModelList(typeof body === 'string' ? body : JSON.stringify(body), list.shape);
}

function names(provider: string, body: unknown): string[] | undefined {
  return models(provider, body)?.map(({ name }) => name);
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
  [
    'copilot',
    {
      data: [
        { id: 'a', capabilities: { type: 'chat' }, supported_endpoints: ['/responses'] },
        { id: 'b' },
        { id: 'c', model_picker_enabled: false },
        { id: 'd', capabilities: { type: 'embeddings' } },
        { id: 'e', supported_endpoints: ['/completions'] },
      ],
    },
    ['a', 'b'],
  ],
] as const)('%s names its models in its own way', (provider, body, expected) => {
  expect(names(provider, body)).toEqual(expected);
});

test.each([
  [
    'openrouter',
    { context_length: 200_000, pricing: { prompt: '0.000003', completion: '0.000015' } },
    { contextTokens: 200_000, price: { input: 3, output: 15 } },
  ],
  ['kilocode', { pricing: { prompt: '0', completion: 0 } }, { price: { input: 0, output: 0 } }],
  [
    'ai-gateway',
    {
      type: 'language',
      tags: ['tool-use'],
      context_window: 1_000_000,
      pricing: { input: '0.00000125', output: '0.00001' },
    },
    { contextTokens: 1_000_000, price: { input: 1.25, output: 10 } },
  ],
  // The same words mean dollars per million elsewhere: better no price than a wrong one.
  ['deepinfra', { pricing: { input: 0.2, output: 0.2 } }, {}],
  ['openrouter', { pricing: { prompt: '-1', completion: '-1' } }, {}],
  ['openrouter', { pricing: { prompt: '', completion: '1' }, context_length: 0 }, {}],
  ['openrouter', { pricing: 'free', context_length: '200k' }, {}],
  [
    'copilot',
    { capabilities: { limits: { max_context_window_tokens: 128_000 } } },
    { contextTokens: 128_000 },
  ],
  ['lmstudio', { key: 'm', max_context_length: 32_768 }, { contextTokens: 32_768 }],
] as const)('%s tells of its models what can be shown: %j', (provider, facts, expected) => {
  const item = { id: 'm', ...facts };
  const found = models(provider, { data: [item], models: [item] });
  expect(found).toEqual([{ name: 'm', ...expected }]);
});

test.each([
  [
    80,
    [
      'a/short                    $3.00   $15.00     200k',
      'b/free                      free     free       1M',
    ],
  ],
  [40, ['a/short', 'b/free']],
] as const)(
  'at %d columns prices stand beside the names, or come with the row',
  (columns, labels) => {
    const listed = [
      { name: 'a/short', contextTokens: 200_000, price: { input: 3, output: 15 } },
      { name: 'b/free', contextTokens: 1_000_000, price: { input: 0, output: 0 } },
      { name: 'c/a-name-that-is-longer' },
      { name: `d/${'x'.repeat(60)}`, contextTokens: 512, price: { input: 0.004, output: 0.01 } },
    ];
    const { rows, head } = viewModels(listed.slice(0, 3), undefined, columns);
    expect(rows.slice(0, 2).map(({ label }) => label)).toEqual(labels);
    expect(rows[0]?.hint).toBe(
      columns === 80 ? undefined : '$3.00 in, $15.00 out per Mtok, 200k context',
    );
    expect(head).toBe(columns === 80 ? '$ per Mtok in and out, context' : undefined);
    const long = viewModels(listed, 'd', columns).rows[3];
    expect(long?.hint).toBe('$0.004 in, $0.01 out per Mtok, 512 context');
  },
);

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
