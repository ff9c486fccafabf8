import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { STRATEGIES } from '../../src/pool/strategy.ts';
import { CATALOG } from '../../src/providers/catalog.ts';

/** The parts of JSON Schema that ours uses. */
interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const file = new URL('../../schema/gormes.auth.schema.json', import.meta.url);
const schema: Schema = JSON.parse(readFileSync(file, 'utf8'));
const definitions = schema.definitions ?? {};

/** What a part becomes in an overlay: the same, except that null may stand anywhere and deletes. */
function nullable(part: Schema): Schema {
  const { title, description, default: _, examples, required, minProperties, ...rest } = part;
  const map = (parts: Readonly<Record<string, Schema>>) =>
    Object.fromEntries(Object.entries(parts).map(([key, inner]) => [key, nullable(inner)]));
  return {
    ...rest,
    ...(rest.$ref && { $ref: rest.$ref.replace('#/definitions/', '#/definitions/overlay_') }),
    ...(rest.type && { type: [rest.type, 'null'].flat() }),
    ...(rest.enum && { enum: [...rest.enum, null] }),
    ...(rest.properties && { properties: map(rest.properties) }),
    ...(rest.patternProperties && { patternProperties: map(rest.patternProperties) }),
    ...(typeof rest.additionalProperties === 'object' && {
      additionalProperties: nullable(rest.additionalProperties),
    }),
  };
}

describe('the schema', () => {
  const overlays = Object.keys(definitions).filter((name) => name.startsWith('overlay_'));

  test.each(overlays)('%s allows what its definition allows, or null', (name) => {
    const base = definitions[name.slice('overlay_'.length)];
    expect(base).toBeDefined();
    expect(definitions[name]).toEqual(nullable(base ?? {}));
  });

  test('every closed mapping says what it is for, or is an overlay', () => {
    const bare = Object.entries(definitions).filter(
      ([name, part]) => !name.startsWith('overlay_') && part.title === undefined,
    );
    expect(bare).toEqual([]);
    const fields = Object.entries(definitions)
      .filter(([name]) => !name.startsWith('overlay'))
      .flatMap(([name, part]) =>
        Object.entries(part.properties ?? {}).map(([k, p]) => [name, k, p] as const),
      );
    for (const [name, key, part] of fields) {
      expect(part.description ?? part.$ref, `${name}.${key}`).toBeDefined();
    }
  });

  test('knows the strategies of the pool', () => {
    expect(definitions.strategy?.enum).toEqual([...STRATEGIES]);
    expect(definitions.strategy?.default).toBe(STRATEGIES[0]);
  });

  test('knows every name of the providers that have a form of their own', () => {
    const names = (found: (typeof CATALOG)[number] | undefined) =>
      found ? [found.id, ...found.aliases].sort() : [];
    const patterns = Object.entries(definitions.providers?.patternProperties ?? {});
    const patternOf = (ref: string) =>
      patterns.find(([, part]) => part.$ref === `#/definitions/${ref}`)?.[0] ?? '';
    const words = (pattern: string) =>
      pattern
        .replace(/[\^$()]/g, '')
        .split('|')
        .sort();
    const asserted = CATALOG.filter((row) => row.apiShape === 'bedrock-converse');
    const sessions = CATALOG.filter((row) => row.session);
    expect(asserted).toHaveLength(1);
    expect(sessions).toHaveLength(1);
    expect(words(patternOf('assertions'))).toEqual(names(asserted[0]));
    expect(words(patternOf('session'))).toEqual(names(sessions[0]));
  });
});
