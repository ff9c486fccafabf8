import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Deps } from '../base/deps.ts';
import { describeErrno, errnoOf, GormesError } from '../base/errors.ts';
import { isJsonObject, type JsonObject, stringAt } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { escapeControls } from '../base/text.ts';
import { parseAuthText } from './auth-file.ts';
import type { Home } from './home.ts';
import { stringifyJson } from './json-text.ts';
import { withLock } from './lock.ts';
import { salvage } from './salvage.ts';
import { ensureDir } from './write/directories.ts';
import { sweepTemps, writeAtomic } from './write/write-atomic.ts';

/** What a repair of `auth.json` would do. */
export interface Repair {
  /** The file as it stands. */
  readonly damaged: Buffer;
  /** The new text; holds secrets. */
  readonly text: string;
  /** A complete new version that a killed write left beside the file, and that is used. */
  readonly temp: string | undefined;
  readonly kept: readonly { readonly provider: string; readonly labels: readonly string[] }[];
  /** Single logins that are kept. */
  readonly logins: readonly string[];
  /** Entries that begin and can't be read. */
  readonly broken: number;
}

/**
 * Looks at `auth.json`; undefined when nothing is wrong with it, or there is none.
 *
 * @throws `auth_newer_version`, `auth_too_large`, `not_a_file`: what no repair can help
 */
export function inspectStore(home: Home): Repair | undefined {
  const damaged = readBytes(home.authFile);
  if (damaged === undefined) return undefined;
  const text = decode(damaged);
  const error = problemOf(home, damaged, text);
  if (error === undefined) return undefined;
  if (['auth_newer_version', 'auth_too_large'].includes(error.code)) throw error;
  const temp = wholeTemp(home);
  if (temp !== undefined) return { damaged, temp: temp.name, broken: 0, ...describe(temp.text) };
  const { value, text: kept, broken } = salvage(text);
  return { damaged, temp: undefined, broken, ...describe(kept ?? stringifyJson(value)) };
}

/**
 * Carries a repair out under Hermes' lock: the damaged file is kept under a fresh name (0600), then
 * replaced, and what killed writes left is swept.
 *
 * @returns path of the kept file
 * @throws `home_locked`, `home_changing` when the file is no longer the one that was looked at
 */
export async function repairStore(
  deps: Pick<Deps, 'clock' | 'random' | 'signal'>,
  home: Home,
  repair: Repair,
  lockWaitMs: number,
): Promise<string> {
  const { clock, random, signal } = deps;
  ensureDir(home.dir);
  return await withLock(home.lockFile, { waitMs: lockWaitMs, clock, random, signal }, () => {
    if (readBytes(home.authFile)?.equals(repair.damaged) !== true) {
      throw new GormesError('home_changing', `${home.authFile} changed while it was looked at`, {
        hint: 'run the command again',
      });
    }
    const stamp = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
    const kept = `${home.authFile}.damaged.${stamp}.${random(3).toString('hex')}`;
    writeAtomic(kept, repair.damaged, deps);
    writeAtomic(home.authFile, repair.text, deps);
    sweepTemps(home.authFile);
    sweepCopies(home);
    return kept;
  });
}

/** What a repair that was killed while it kept the original left beside it: half a copy. */
function sweepCopies(home: Home): void {
  const directory = dirname(home.authFile);
  for (const name of readdirSync(directory)) {
    const copy = /^(.+)\.tmp\.\d+\.[0-9a-f]+$/.exec(name)?.[1];
    if (copy?.startsWith(`${basename(home.authFile)}.damaged.`)) sweepTemps(join(directory, copy));
  }
}

function problemOf(home: Home, bytes: Buffer, text: string): GormesError | undefined {
  if (!Buffer.from(text, 'utf8').equals(bytes)) {
    return new GormesError('not_utf8', `${home.authFile} is not UTF-8 text`);
  }
  try {
    return parseAuthText(home.authFile, text).refuseWrite;
  } catch (error) {
    if (error instanceof GormesError) return error;
    throw error;
  }
}

/** The newest complete store among what killed writes left; Hermes names its own the same way. */
function wholeTemp(home: Home): { readonly name: string; readonly text: string } | undefined {
  const directory = dirname(home.authFile);
  const prefix = `${basename(home.authFile)}.tmp.`;
  const names = readdirSync(directory).filter((name) => name.startsWith(prefix));
  const newest = names
    .map((name) => ({ name, at: statSync(join(directory, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { name } of newest) {
    const bytes = readBytes(join(directory, name));
    const text = bytes === undefined ? '' : decode(bytes);
    if (bytes !== undefined && problemOf(home, bytes, text) === undefined) return { name, text };
  }
  return undefined;
}

function describe(text: string): Pick<Repair, 'text' | 'kept' | 'logins'> {
  const { value } = parseAuthText('auth.json', text);
  const pools: JsonObject = isJsonObject(value.credential_pool) ? value.credential_pool : {};
  const kept = Object.entries(pools).flatMap(([provider, rows]) => {
    const labels = (Array.isArray(rows) ? rows : []).filter(isJsonObject).map(labelOf);
    return labels.length === 0 ? [] : [{ provider, labels }];
  });
  return { text, kept, logins: isJsonObject(value.providers) ? Object.keys(value.providers) : [] };
}

function labelOf(row: JsonObject): string {
  return stringAt(row, 'label') ?? stringAt(row, 'id') ?? '?';
}

/** Text of a file that should be UTF-8; what is none shows as U+FFFD. */
function decode(bytes: Buffer): string {
  const start = bytes.subarray(0, 2).toString('hex');
  if (start === 'fffe') return new TextDecoder('utf-16le').decode(bytes);
  if (start === 'feff') return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function readBytes(path: string): Buffer | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    if (!stats.isFile()) throw notAFile(path);
    if (stats.size > LIMITS.authReadBytes) throw tooLarge(path);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof GormesError || errnoOf(error) === undefined) throw error;
    const reason = describeErrno(errnoOf(error));
    throw new GormesError('read_failed', `cannot read ${escapeControls(path)}: ${reason}`);
  }
}

function notAFile(path: string): GormesError {
  return new GormesError('not_a_file', `${escapeControls(path)} is not a regular file`, {
    hint: `a directory, pipe or device stands there: ls -ld ${escapeControls(path)}`,
  });
}

function tooLarge(path: string): GormesError {
  return new GormesError('file_too_large', `${escapeControls(path)} is larger than gormes reads`);
}
