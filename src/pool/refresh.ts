import { EXIT, GormesError } from '../base/errors.ts';
import { isJsonObject } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { findProvider } from '../providers/find-provider.ts';
import { rootHome } from './home.ts';
import { loadEffectivePool } from './inherit.ts';
import { loginNeeded, refreshBusy } from './refresh-errors.ts';
import { guardOf } from './refresh-guard.ts';
import {
  getLogin,
  isAlive,
  isDue,
  isNewer,
  type Login,
  type RefreshDeps,
  type Refreshed,
  type RefreshJob,
  type RefreshRequest,
  settled,
} from './refresh-job.ts';
import { type Spent, spend } from './refresh-spend.ts';
import { homeStore, type LockedStore, type PoolStore } from './store.ts';
import { takeUnderLock } from './take-grants.ts';

// Single flight (design §10, reliability.md §4c): lock, read again, still needed?, reserve, marker,
// POST, inbox, store, use. Whoever waited for the lock finds the new token and takes it. The lock is
// held for the POST alone, at most 25 s, and never while somebody waits.

/**
 * An access token that lives, refreshed when it is due. Takes the lock and asks the provider only
 * then. Stores the new grant before it returns it, into the store that the login came from.
 *
 * @throws `login_needed`, `refresh_uncertain` (exit 5), `refresh_failed`, `refresh_busy`,
 *   `refresh_not_stored`, `entry_gone`, `home_locked`, and what the store can throw
 */
export async function refreshEntry(
  deps: RefreshDeps,
  store: PoolStore,
  request: RefreshRequest,
): Promise<Refreshed> {
  const owner = await ownerOf(deps, store, request);
  const before = getLogin(await owner.read(), request);
  const driver = await findProvider(request.provider)?.driver?.();
  if (driver === undefined) return settled(before, 'kept');
  const job: RefreshJob = { deps, request, owner, driver };
  const now = deps.clock.now();
  if (!isDue(job, before.grant, now)) return settled(before, 'kept');
  if (isNewer(request.seen, before.grant, now)) return settled(before, 'adopted');
  try {
    return await refreshUnderLock(job, before);
  } catch (error) {
    if (!(error instanceof GormesError) || error.code === 'refresh_not_stored') throw error;
    if (error.exitCode === EXIT.interrupted) throw error;
    // The old token may live on: the provider only asked for an early refresh.
    const alive = request.force !== true && isAlive(before.grant, deps.clock.now());
    if (!alive) throw error;
    return settled(before, 'old', error);
  }
}

/** At most two turns: the second when the provider asked to wait a little, outside of the lock. */
async function refreshUnderLock(job: RefreshJob, before: Login): Promise<Refreshed> {
  for (let turn = 1; ; turn++) {
    const step = await job.owner.lock((locked) => turnUnderLock(job, locked, before, turn === 1));
    if (!('waitMs' in step)) return step;
    await job.deps.clock.sleep(step.waitMs, job.deps.signal);
  }
}

async function turnUnderLock(
  job: RefreshJob,
  locked: LockedStore,
  before: Login,
  mayWait: boolean,
): Promise<Refreshed | { readonly waitMs: number }> {
  const { deps, owner, request } = job;
  await takeUnderLock(deps, owner, locked);
  const guard = guardOf(request.provider, before.entry?.source, owner.home, deps);
  const spent = await guard.hold(async (): Promise<Spent> => {
    const login = getLogin(await locked.read(), request);
    const now = deps.clock.now();
    if (isNewer(before.grant.accessToken, login.grant, now)) return settled(login, 'adopted');
    if (login.entry?.status === 'dead') {
      throw loginNeeded(login.name, login.entry.errorReason ?? 'dead');
    }
    return spend(job, locked, guard, login, mayWait);
  });
  if (spent === undefined) throw refreshBusy(before.name);
  return spent;
}

/** The store that holds the login: a profile's own, or the root's for what it inherits. */
async function ownerOf(
  deps: RefreshDeps,
  store: PoolStore,
  { provider, entryId }: RefreshRequest,
): Promise<PoolStore> {
  const snapshot = await store.read();
  if (snapshot.rootAuth === undefined) return store;
  const root = () => homeStore(rootHome(store.home), deps, LIMITS.lockWaitMs);
  if (entryId === undefined) return isJsonObject(snapshot.inputs.logins[provider]) ? store : root();
  const pool = loadEffectivePool(snapshot, provider);
  const entry = pool.entries.find((candidate) => candidate.id === entryId);
  return entry !== undefined && pool.isInherited(entry) ? root() : store;
}
