import { parseTime } from '../../base/hermes-time.ts';
import type { PickChange, ReportChange } from '../../plan/request.ts';
import { chooseEntry } from '../../pool/choose.ts';
import { importPool, setPool } from '../../pool/draft-pool.ts';
import type { Entry } from '../../pool/entry.ts';
import { markEntries } from '../../pool/mark-entries.ts';
import { withRow } from '../../pool/pools.ts';
import type { Draft } from '../../pool/store.ts';
import { factOf, getRow, type Handler } from './handler.ts';

/**
 * Picks under the lock, so that processes side by side get different entries, and stores what the
 * strategy keeps: the order of `round_robin` as Hermes does, the count of `least_used`, which Hermes
 * forgets. `entry` is missing when nothing is usable any more.
 */
export const handlePick: Handler<PickChange> = (draft, change) => {
  const before = importPool(draft, change.provider);
  const { pick } = chooseEntry(before, {
    strategy: change.strategy,
    pin: undefined,
    nowMs: nowOf(draft),
    chance: 0,
    skip: change.skip,
  });
  if (pick === undefined) return { lines: [] };
  const { entry, order, counts } = pick;
  const entries = before.map((other) => {
    const priority = order === undefined ? other.priority : order.indexOf(other.id);
    const count = counts && other.id === entry.id ? other.requestCount + 1 : other.requestCount;
    if (priority === other.priority && count === other.requestCount) return other;
    return withRow(other, { ...other.raw, priority, request_count: count });
  });
  store(draft, change.provider, before, sortedBy(entries, order));
  return { entry: factOf(before, entry.id), lines: [] };
};

/** The list in the file stands in the order of its priorities, as Hermes writes it. */
function sortedBy(entries: readonly Entry[], order: readonly string[] | undefined): Entry[] {
  if (order === undefined) return [...entries];
  return [...entries].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}

/** Marks the entry and its twins; the count is that of the entries that changed. */
export const handleReport: Handler<ReportChange> = (draft, change) => {
  const before = importPool(draft, change.provider);
  const { id } = getRow(before, change.provider, change.row);
  const entries = markEntries(before, id, change.mark, nowOf(draft));
  store(draft, change.provider, before, entries);
  const count = entries.filter((entry, index) => entry !== before[index]).length;
  return { entry: factOf(entries, id), count, lines: [] };
};

function store(
  draft: Draft,
  provider: string,
  before: readonly Entry[],
  after: readonly Entry[],
): void {
  if (after.some((entry, index) => entry !== before[index])) setPool(draft, provider, after);
}

function nowOf(draft: Draft): number {
  return parseTime(draft.nowIso) ?? 0;
}
