import { type Availability, availability, isSole } from './cooldown.ts';
import { byPriority, type Entry } from './entry.ts';
import { type Pin, pinnedEntry } from './pins.ts';
import { type Pick, pickEntry } from './selection.ts';
import type { Strategy } from './strategy.ts';

/** How an entry stands for a request of now. */
export type Standing =
  | Availability
  /** Its token has run out, and nothing is there to refresh it with. */
  | { readonly state: 'expired'; readonly at: number };

export interface StandingEntry {
  readonly entry: Entry;
  readonly standing: Standing;
}

export interface ChooseInput {
  readonly strategy: Strategy;
  readonly pin: Pin | undefined;
  readonly nowMs: number;
  /** A number in [0, 1) for `random`. */
  readonly chance: number;
  /** Ids that this caller has tried in vain. */
  readonly skip?: readonly string[];
}

/** What a request would use, with the pin in mind. */
export interface Choice {
  /** Undefined when nothing is usable. */
  readonly pick: Pick | undefined;
  /** The pinned entry, usable or not: a pin means this one and no other. */
  readonly pinned: Entry | undefined;
  /** All entries by ascending priority. */
  readonly entries: readonly StandingEntry[];
}

/**
 * As Hermes picks (pool-store §9), with two things that it does not know: a pin, which keeps every
 * other entry from being used, and a login that has run out for good, which is passed over.
 */
export function chooseEntry(entries: readonly Entry[], input: ChooseInput): Choice {
  const { strategy, nowMs, chance, skip = [] } = input;
  const standing = standings(entries, nowMs);
  const pinned = pinnedEntry(entries, input.pin);
  const usable = standing
    .filter(({ entry, standing: { state } }) => state === 'available' && !skip.includes(entry.id))
    .map(({ entry }) => entry);
  if (pinned !== undefined) {
    const pick = usable.includes(pinned)
      ? { entry: pinned, order: undefined, counts: false }
      : undefined;
    return { pick, pinned, entries: standing };
  }
  const picked = pickEntry(usable, strategy, nowMs, chance);
  const pick =
    picked?.order === undefined ? picked : { ...picked, order: rotated(standing, picked) };
  return { pick, pinned, entries: standing };
}

/** The picked entry moves behind all others, those that wait included. */
function rotated(standing: readonly StandingEntry[], { entry }: Pick): string[] {
  const others = standing.filter((other) => other.entry.id !== entry.id);
  return [...others.map((other) => other.entry.id), entry.id];
}

/** Every entry with what a request of now would find, by ascending priority. */
export function standings(entries: readonly Entry[], nowMs: number): StandingEntry[] {
  const sole = isSole(entries);
  return byPriority(entries).map((entry) => ({ entry, standing: standingOf(entry, nowMs, sole) }));
}

function standingOf(entry: Entry, nowMs: number, sole: boolean): Standing {
  const standing = availability(entry, nowMs, sole);
  const { expiresAt } = entry;
  const isOver =
    standing.state === 'available' &&
    expiresAt !== undefined &&
    expiresAt <= nowMs &&
    entry.refreshToken === undefined;
  return isOver ? { state: 'expired', at: expiresAt } : standing;
}
