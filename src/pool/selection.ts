import { availability, isSole } from './cooldown.ts';
import { byPriority, type Entry } from './entry.ts';
import type { Strategy } from './strategy.ts';

/** What a pick changes in the pool, for the caller to store. */
export interface Pick {
  readonly entry: Entry;
  /** New order of all entries by id, when the strategy rotates; undefined when nothing moves. */
  readonly order: readonly string[] | undefined;
  /** Whether the picked entry's use is counted. */
  readonly counts: boolean;
}

/**
 * The entry that a request would use now (pool-store §9); undefined when none is available.
 *
 * @param entries all entries of one provider, any order
 * @param chance a number in [0, 1) for `random`
 */
export function pickEntry(
  entries: readonly Entry[],
  strategy: Strategy,
  nowMs: number,
  chance: number,
): Pick | undefined {
  const sorted = byPriority(entries);
  const sole = isSole(sorted);
  const available = sorted.filter(
    (entry) => availability(entry, nowMs, sole).state === 'available',
  );
  const first = available[0];
  if (first === undefined) return undefined;
  if (available.length === 1) return { entry: first, order: undefined, counts: false };
  switch (strategy) {
    case 'fill_first':
      return { entry: first, order: undefined, counts: false };
    case 'round_robin': {
      const others = sorted.filter((entry) => entry.id !== first.id).map((entry) => entry.id);
      return { entry: first, order: [...others, first.id], counts: false };
    }
    case 'random': {
      const entry = available[Math.floor(chance * available.length)] ?? first;
      return { entry, order: undefined, counts: false };
    }
    case 'least_used': {
      const entry = available.reduce((best, next) =>
        next.requestCount < best.requestCount ? next : best,
      );
      return { entry, order: undefined, counts: true };
    }
    default:
      return strategy satisfies never;
  }
}

/**
 * The entry marked as current in lists: what the strategy would pick next, without picking it.
 * `random` has no next one; the first available stands for it, as in Hermes.
 */
export function peekEntry(
  entries: readonly Entry[],
  strategy: Strategy,
  nowMs: number,
): Entry | undefined {
  return pickEntry(entries, strategy, nowMs, 0)?.entry;
}
