import type { Entry } from './entry.ts';

/** What a failure does to an entry, by HTTP status (pool-store §10, August 2026). Milliseconds. */
const COOLDOWN_BY_CODE: Readonly<Record<number, number>> = { 401: 300_000 };
const COOLDOWN_DEFAULT = 3_600_000;
/** A transient failure of the only credential: waiting an hour for nothing helps nobody. */
const COOLDOWN_SOLE = 60_000;

/** Reasons of a 401 after which a token never works again (pool-store §10). */
export const TERMINAL_REASONS: readonly string[] = [
  'token_invalidated',
  'token_revoked',
  'invalid_token',
  'invalid_grant',
  'unauthorized_client',
  'refresh_token_reused',
];

/** The fields of an entry that decide about its cooldown. */
export type CooldownFields = Pick<
  Entry,
  | 'status'
  | 'statusAt'
  | 'errorCode'
  | 'errorReason'
  | 'errorMessage'
  | 'errorResetAt'
  | 'failureReason'
>;

/**
 * Unix milliseconds until which an exhausted entry waits; undefined when it is not exhausted or
 * nothing tells. A reset time that the provider named wins over the table.
 *
 * @param sole at most one entry of the provider is not dead: transient failures wait a minute only
 */
export function cooldownUntil(entry: CooldownFields, sole = false): number | undefined {
  if (entry.status !== 'exhausted') return undefined;
  if (entry.errorResetAt !== undefined) return entry.errorResetAt;
  if (entry.statusAt === undefined) return undefined;
  return entry.statusAt + cooldownMs(entry, sole);
}

function cooldownMs(entry: CooldownFields, sole: boolean): number {
  const code = entry.errorCode;
  const billing =
    code === 402 ||
    entry.failureReason === 'billing' ||
    entry.errorReason?.includes('billing') === true;
  if (sole && code !== 401 && !billing) return COOLDOWN_SOLE;
  return (code === undefined ? undefined : COOLDOWN_BY_CODE[code]) ?? COOLDOWN_DEFAULT;
}

export type Availability =
  | { readonly state: 'available' }
  | { readonly state: 'dead' }
  | { readonly state: 'empty' }
  | { readonly state: 'cooling'; readonly until: number };

/** Whether an entry could be picked now (pool-store §9). */
export function availability(entry: Entry, nowMs: number, sole = false): Availability {
  if (entry.status === 'dead') return { state: 'dead' };
  // A login without an access token can still be refreshed into one.
  if (entry.secret.isEmpty && entry.refreshToken === undefined) return { state: 'empty' };
  const until = cooldownUntil(entry, sole);
  if (until !== undefined && until > nowMs) return { state: 'cooling', until };
  return { state: 'available' };
}

/** True when at most one entry is not dead. */
export function isSole(entries: readonly Entry[]): boolean {
  return entries.filter((entry) => entry.status !== 'dead').length <= 1;
}
