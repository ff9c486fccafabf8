import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { hermesTime } from '../base/hermes-time.ts';
import type { JsonObject } from '../base/json.ts';
import { readAuthFile } from './auth-file.ts';
import type { ConfigFile } from './config-file.ts';
import { readEnvFile } from './env-file.ts';
import { fingerprinter, KEY_BYTES, readFingerprintKey } from './fingerprint.ts';
import type { Home } from './home.ts';
import { editJsonText, stringifyJson } from './json-text.ts';
import { renderLedger } from './ledger.ts';
import { withLock } from './lock.ts';
import { readLedger } from './read-ledger.ts';
import { lookUp, readConfigText, readSettings, readSnapshot, seedInputs } from './snapshot.ts';
import type { Draft, LockedStore, StoreDeps } from './store.ts';
import { ensureDir } from './write/directories.ts';
import { sweepTemps, writeAtomic } from './write/write-atomic.ts';
import { removeFile } from './write/write-in-place.ts';

/** How often an unlocked file may change under our hands before we give up. */
const MAX_TURNS = 5;

/** What `PoolStore.lock` does, for a home. */
export async function lockHome<T>(
  home: Home,
  deps: StoreDeps,
  lockWaitMs: number,
  work: (locked: LockedStore) => Promise<T>,
): Promise<T> {
  // Before the lock file is created: a store that can't be read refuses every write.
  readAuthFile(home.authFile);
  ensureDir(home.dir);
  const { clock, random, signal } = deps;
  const options = { waitMs: lockWaitMs, clock, random, signal, onWait: deps.waitingLong };
  return await withLock(home.lockFile, options, () => {
    if (readAuthFile(home.authFile).state === 'valid') sweep(home);
    return work(lockedStore(home, deps));
  });
}

function lockedStore(home: Home, deps: StoreDeps): LockedStore {
  return {
    read: () => readSnapshot(home, deps),
    update: async (change) => {
      let parse: ParseConfig | undefined;
      for (let turn = 1; turn <= MAX_TURNS; turn++) {
        const done = await updateLocked(home, deps, change, parse);
        if (done === 'needs_config') {
          const { parseConfigText } = await import('./config-file.ts');
          parse = parseConfigText;
        } else if (done !== 'changed') return done.result;
      }
      throw changingFile(home);
    },
  };
}

/** What killed runs left beside the files; only under the lock, and only when the store is whole. */
function sweep(home: Home): void {
  const { authFile, envFile, configFile, ledgerFile, fingerprintKeyFile } = home;
  for (const file of [authFile, envFile, configFile, ledgerFile, fingerprintKeyFile])
    sweepTemps(file);
}

type ParseConfig = (path: string, text: string) => Promise<ConfigFile>;

/** `changed`: a file that has no lock changed meanwhile; `needs_config`: `parse` must be given. */
type Turn<T> = { readonly result: T } | 'changed' | 'needs_config';

/** One turn under the lock. */
async function updateLocked<T>(
  home: Home,
  deps: StoreDeps,
  change: (draft: Draft) => T,
  parse: ParseConfig | undefined,
): Promise<Turn<T>> {
  const file = readAuthFile(home.authFile);
  const before: JsonObject = file.state === 'valid' ? file.value : { version: 1, providers: {} };
  const auth = structuredClone(before);
  const env = readEnvFile(home.envFile);
  const configText = readConfigText(home);
  const ledger = readLedger(home);
  const settings = await readSettings(home, configText, lookUp(env, deps.env));
  const removed = new Set<string>();
  const written = new Map<string, string>();
  const opened = await parse?.(home.configFile, configText ?? '');
  let config = opened;
  let wantsConfig = false;
  const draft: Draft = {
    home,
    auth,
    env,
    get config() {
      if (config !== undefined) return config;
      wantsConfig = true;
      throw new Error('config.yaml is not open yet');
    },
    set config(next) {
      config = next;
    },
    ledger,
    inputs: seedInputs(home, deps, auth, () => draft.env, settings),
    // The key is made when the first fingerprint is, so that a home without ledger stays without.
    fingerprint: (secret) =>
      fingerprinter(readFingerprintKey(home) ?? createKey(home, deps))(secret),
    nowIso: hermesTime(deps.clock.now()),
    removeFile: (name) => void removed.add(join(home.dir, name)),
    writeFile: (path, text) => void written.set(path, text),
  };
  if (file.state === 'valid' && file.refuseWrite) throw file.refuseWrite;
  let result: T;
  try {
    result = change(draft);
  } catch (error) {
    if (wantsConfig) return 'needs_config';
    throw error;
  }
  if (wantsConfig) return 'needs_config';
  // Settings first, what they are for next, our own notes last: a kill in between leaves no row
  // without its endpoint and no note about a row that is not there.
  if (config !== undefined && config.text !== opened?.text) {
    if (readConfigText(home) !== configText) return 'changed';
    // A person may have opened it to a group; Hermes keeps that too.
    writeAtomic(home.configFile, config.text, deps, { mode: 0o777 });
  }
  if (draft.env.text !== env.text) {
    if (readEnvFile(home.envFile).text !== env.text) return 'changed';
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
