import { availability, cooldownUntil } from './cooldown.ts';
import type { Entry } from './entry.ts';

/** Classes of a failed entry, as Hermes words them (cli-surface §3). */
export type FailureKind = 'rate-limited' | 'auth failed' | 'exhausted';

const RATE_REASONS = ['rate_limit', 'usage_limit', 'quota', 'exhausted'];
const RATE_MESSAGES = ['rate limit', 'usage limit', 'quota', 'too many requests'];
const AUTH_REASONS = ['invalid_token', 'invalid_grant', 'unauthorized', 'forbidden', 'auth'];
const AUTH_MESSAGES = [
  'unauthorized',
  'forbidden',
  'expired',
  'revoked',
  'invalid token',
  'authentication',
];

/** Why an exhausted entry is out, by code, reason and message in that order (cli-surface §3). */
export function failureKind(
  entry: Pick<Entry, 'errorCode' | 'errorReason' | 'errorMessage'>,
): FailureKind {
  const reason = entry.errorReason?.toLowerCase() ?? '';
  const message = entry.errorMessage?.toLowerCase() ?? '';
  const says = (text: string, words: readonly string[]): boolean =>
    words.some((word) => text.includes(word));
  if (entry.errorCode === 429 || says(reason, RATE_REASONS) || says(message, RATE_MESSAGES)) {
    return 'rate-limited';
  }
  if (
    entry.errorCode === 401 ||
    entry.errorCode === 403 ||
    says(reason, AUTH_REASONS) ||
    says(message, AUTH_MESSAGES)
  ) {
    return 'auth failed';
  }
  return 'exhausted';
}

/**
 * The status part of a list line, with its leading space; empty for an entry that is well. Hermes
 * prints nothing for a dead entry; gormes says it (docs/reference/parity.md).
 *
 * @param sole the only entry that is not dead: the wait is the one that a pick would keep
 */
export function statusText(entry: Entry, nowMs: number, sole: boolean): string {
  const detail = (label: string): string =>
    ` ${label}${entry.errorReason ? ` ${entry.errorReason}` : ''}${entry.errorCode === undefined ? '' : ` (${entry.errorCode})`}`;
  if (entry.status === 'dead')
    return `${detail('dead')} (${entry.type === 'oauth' ? 'log in again' : 'needs a new key'})`;
  if (entry.status !== 'exhausted') return '';
  const kind = failureKind(entry);
  if (kind === 'auth failed') return `${detail(kind)} (re-auth may be required)`;
  const until = cooldownUntil(entry, sole);
  if (until === undefined) return detail(kind);
  const seconds = Math.max(0, Math.ceil((until - nowMs) / 1000));
  return `${detail(kind)}${seconds === 0 ? ' (ready to retry)' : ` (${waitText(seconds)} left)`}`;
}

/** The two largest units: `2d 3h`, `1h 0m`, `58m 20s`, `10s`. */
export function waitText(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes}m`;
  if (minutes > 0) return `${minutes}m ${seconds % 60}s`;
  return `${seconds}s`;
}

/** One word for machines: what a request would find. */
export function statusWord(
  entry: Entry,
  nowMs: number,
  sole: boolean,
): 'ok' | 'cooling' | 'dead' | 'empty' {
  const { state } = availability(entry, nowMs, sole);
  return state === 'available' ? 'ok' : state;
}
