import { join } from 'node:path';
import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { isJsonObject, type Json, type JsonObject, parseObject } from '../base/json.ts';
import type { CopilotCache } from '../providers/drivers/copilot.ts';
import type { Home } from './home.ts';
import { withLock } from './lock.ts';
import { readRegularFile } from './read-file.ts';
import { ensureDir } from './write/directories.ts';
import { sweepTemps, writeAtomic } from './write/write-atomic.ts';

/** As Hermes limits the file (oauth-flows §11). */
const CACHE_BYTES = 1024 * 1024;

/** For the lock. The token is at hand already, and a refresh of Hermes may hold the lock for 25 s. */
const WAIT_MS = 1000;

/**
 * Hermes' `.copilot_jwt.json`: exchanged Copilot tokens that both programs may use. A file that makes
 * no sense counts as empty: all in it can be had again. Rows that have run out go at each write.
 *
 * Written under the home's lock, so that gormes programs lose no row of each other, and what a killed
 * one left of a token is swept. No journal: it is a cache, and belongs to no address. When it can't be
 * written, or the lock is not to be had at once, the next run exchanges again.
 */
export function copilotCache(home: Home, deps: CacheDeps): CopilotCache {
  const path = join(home.dir, '.copilot_jwt.json');
  const { clock, random, signal } = deps;
  return {
    failures: new Map(),
    find: (name) => {
      const row = readRows(path)[name];
      return isJsonObject(row) ? row : undefined;
    },
    put: async (name, row) => {
      try {
        ensureDir(home.dir);
        await withLock(home.lockFile, { waitMs: WAIT_MS, clock, random, signal }, () => {
          sweepTemps(path);
          const rows = Object.entries(readRows(path)).filter(
            ([key, old]) => key !== name && isAlive(old, clock.now()),
          );
          const text = `${JSON.stringify(Object.fromEntries([...rows, [name, row]]))}\n`;
          writeAtomic(path, text, deps);
        });
      } catch (error) {
        if (!(error instanceof GormesError)) throw error;
      }
    },
  };
}

type CacheDeps = Pick<Deps, 'clock' | 'random' | 'signal'>;

function isAlive(row: Json, nowMs: number): boolean {
  return isJsonObject(row) && typeof row.expires_at === 'number' && row.expires_at > nowMs / 1000;
}

function readRows(path: string): JsonObject {
  try {
    const text = readRegularFile(path, CACHE_BYTES)?.text;
    return parseObject(text ?? '') ?? {};
  } catch {
    return {};
  }
}
