import { chooseEntry, type Standing } from './choose.ts';
import type { Entry } from './entry.ts';
import type { Pin } from './pins.ts';
import type { Strategy } from './strategy.ts';

/** Why an entry is, or is not, what the next request uses. */
export type Place =
  /** The next request uses it. */
  | { readonly kind: 'next' }
  /** Usable, and its turn comes after so many others; under `fill_first` when those are out. */
  | { readonly kind: 'behind'; readonly ahead: number }
  /** Usable, and as likely as so many others (`random`). */
  | { readonly kind: 'by_chance'; readonly among: number }
  /** Usable, and used more often than the next one. */
  | { readonly kind: 'used_more'; readonly count: number }
  /** Usable, but another one is pinned. */
  | { readonly kind: 'not_pinned' }
  | { readonly kind: 'out'; readonly standing: Exclude<Standing, { readonly state: 'available' }> };

export interface PlacedEntry {
  readonly entry: Entry;
  readonly place: Place;
  readonly pinned: boolean;
  /** Its token is over, and the next use refreshes it. */
  readonly refreshes: boolean;
}

/**
 * How the next request would pick. Pure: nothing is picked.
 *
 * @param entries all of one provider
 * @returns by ascending priority
 */
export function explainPool(
  entries: readonly Entry[],
  strategy: Strategy,
  pin: Pin | undefined,
  nowMs: number,
): PlacedEntry[] {
  const choice = chooseEntry(entries, { strategy, pin, nowMs, chance: 0 });
  const usable = choice.entries.flatMap(({ entry, standing }) =>
    standing.state === 'available' ? [entry] : [],
  );
  const next = choice.pick?.entry;
  return choice.entries.map(({ entry, standing }) => ({
    entry,
    place:
      standing.state === 'available'
        ? placeOf(entry, usable, next, strategy, choice.pinned !== undefined)
        : { kind: 'out', standing },
    pinned: entry === choice.pinned,
    refreshes:
      entry.expiresAt !== undefined && entry.expiresAt <= nowMs && entry.refreshToken !== undefined,
  }));
}

function placeOf(
  entry: Entry,
  usable: readonly Entry[],
  next: Entry | undefined,
  strategy: Strategy,
  isPinned: boolean,
): Place {
  if (isPinned) return { kind: entry === next ? 'next' : 'not_pinned' };
  if (strategy === 'random' && usable.length > 1)
    return { kind: 'by_chance', among: usable.length };
  if (entry === next) return { kind: 'next' };
  if (strategy === 'least_used') return { kind: 'used_more', count: entry.requestCount };
  return { kind: 'behind', ahead: usable.indexOf(entry) };
}
