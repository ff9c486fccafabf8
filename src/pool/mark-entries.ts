import type { JsonObject } from '../base/json.ts';
import { type Entry, STATUS_FIELDS } from './entry.ts';
import type { Mark } from './judge-report.ts';
import { withRow } from './pools.ts';

/**
 * Entries with a report noted on one of them, and on all that hold the same secret, as Hermes does.
 * An entry that nothing changes is the same object as before. A dead one stays dead until it works.
 */
export function markEntries(
  entries: readonly Entry[],
  id: string,
  mark: Mark,
  nowMs: number,
): Entry[] {
  const target = entries.find((entry) => entry.id === id);
  if (target === undefined || mark.kind === 'unchanged') return [...entries];
  return entries.map((entry) => (isSameSecret(entry, target) ? marked(entry, mark, nowMs) : entry));
}

function isSameSecret(entry: Entry, target: Entry): boolean {
  return entry === target || (!target.secret.isEmpty && entry.secret.equals(target.secret));
}

type Setting = Exclude<Mark, { readonly kind: 'unchanged' }>;

function marked(entry: Entry, mark: Setting, nowMs: number): Entry {
  if (mark.kind === 'ok' && isWell(entry)) return entry;
  if (mark.kind === 'exhausted' && entry.status === 'dead') return entry;
  const { failure_reason: _old, ...row } = entry.raw;
  return withRow(entry, { ...row, ...statusOf(mark, nowMs) });
}

function isWell(entry: Entry): boolean {
  return (
    entry.status !== 'exhausted' &&
    entry.status !== 'dead' &&
    entry.errorCode === undefined &&
    entry.failureReason === undefined
  );
}

/** The status fields as Hermes writes them: times in seconds, null where nothing is known. */
function statusOf(mark: Setting, nowMs: number): JsonObject {
  if (mark.kind === 'ok') return Object.fromEntries(STATUS_FIELDS.map((field) => [field, null]));
  const resetAt = mark.kind === 'exhausted' ? mark.resetAt : undefined;
  return {
    last_status: mark.kind,
    last_status_at: nowMs / 1000,
    last_error_code: mark.code ?? null,
    last_error_reason: mark.reason ?? null,
    last_error_message: mark.message ?? null,
    last_error_reset_at: resetAt === undefined ? null : resetAt / 1000,
    ...(mark.kind === 'exhausted' && mark.billing ? { failure_reason: 'billing' } : {}),
  };
}
