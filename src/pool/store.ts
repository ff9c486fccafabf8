import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { readAuthFile } from './auth-file.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { hermesTime } from './entry.ts';
import { type EnvFile, readEnvFile } from './env-file.ts';
import { type Fingerprinter, fingerprinter } from './fingerprint.ts';
import type { Home } from './home.ts';
import { editJsonText, stringifyJson } from './json-text.ts';
import { type Ledger, renderLedger } from './ledger.ts';
import { withLock } from './lock.ts';
import { readRegularFile } from './read-file.ts';
import { readLedger } from './read-ledger.ts';
import type { SeedInputs } from './seeds.ts';
import { parseSettings } from './settings.ts';
import { lookUp, readSnapshot, type Snapshot, type SnapshotDeps, seedInputs } from './snapshot.ts';
import { ensureDir, removeFile, sweepTemps, writeAtomic } from './write-atomic.ts';

/** A home's content while the lock is held. What is assigned or changed in it is written at the end. */
export interface Draft {
  readonly home: Home;
  /** Change in place; rows that stay equal keep their bytes in the file. */
  readonly auth: JsonObject;
  env: EnvFile;
  config: ConfigFile;
  ledger: Ledger;
  readonly inputs: SeedInputs;
  readonly fingerprint: Fingerprinter;
  /** ISO time with microseconds, as Hermes stamps. */
  readonly nowIso: string;
  /** Deletes a file of the home once the store is written; our notes about it come last. */
  removeFile(name: string): void;
  /** Replaces a file that mirrors a login, by its full path, before the store itself is written. */
  writeFile(path: string, text: string): void;
}

/** The store while its lock is held: for work with several steps, such as a refresh. */
export interface LockedStore {
  read(): Promise<Snapshot>;
  /** As `PoolStore.update`, under the lock that is held already. */
  update<T>(change: (draft: Draft) => T): Promise<T>;
}

/** Where the credentials live. The home is the embedded one; a shared store would stand behind the same. */
export interface PoolStore {
  readonly home: Home;
  /** Without the lock; creates nothing. */
  read(): Promise<Snapshot>;
  readLedger(): Ledger;
  /** Under the home's key; while the home has none, under the given one, else under one that passes. */
  fingerprint(passing?: Buffer): Fingerprinter;
  /**
   * Takes Hermes' lock, reads everything afresh, lets `change` edit the draft, writes what differs
   * and reads it back. Nothing is written when `change` throws.
   *
   * @throws `home_locked` (exit 7), `auth_not_understood`, `auth_newer_version`, `write_failed`
   */
  update<T>(change: (draft: Draft) => T): Promise<T>;
  /**
   * Holds Hermes' lock during `work`, which may wait for the network up to the 25 s of a refresh
   * (design §15), and never for a person.
   *
   * @throws `home_locked` (exit 7), `auth_not_understood`, whatever `work` throws
   */
  lock<T>(work: (locked: LockedStore) => Promise<T>): Promise<T>;
}

export type StoreDeps = Pick<Deps, 'clock' | 'env' | 'random' | 'signal' | 'userHome'> &
  Pick<SnapshotDeps, 'gh'>;

/** How often an unlocked file may change under our hands before we give up. */
const MAX_TURNS = 5;

/** @param lockWaitMs how long to wait for the lock */
export function homeStore(home: Home, deps: StoreDeps, lockWaitMs: number): PoolStore {
  const locked: LockedStore = {
    read: () => readSnapshot(home, deps),
    update: async (change) => {
      for (let turn = 1; turn <= MAX_TURNS; turn++) {
        const done = await updateLocked(home, deps, change);
        if (done !== undefined) return done.result;
      }
      throw changingFile(home);
    },
  };
  const lock: PoolStore['lock'] = async (work) => {
    // Before the lock file is created: a store that can't be read refuses every write.
    readAuthFile(home.authFile);
    ensureDir(home.dir);
    const { clock, random, signal } = deps;
    const options = { waitMs: lockWaitMs, clock, random, signal };
    return await withLock(home.lockFile, options, () => {
      if (readAuthFile(home.authFile).state === 'valid') sweep(home);
      return work(locked);
    });
  };
  return {
    home,
    read: locked.read,
    readLedger: () => readLedger(home),
    fingerprint: (passing) => fingerprinter(readKey(home) ?? passing ?? randomBytes(32)),
    update: (change) => lock((held) => held.update(change)),
    lock,
  };
}

/** What killed runs left beside the files; only under the lock, and only when the store is whole. */
function sweep(home: Home): void {
  const { authFile, envFile, configFile, ledgerFile, fingerprintKeyFile } = home;
  for (const file of [authFile, envFile, configFile, ledgerFile, fingerprintKeyFile])
    sweepTemps(file);
}

/** One turn under the lock; undefined when a file that has no lock changed meanwhile. */
async function updateLocked<T>(
  home: Home,
  deps: StoreDeps,
  change: (draft: Draft) => T,
): Promise<{ readonly result: T } | undefined> {
  const file = readAuthFile(home.authFile);
  const before: JsonObject = file.state === 'valid' ? file.value : { version: 1, providers: {} };
  const auth = structuredClone(before);
  const env = readEnvFile(home.envFile);
  const config = await readConfigFile(home.configFile);
  const ledger = readLedger(home);
  const settings = parseSettings(config.get([]), lookUp(env, deps.env));
  const removed = new Set<string>();
  const written = new Map<string, string>();
  const draft: Draft = {
    home,
    auth,
    env,
    config,
    ledger,
    inputs: seedInputs(home, deps, auth, () => draft.env, settings),
    // The key is made when the first fingerprint is, so that a home without ledger stays without.
    fingerprint: (secret) => fingerprinter(readKey(home) ?? createKey(home, deps))(secret),
    nowIso: hermesTime(deps.clock.now()),
    removeFile: (name) => void removed.add(join(home.dir, name)),
    writeFile: (path, text) => void written.set(path, text),
  };
  if (file.state === 'valid' && file.refuseWrite) throw file.refuseWrite;
  const result = change(draft);

  // Settings first, what they are for next, our own notes last: a kill in between leaves no row
  // without its endpoint and no note about a row that is not there.
  if (draft.config.text !== config.text) {
    if ((await readConfigFile(home.configFile)).text !== config.text) return undefined;
    // A person may have opened it to a group; Hermes keeps that too.
    writeAtomic(home.configFile, draft.config.text, deps, { mode: 0o777 });
  }
  if (draft.env.text !== env.text) {
    if (readEnvFile(home.envFile).text !== env.text) return undefined;
    writeAtomic(home.envFile, draft.env.text, deps);
  }
  for (const [path, text] of written) {
    ensureDir(dirname(path));
    // Files of other programs have locks of their own.
    if (path.startsWith(`${home.dir}/`)) sweepTemps(path);
    writeAtomic(path, text, deps);
  }
  if (!isDeepStrictEqual(auth, before)) {
    auth.version = 1;
    auth.updated_at = draft.nowIso;
    writeAuth(home, deps, file.state === 'valid' ? file.text : undefined, auth);
  }
  for (const path of removed) removeFile(path);
  if (draft.ledger !== ledger) {
    ensureDir(home.ownDir);
    writeAtomic(home.ledgerFile, renderLedger(draft.ledger), deps);
  }
  return { result };
}

function writeAuth(home: Home, deps: StoreDeps, text: string | undefined, auth: JsonObject): void {
  const next = text === undefined ? stringifyJson(auth) : editJsonText(text, auth);
  writeAtomic(home.authFile, next, deps);
  const written = readAuthFile(home.authFile);
  if (written.state !== 'valid' || written.text !== next) {
    throw new GormesError(
      'write_not_kept',
      `${home.authFile} does not hold what was just written`,
      {
        hint: 'a program that does not take the lock writes to it; run the command again',
      },
    );
  }
}

const KEY_BYTES = 32;

function readKey(home: Home): Buffer | undefined {
  const text = readRegularFile(home.fingerprintKeyFile, 1024)?.text.trim();
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}

function createKey(home: Home, deps: Pick<Deps, 'random'>): Buffer {
  const key = deps.random(KEY_BYTES);
  ensureDir(home.ownDir);
  writeAtomic(home.fingerprintKeyFile, `${key.toString('hex')}\n`, deps);
  return key;
}

function changingFile(home: Home): GormesError {
  return new GormesError(
    'home_changing',
    `files in ${home.dir} keep changing while they are edited`,
    {
      hint: 'close the program that writes them, then run the command again',
    },
  );
}

/** The object at a key of a draft, created when it is missing. */
export function objectAt(parent: JsonObject, key: string): JsonObject {
  const value: Json | undefined = Object.hasOwn(parent, key) ? parent[key] : undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const created: JsonObject = {};
  Object.defineProperty(parent, key, {
    value: created,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return created;
}
