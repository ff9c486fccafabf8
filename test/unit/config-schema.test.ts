import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { STRATEGIES } from '../../src/pool/strategy.ts';

/** The parts of JSON Schema that are looked at here. */
interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const file = new URL('../../schema/gormes.auth.schema.json', import.meta.url);
const schema: Schema = JSON.parse(readFileSync(file, 'utf8'));
const definitions = schema.definitions ?? {};

describe('the schema', () => {
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
});
