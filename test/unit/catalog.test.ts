import { expect, test } from 'vitest';
import { authorisedOrigins } from '../../src/providers/base-url.ts';
import { CATALOG } from '../../src/providers/catalog.ts';
import type { ProviderRow } from '../../src/providers/provider.ts';
import facts from './fixtures/provider-facts.json' with { type: 'json' };

const each = CATALOG.map((row) => [row.id, row] as const);

/** A URL of a row with its placeholders filled in from the row's own base URL. */
function filled(row: ProviderRow, url: string): string {
  const origin = URL.canParse(row.baseUrl) ? new URL(row.baseUrl).origin : '';
  return url.replace('{base}', row.baseUrl).replace('{origin}', origin);
}

test('the catalog holds the known providers, in their order, and no other', () => {
  expect(CATALOG.map((row) => row.id)).toEqual(facts.map((fact) => fact.id));
});

test.each(facts.map((fact) => [fact.id, fact] as const))('%s is as Hermes knows it', (id, fact) => {
  const row = CATALOG.find((each) => each.id === id);
  expect(row).toMatchObject({
    name: fact.name,
    aliases: fact.aliases,
    keyEnv: fact.keyEnv,
    baseUrl: fact.baseUrl,
  });
  expect(row?.baseUrlEnv).toBe(fact.baseUrlEnv ?? undefined);
  if (row?.check) {
    const url = fact.id === 'azure-foundry' ? row.check.url : filled(row, row.check.url);
    expect(url).toBe(fact.check);
  } else {
    expect(fact.check).toBeNull();
  }
});

test('no id or alias stands for two providers, and the ambiguous ones for none', () => {
  const names = CATALOG.flatMap((row) => [row.id, ...row.aliases]);
  expect(new Set(names).size).toBe(names.length);
  for (const name of ['qwen', 'openai', 'ollama', 'custom', 'local'])
    expect(names).not.toContain(name);
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
});

test.each(each)('%s: variables are names of variables, once each', (_id, row) => {
  expect(new Set(row.keyEnv).size).toBe(row.keyEnv.length);
  const variables = [...row.keyEnv, row.baseUrlEnv, row.baseUrlEnvFirst].filter(Boolean);
  for (const name of variables) expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
});

test.each(each)('%s: has a free check, or says why not', (_id, row) => {
  expect(row.check === undefined).toBe(row.checkless !== undefined);
});

test.each(each)('%s: a check goes to an https URL of an authorised origin', (_id, row) => {
  const checks = [row.check, ...(row.keyBaseUrls ?? []).map((rule) => rule.check)];
  for (const check of checks.filter((each) => each !== undefined)) {
    for (const url of [check.url, check.fallbackUrl].filter((each) => each !== undefined)) {
      expect(url).not.toMatch(/[?&]key=/);
      if (row.baseUrl === '') continue; // the user's own endpoint
      const parsed = new URL(filled(row, url));
      expect(parsed.protocol).toBe(parsed.hostname === '127.0.0.1' ? 'http:' : 'https:');
      expect(authorisedOrigins(row)).toContain(parsed.origin);
    }
    for (const name of Object.keys(check.headers ?? {})) expect(name).toBe(name.toLowerCase());
  }
});

test.each(facts.map((fact) => [fact.id, fact] as const))(
  '%s: a list that anybody may read proves no key',
  (id, fact) => {
    if (fact.public) expect(CATALOG.find((row) => row.id === id)?.check?.provesKey).toBe(false);
  },
);

test.each(each)('%s: can be added, or says what to do instead', (_id, row) => {
  expect(row.types.length > 0 && !row.session).toBe(row.refuses?.add === undefined);
  const takesKeys = row.types.includes('api_key');
  if (row.refuses?.add === undefined) expect(takesKeys).toBe(row.refuses?.apiKey === undefined);
  for (const refusal of [row.refuses?.add, row.refuses?.apiKey].filter((each) => each)) {
    expect(refusal?.reason).not.toMatch(/\.$|\n/);
    expect(refusal?.hint).not.toMatch(/\.$|\n/);
  }
});

test('the first type is what `auth add` does', () => {
  const firsts = (type: string) =>
    CATALOG.filter((row) => row.types[0] === type).map((row) => row.id);
  expect(firsts('oauth')).toEqual([
    'anthropic',
    'nous',
    'openai-codex',
    'google-gemini-cli',
    'spotify',
    'xai-oauth',
    'minimax-oauth',
  ]);
  expect(firsts('import')).toEqual(['qwen-oauth']);
});

test('every provider with a login outside sessions says where the login is kept', () => {
  for (const row of CATALOG) {
    const logsIn = !row.session && row.types.some((type) => type !== 'api_key');
    if (!logsIn) continue;
    const { seededSource, manualSource, writes } = row.login ?? {};
    expect(writes === 'seeded' ? seededSource : manualSource).toBeDefined();
    if (seededSource) expect(row.sources).toContain(seededSource);
  }
});

test.each(each)('%s: base URLs have no slash at their end', (_id, row) => {
  const urls = [
    row.baseUrl,
    ...(row.keyBaseUrls ?? []).map((rule) => rule.baseUrl),
    ...(row.endpoints ?? []).map((endpoint) => endpoint.baseUrl),
  ];
  for (const url of urls) expect(url).not.toMatch(/\/$/);
  for (const origin of row.origins ?? []) expect(origin).toMatch(/^https:\/\/[a-z0-9.*-]+$/);
});
