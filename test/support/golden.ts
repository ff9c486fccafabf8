import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const FOLDER = new URL('../cli/golden/', import.meta.url);

/**
 * The exact bytes that a command must print, from `test/cli/golden/<name>`: use it wherever a string
 * is expected. `{home}` and the like in the file stand for `values`, which differ between runs.
 *
 * With `UPDATE_GOLDEN=1` the comparison (`toEqual`, `toMatchObject`; not `toBe`) writes the file
 * instead, and holds. Read the difference before you commit it.
 */
export function golden(name: string, values: Readonly<Record<string, string>> = {}): string {
  const file = new URL(name, FOLDER).pathname;
  if (process.env.UPDATE_GOLDEN === '1') return writer(file, values);
  if (!existsSync(file)) throw new Error(`no golden file ${name}: run once with UPDATE_GOLDEN=1`);
  let text = readFileSync(file, 'utf8');
  for (const [key, value] of longestFirst(values)) text = text.replaceAll(`{${key}}`, value);
  return text;
}

/** A matcher of the test runner that is given what was printed, and says yes. */
function writer(file: string, values: Readonly<Record<string, string>>): string {
  const matcher = {
    $$typeof: Symbol.for('jest.asymmetricMatcher'),
    asymmetricMatch(actual: unknown): boolean {
      if (typeof actual !== 'string') return false;
      let text = actual;
      for (const [key, value] of longestFirst(values)) text = text.replaceAll(value, `{${key}}`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return true;
    },
    toString: () => 'golden',
    toAsymmetricMatcher: () => `golden file ${file}`,
  };
  // `expect` takes matchers wherever it takes values; its types know that only for its own.
  return matcher as unknown as string;
}

/** A path inside another one must be looked for first. */
function longestFirst(values: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(values)
    .filter(([, value]) => value !== '')
    .sort(([, a], [, b]) => b.length - a.length);
}
