import { readClaims } from '../base/jwt.ts';
import type { Secret } from '../base/secret.ts';
import type { EntryStatus } from './entry.ts';
import type { Judged } from './judge-check.ts';

/** What a person will have to do, and by when. */
export interface Need {
  readonly what: 'new_key' | 'login' | 'credit';
  /** Unix milliseconds; the time of the look for what is due now. */
  readonly at: number;
}

/** The facts of a credential that its future hangs on. */
export interface Life {
  readonly isOauth: boolean;
  readonly status: EntryStatus | undefined;
  readonly refreshes: boolean;
  /** Unix milliseconds. */
  readonly expiresAt: number | undefined;
}

/**
 * What a credential will need from a person until a moment; undefined when nothing. What renews
 * itself needs nobody, and what is not known is no need.
 *
 * @param until Unix milliseconds
 */
export function forecast(
  life: Life,
  judged: Judged,
  nowMs: number,
  until: number,
): Need | undefined {
  const renew = life.isOauth ? 'login' : 'new_key';
  if (judged.verdict === 'invalid') return { what: renew, at: nowMs };
  if (judged.needsCredit) return { what: 'credit', at: nowMs };
  if (life.status === 'dead' && judged.verdict !== 'valid') return { what: renew, at: nowMs };
  if (life.refreshes || life.expiresAt === undefined || life.expiresAt > until) return undefined;
  return { what: renew, at: Math.max(life.expiresAt, nowMs) };
}

/** When a token says that it ends; undefined when it does not. */
export function endOfToken(token: Secret): number | undefined {
  const exp = readClaims(token)?.exp;
  return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
}
