/** What an editor offers for a declaration: the real yaml-language-server with our schema. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CATALOG } from '../../src/providers/catalog.ts';
import { type LanguageServer, startLanguageServer } from '../support/language-server.ts';

let server: LanguageServer;

beforeAll(async () => {
  server = await startLanguageServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const HEAD = 'version: 1\nproviders:\n';

test.each([
  ['the keys of the top level', 'version: 1\n|', ['providers', 'custom_providers', 'overlays']],
  ['providers', `${HEAD}  |`, ['openrouter', 'anthropic', 'openai-codex']],
  [
    'what a provider holds',
    `${HEAD}  openrouter:\n    |`,
    ['strategy', 'pin', 'credentials', 'sources'],
  ],
  [
    'strategies',
    `${HEAD}  openrouter:\n    strategy: |`,
    ['fill_first', 'round_robin', 'random', 'least_used'],
  ],
  [
    'what a credential has',
    `${HEAD}  openrouter:\n    credentials:\n      work:\n        |`,
    ['api_key', 'type', 'account', 'protect', 'base_url'],
  ],
  ['limits', 'version: 1\nlimits:\n  |', ['max_removals', 'keep_one_usable']],
  [
    'credentials of an overlay',
    'version: 1\noverlays:\n  - when: { os: linux }\n    providers:\n      openrouter:\n        credentials:\n          work:\n            |',
    ['api_key', 'type'],
  ],
])('completion offers %s', async (_name, marked, expected) => {
  expect(await server.complete(marked)).toEqual(expect.arrayContaining(expected));
});

test.each([
  ['a key', 'version: 1\nunman|aged: keep\n', 'live credentials that nobody declared'],
  ['a provider', `${HEAD}  openro|uter: {}\n`, 'OpenRouter'],
  [
    'a field of a credential',
    `${HEAD}  openrouter:\n    credentials:\n      work: { pro|tect: true }\n`,
    'Never removed by an apply',
  ],
  ['a pin', `${HEAD}  openrouter:\n    p|in: work\n`, 'Hermes does not know pins'],
])('hover explains %s', async (_name, marked, expected) => {
  expect(await server.hover(marked)).toContain(expected);
});

test.each([
  [
    'a key that does not exist',
    `${HEAD}  openrouter: { strategie: random }\n`,
    /^3:17 .*strategie/,
  ],
  ['a value that does not exist', `${HEAD}  openrouter: { strategy: newest }\n`, /^3:27 /],
  ['a wrong type', 'version: 1\nlimits:\n  max_removals: many\n', /^3:17 /],
])('%s is marked where it stands', async (_name, text, expected) => {
  const findings = await server.findings(text);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatch(expected);
});

test('the examples have no findings', async () => {
  for (const name of ['gormes.auth.yaml', 'minimal.yaml', 'team.yaml', 'ci.yaml']) {
    const text = readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8');
    // Its first line names a schema beside it; here the server has been told of ours.
    expect(await server.findings(text.replace(/^# yaml-language-server.*\n/, '')), name).toEqual(
      [],
    );
  }
});

test('the schema names every provider of the catalog', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../schema/gormes.auth.schema.json', import.meta.url), 'utf8'),
  );
  const { properties, patternProperties } = schema.definitions.providers;
  const patterns = Object.keys(patternProperties).map((pattern) => new RegExp(pattern));
  const pooled = CATALOG.filter(({ id }) => !patterns.some((pattern) => pattern.test(id)));
  const named = Object.entries(properties).map(([id, value]) => [id, Object(value).description]);
  expect(named).toEqual(pooled.map(({ id, name }) => [id, name]));
});
