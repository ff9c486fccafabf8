import { join } from 'node:path';
import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import type { CopilotCache } from '../providers/drivers/copilot.ts';
import type { Home } from './home.ts';
import { readRegularFile } from './read-file.ts';
import { ensureDir, writeAtomic } from './write-atomic.ts';

/** As Hermes limits the file (oauth-flows §11). */
const CACHE_BYTES = 1024 * 1024;

/**
 * Hermes' `.copilot_jwt.json`: exchanged Copilot tokens that both programs may use. A file that makes
 * no sense counts as empty: all in it can be had again. Rows that have run out go at each write.
 */
export function copilotCache(home: Home, deps: Pick<Deps, 'clock' | 'random'>): CopilotCache {
  const path = join(home.dir, '.copilot_jwt.json');
  return {
    failures: new Map(),
    find: (name) => {
      const row = readRows(path)[name];
      return isJsonObject(row) ? row : undefined;
    },
    put: (name, row) => {
      const now = deps.clock.now() / 1000;
      const alive = Object.entries(readRows(path)).filter(
        ([key, old]) =>
          key !== name &&
          isJsonObject(old) &&
          typeof old.expires_at === 'number' &&
          old.expires_at > now,
      );
      const text = `${JSON.stringify(Object.fromEntries([...alive, [name, row]]))}\n`;
      try {
        ensureDir(home.dir);
        writeAtomic(path, text, deps);
      } catch (error) {
        if (!(error instanceof GormesError)) throw error; // the next run exchanges it again
      }
    },
  };
}

function readRows(path: string): JsonObject {
  try {
    const text = readRegularFile(path, CACHE_BYTES)?.text;
    const value: Json | undefined = text === undefined ? undefined : JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
