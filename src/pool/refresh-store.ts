import { type JsonObject, objectAt } from '../base/json.ts';
import { readClaims } from '../base/jwt.ts';
import type { Secret } from '../base/secret.ts';
import type { Grant, RefreshFailure } from '../providers/oauth.ts';
import { importPool, loginState, setPool } from './draft-pool.ts';
import { type Entry, STATUS_FIELDS } from './entry.ts';
import { grantOf, storeRefreshed } from './grants.ts';
import { withRow } from './pools.ts';
import { isAlive, type Login, type Refreshed, type RefreshJob, settled } from './refresh-job.ts';
import type { Draft, LockedStore } from './store.ts';

type Target = Pick<RefreshJob['request'], 'provider' | 'entryId'>;

/**
 * Stores a refreshed grant where the spent token stands.
 *
 * @returns false when another token stands there by now: that one is newer, and stays
 */
export function storeNew(draft: Draft, target: Target, spent: Secret, grant: Grant): boolean {
  const found = holderOf(draft, target, spent);
  if (found === undefined) return false;
  storeRefreshed(draft, target.provider, found.entry, grant);
  return true;
}

/**
 * Marks a login as dead, its tokens kept (reliability.md T5): the status of its row, and
 * `last_auth_error` where it has a state of its own. Nothing when another token stands there by now.
 */
export function markDead(
  draft: Draft,
  target: Target,
  spent: Secret,
  failure: RefreshFailure & { readonly kind: 'dead' },
  nowMs: number,
): boolean {
  const found = holderOf(draft, target, spent);
  if (found === undefined) return false;
  const state = loginState(draft, target.provider);
  if (state !== undefined && isOwnState(found.entry, target.provider, state)) {
    objectAt(objectAt(draft.auth, 'providers'), target.provider).last_auth_error = {
      provider: target.provider,
      code: failure.reason,
      message: 'the refresh token was refused',
      reason: 'credential_pool_refresh_failure',
      relogin_required: true,
      at: draft.nowIso,
    };
  }
  if (found.entry !== undefined) {
    mark(draft, found.entry, {
      last_status: 'dead',
      last_status_at: nowMs / 1000,
      last_error_code: failure.status ?? 401,
      last_error_reason: failure.reason,
    });
  }
  return true;
}

/** A cooldown as Hermes writes it after HTTP 429 (pool-store §10). */
export function markLimited(
  draft: Draft,
  target: Target,
  spent: Secret,
  reason: string,
  times: { readonly nowMs: number; readonly retryAfterMs: number | undefined },
): void {
  const entry = holderOf(draft, target, spent)?.entry;
  if (entry === undefined) return;
  const { nowMs, retryAfterMs } = times;
  mark(draft, entry, {
    last_status: 'exhausted',
    last_status_at: nowMs / 1000,
    last_error_code: 429,
    last_error_reason: reason,
    last_error_reset_at: retryAfterMs === undefined ? null : (nowMs + retryAfterMs) / 1000,
  });
}

/**
 * Takes over what somebody else left for all (the login that profiles of Hermes share), when it is
 * the same account's, newer, and not due itself.
 */
export async function adoptShared(
  job: RefreshJob,
  locked: LockedStore,
  login: Login,
  shared: Grant | undefined,
): Promise<Refreshed | undefined> {
  const { deps, driver, request } = job;
  const spent = login.grant.refreshToken;
  if (shared?.refreshToken === undefined || spent === undefined) return undefined;
  const now = deps.clock.now();
  const isFresh =
    !shared.refreshToken.equals(spent) &&
    isAlive(shared, now + driver.refreshSkewMs(shared)) &&
    (shared.expiresAt ?? 0) > (login.grant.expiresAt ?? 0) &&
    isSameAccount(shared, login.grant);
  if (!isFresh) return undefined;
  const grant = { ...shared, facts: { ...login.grant.facts, ...shared.facts } };
  const stored = await locked.update((draft) => storeNew(draft, request, spent, grant));
  return stored ? settled({ ...login, grant }, 'adopted') : undefined;
}

/** By subject, else by name; where neither is told on both sides nothing speaks against it. */
function isSameAccount(a: Grant, b: Grant): boolean {
  const [one, two] = [a, b].map((grant) => readClaims(grant.accessToken)?.sub ?? grant.account);
  return one === undefined || two === undefined || one === two;
}

/** The entry or session of a draft that holds a refresh token. */
function holderOf(
  draft: Draft,
  { provider, entryId }: Target,
  token: Secret,
): { readonly entry: Entry | undefined } | undefined {
  const entry =
    entryId === undefined
      ? undefined
      : importPool(draft, provider).find(({ id }) => id === entryId);
  if (entryId !== undefined && entry === undefined) return undefined;
  const held = grantOf(provider, entry, loginState(draft, provider))?.refreshToken;
  return held?.equals(token) ? { entry } : undefined;
}

/** True when the login lives in `providers.<id>`, and not in a row beside it. */
function isOwnState(entry: Entry | undefined, provider: string, state: JsonObject): boolean {
  const inState = grantOf(provider, undefined, state)?.accessToken;
  return entry === undefined || (inState?.equals(entry.secret) ?? false);
}

function mark(draft: Draft, entry: Entry, status: JsonObject): void {
  const row: JsonObject = { ...entry.raw };
  for (const field of STATUS_FIELDS) row[field] = status[field] ?? null;
  const marked = withRow(entry, row);
  setPool(
    draft,
    entry.provider,
    importPool(draft, entry.provider).map((other) => (other.id === entry.id ? marked : other)),
  );
}
