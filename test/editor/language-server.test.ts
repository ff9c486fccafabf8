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
  ['providers', `${HEAD}  |`, ['openrouter', 'anthropic', 'openai-codex', 'bedrock', 'spotify']],
  ['other names of providers', `${HEAD}  |`, ['claude', 'or', 'aws']],
  ['what an AWS identity holds', `${HEAD}  aws:\n    |`, ['profile', 'region', 'account']],
  ['providers of a model', 'version: 1\nmodel:\n  provider: |', ['openrouter', 'custom:lab-vllm']],
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
  ['another name of a provider', `${HEAD}  cla|ude: {}\n`, 'Another name of anthropic'],
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

test('a provider that the schema does not know is not refused: rules say what is unknown', async () => {
  const text = 'version: 1\nmodel: { provider: custom:mine }\nproviders: { mine: {} }\n';
  expect(await server.findings(text)).toEqual([]);
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

test('the schema names every provider of the catalog, and its other names', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../schema/gormes.auth.schema.json', import.meta.url), 'utf8'),
  );
  const { properties, patternProperties } = schema.definitions.providers;
  const expected = [
    ...CATALOG.map(({ id, name }) => [id, name]),
    ...CATALOG.flatMap(({ id, aliases }) => aliases.map((name) => [name, `Another name of ${id}`])),
  ];
  const named = Object.entries(properties).map(([id, value]) => [id, Object(value).description]);
  expect(named).toEqual(expected);
  // What is held in another form than a pool has that form under each of its names.
  for (const [pattern, { $ref }] of Object.entries<{ $ref: string }>(patternProperties)) {
    const names = Object.keys(properties).filter((name) => new RegExp(pattern).test(name));
    expect(names.map((name) => properties[name].$ref)).toEqual(names.map(() => $ref));
  }
  const { examples } = schema.definitions.model.properties.provider;
  expect(examples).toEqual([...CATALOG.map(({ id }) => id), 'custom:lab-vllm']);
});
