import type { Deps } from '../base/deps.ts';
import type { JsonObject } from '../base/json.ts';
import type { ConfigFile } from './config-file.ts';
import type { EnvFile } from './env-file.ts';
import { type Fingerprinter, fingerprinter, KEY_BYTES, readFingerprintKey } from './fingerprint.ts';
import type { Home } from './home.ts';
import type { Ledger } from './ledger.ts';
import { readLedger } from './read-ledger.ts';
import type { SeedInputs } from './seeds.ts';
import { readSnapshot, type Snapshot, type SnapshotDeps } from './snapshot.ts';

/** A home's content while the lock is held. What is assigned or changed in it is written at the end. */
export interface Draft {
  readonly home: Home;
  /** Change in place; rows that stay equal keep their bytes in the file. */
  readonly auth: JsonObject;
  env: EnvFile;
  /** Loads the YAML library: see `update`. */
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
   * and reads it back. Nothing is written when `change` throws. It may be called again, on a fresh
   * draft: when a file changed meanwhile, or when it asks for `config.yaml` and the YAML library has
   * to be loaded first.
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

export type StoreDeps = Pick<
  Deps,
  'clock' | 'env' | 'random' | 'signal' | 'userHome' | 'waitingLong'
> &
  Pick<SnapshotDeps, 'gh'>;

/** @param lockWaitMs how long to wait for the lock */
export function homeStore(home: Home, deps: StoreDeps, lockWaitMs: number): PoolStore {
  const lock: PoolStore['lock'] = async (work) => {
    // What writes a home is loaded by the first write.
    const { lockHome } = await import('./update-home.ts');
    return await lockHome(home, deps, lockWaitMs, work);
  };
  return {
    home,
    read: () => readSnapshot(home, deps),
    readLedger: () => readLedger(home),
    fingerprint: (passing) =>
      fingerprinter(readFingerprintKey(home) ?? passing ?? deps.random(KEY_BYTES)),
    update: (change) => lock((held) => held.update(change)),
    lock,
  };
}
