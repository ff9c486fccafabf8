import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Secret } from '../base/secret.ts';
import { rowOf } from '../providers/find-provider.ts';
import type { LoginStorage } from '../providers/login-storage.ts';
import type { Grant } from '../providers/oauth.ts';
import type { Home } from './home.ts';
import { readSharedNous, sharedNousPath, updateSharedNous, withSharedNous } from './nous-shared.ts';
import type { StoreDeps } from './store.ts';
import { createFile, removeFile } from './write/write-in-place.ts';

/** Who else may refresh the same login, besides whoever takes the lock of the store. */
export interface RefreshGuard {
  /**
   * Runs the work while nobody else refreshes; the store's lock is held already.
   *
   * @returns undefined when somebody else holds it too long: nothing was done
   */
  readonly hold: <T>(work: () => Promise<T>) => Promise<T | undefined>;
  /** What somebody else left for all; undefined where there is no such place. */
  readonly find: () => Grant | undefined;
  /** Shares what was refreshed with them. */
  readonly share: (grant: Grant, spent: Secret) => void;
}

type GuardDeps = Pick<StoreDeps, 'clock' | 'env' | 'random' | 'signal' | 'userHome'>;

/** The guard of a login, by provider and source of its entry. */
export function guardOf(
  provider: string,
  source: string | undefined,
  home: Home,
  deps: GuardDeps,
): RefreshGuard {
  const login = rowOf(provider)?.login;
  const isShared = source !== undefined && source === login?.seededSource;
  if (!isShared || login?.sharedWith === undefined) return NOBODY;
  return GUARDS[login.sharedWith](home, deps);
}

const NOBODY: RefreshGuard = {
  hold: (work) => work(),
  find: () => undefined,
  share: () => undefined,
};

type SharedWith = NonNullable<LoginStorage['sharedWith']>;

const GUARDS: Readonly<Record<SharedWith, (home: Home, deps: GuardDeps) => RefreshGuard>> = {
  profiles: (home, deps) => {
    const path = sharedNousPath(home, deps.env);
    return {
      hold: (work) => withSharedNous(path, deps, work),
      find: () => readSharedNous(path),
      share: (grant, spent) => updateSharedNous(path, grant, spent, deps),
    };
  },
  qwen_cli: (_home, deps) => {
    if (deps.userHome === undefined) return NOBODY;
    const path = join(deps.userHome, '.qwen', 'oauth_creds.lock');
    return { ...NOBODY, hold: (work) => withLockFile(path, deps, work) };
  },
};

/** The Qwen CLI takes a lock file over when it is older (oauth-flows §7). */
const STALE_MS = 10_000;
const POLL_MS = 100;
/** The store's lock is held meanwhile. */
const WAIT_MS = 5_000;

/** A lock as the Qwen CLI takes it: a file that only one can create. */
async function withLockFile<T>(
  path: string,
  deps: GuardDeps,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if (statSync(dirname(path), { throwIfNoEntry: false }) === undefined) return work();
  const deadline = deps.clock.now() + WAIT_MS;
  while (!createFile(path, `${process.pid}\n`)) {
    const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > STALE_MS) removeFile(path);
    else if (deps.clock.now() > deadline) return undefined;
    else await deps.clock.sleep(POLL_MS, deps.signal);
  }
  try {
    return await work();
  } finally {
    removeFile(path);
  }
}
