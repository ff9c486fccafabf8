import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CATALOG } from '../../src/providers/catalog.ts';
import {
  findCustomProvider,
  findProvider,
  providerNames,
  resolveProvider,
  slugOf,
  unknownProvider,
} from '../../src/providers/find-provider.ts';
import type { CustomProvider } from '../../src/providers/provider.ts';

function custom(name: string, mapKey?: string): CustomProvider {
  return {
    id: `custom:${slugOf(name)}`,
    name,
    baseUrl: 'http://localhost:8000/v1',
    ...(mapKey === undefined ? {} : { mapKey }),
  };
}

const lab = custom('My Lab (GPU)', 'my-lab-gpu');

test.each(providerNames())('%s is found, whatever its case and the space around it', (name) => {
  const row = findProvider(name);
  expect(row && [row.id, ...row.aliases]).toContain(name);
  expect(findProvider(`  ${name.toUpperCase()}\t`)).toBe(row);
});

test('nothing else is found', () => {
  const known = new Set(providerNames());
  for (const name of [
    '',
    'qwen',
    'openai',
    'ollama',
    'custom',
    'custom:x',
    '__proto__',
    'constructor',
  ]) {
    expect(findProvider(name)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(findProvider(text) !== undefined).toBe(known.has(text.trim().toLowerCase()));
    }),
  );
});

test.each([
  ['My Lab (GPU)', 'my-lab-(gpu)'],
  ['Together.ai', 'together.ai'],
  ['  Two  Spaces ', 'two--spaces'],
  ['Füür', 'füür'],
])('the slug of %j is %j', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});

test.each([
  'custom:my-lab-(gpu)',
  'CUSTOM:My Lab (GPU)',
  'My Lab (GPU)',
  'my-lab-(gpu)',
  'my-lab-gpu',
  'custom:my-lab-gpu',
])('%j means the custom provider', (given) => {
  expect(findCustomProvider(given, [custom('Other'), lab])).toBe(lab);
});

test.each(['custom:', 'custom:typo', 'lab', '', 'my-lab'])(
  '%j means no custom provider',
  (given) => {
    expect(findCustomProvider(given, [custom('Other'), lab])).toBeUndefined();
  },
);

test('the slug of a name wins over the map key of another', () => {
  const named = custom('Twin', 'first');
  const keyed = custom('Somebody', 'twin');
  expect(findCustomProvider('twin', [keyed, named])).toBe(named);
});

test('a custom provider cannot take the name of a catalog row', () => {
  const hijack = custom('OpenRouter');
  expect(resolveProvider('openrouter', [hijack])).toMatchObject({ kind: 'catalog' });
  expect(resolveProvider('custom:openrouter', [hijack])).toEqual({
    kind: 'custom',
    custom: hijack,
  });
});

test('a custom provider goes before an alias, and an alias before nothing', () => {
  const go = custom('Go');
  expect(resolveProvider('go', [go])).toEqual({ kind: 'custom', custom: go });
  expect(resolveProvider('go', [])).toMatchObject({ kind: 'catalog', row: { id: 'opencode-go' } });
  expect(resolveProvider('gone', [go])).toBeUndefined();
});

test.each([
  ['openruter', 'did you mean "openrouter"?'],
  ['custom:my-lab-(cpu)', 'did you mean "custom:my-lab-(gpu)"?'],
  ['openai', 'say which one: openai-api or openai-codex'],
  ['Qwen', 'say which one: alibaba or qwen-oauth'],
  ['groq', 'declare its endpoint under custom_providers'],
  ['ollama', 'declare your own server under custom_providers'],
  ['zzzzzzzzzzzz', 'gormes auth providers shows every provider'],
  ['constructor', 'gormes auth providers shows every provider'],
])('an unknown %j is refused in the words of Hermes too, with a hint', (given, hint) => {
  const error = unknownProvider(given, [lab]);
  expect(error).toMatchObject({ code: 'unknown_provider', exitCode: 1, hint });
  expect(error.hermes).toBe(`Unknown provider: ${given}`);
});

test('an unknown provider cannot move the cursor', () => {
  expect(unknownProvider('a\u001b[2Jb', []).hermes).toBe('Unknown provider: a\\x1b[2Jb');
});

test.each(['openai', 'qwen'])('the hint for %s names rows that exist', (given) => {
  const words = unknownProvider(given, []).hint?.split(/[ :]+/) ?? [];
  expect(CATALOG.filter((row) => words.includes(row.id))).toHaveLength(2);
});

test('the name that may have been meant comes from a file, and is escaped', () => {
  const { hint } = unknownProvider('custom:my-lab', [custom('my-lab\u001b[2J')]);
  expect(hint).toBe('did you mean "custom:my-lab\\x1b[2j"?');
});
