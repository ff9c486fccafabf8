import type { Deps } from '../base/deps.ts';
import type { GormesError } from '../base/errors.ts';
import { isJsonObject } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import type { Grant, LoginOptions, OAuthDriver } from '../providers/oauth.ts';
import type { Entry } from './entry.ts';
import { grantOf } from './grants.ts';
import { loadPool } from './pools.ts';
import { entryGone, type LoginName, loginNeeded } from './refresh-errors.ts';
import type { Snapshot } from './snapshot.ts';
import type { PoolStore, StoreDeps } from './store.ts';

export type RefreshDeps = StoreDeps & Pick<Deps, 'http'>;

export interface RefreshRequest {
  readonly provider: string;
  /** Undefined for a single session outside the pool (Spotify). */
  readonly entryId: string | undefined;
  /** Refresh although the token has not run out, because the provider refused it; goes with `seen`. */
  readonly force?: boolean;
  /** The token that the caller used; when the store has another one by now, that is the answer. */
  readonly seen?: Secret | undefined;
  /** Least remaining life, in milliseconds, where that is more than the provider's own margin. */
  readonly minTtlMs?: number | undefined;
  readonly options?: LoginOptions;
}

export interface Refreshed {
  /**
   * `kept`: nothing was due; `refreshed` by us; `adopted`: somebody else did; `old`: it failed, and
   * the old token still lives.
   */
  readonly how: 'kept' | 'refreshed' | 'adopted' | 'old';
  readonly grant: Grant;
  readonly entry: Entry | undefined;
  /** Why it is the old one, or what else did not work. */
  readonly warning: GormesError | undefined;
}

/** An entry, or a session, and its grant as they stand in a store. */
export interface Login {
  readonly entry: Entry | undefined;
  readonly grant: Grant;
  readonly name: LoginName;
}

/** Everything that the steps of one refresh share. */
export interface RefreshJob {
  readonly deps: RefreshDeps;
  readonly request: RefreshRequest;
  /** The store that the login stands in: the root's for one that a profile inherits. */
  readonly owner: PoolStore;
  readonly driver: OAuthDriver;
}

/** @throws `entry_gone`, `login_needed` when there is no token at all */
export function getLogin(snapshot: Snapshot, { provider, entryId }: RefreshRequest): Login {
  const entry =
    entryId === undefined
      ? undefined
      : loadPool(provider, snapshot.auth, snapshot.inputs).entries.find(({ id }) => id === entryId);
  if (entryId !== undefined && entry === undefined) throw entryGone(provider);
  const state = snapshot.inputs.logins[provider];
  const name = { provider, label: entry?.label };
  const grant = grantOf(provider, entry, isJsonObject(state) ? state : undefined);
  if (grant === undefined) throw loginNeeded(name, 'no token is stored');
  return { entry, grant, name };
}

/** A token whose end nobody tells is never due by time. */
export function isDue({ request, driver }: RefreshJob, grant: Grant, now: number): boolean {
  if (request.force) return true;
  if (grant.expiresAt === undefined) return false;
  return grant.expiresAt - now <= Math.max(driver.refreshSkewMs(grant), request.minTtlMs ?? 0);
}

/**
 * True when another token than the one that somebody saw has come meanwhile, and lives. Then it
 * counts even when it is due again: a margin beyond a token's life would otherwise make every
 * process that waits refresh in turn.
 */
export function isNewer(seen: Secret | undefined, grant: Grant, now: number): boolean {
  return seen !== undefined && !seen.equals(grant.accessToken) && isAlive(grant, now);
}

export function isAlive(grant: Grant, now: number): boolean {
  return grant.expiresAt === undefined || grant.expiresAt > now;
}

export function settled(login: Login, how: Refreshed['how'], warning?: GormesError): Refreshed {
  return { entry: login.entry, grant: login.grant, how, warning };
}
