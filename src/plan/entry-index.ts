import { groupBy } from '../base/group-by.ts';
import { memo } from '../base/memo.ts';
import type { Live, LiveEntry } from '../pool/live.ts';
import { entriesOf } from './context.ts';

/** What tells one entry from another. */
type Trait = 'id' | 'source' | 'label' | 'fingerprint' | 'account';

/**
 * The live entries of one provider by what tells them apart: to look at each of them for each
 * declared credential takes minutes where there are thousands of both.
 */
export class EntryIndex {
  readonly #entries: readonly LiveEntry[];
  readonly #groups = new Map<Trait, Map<string | undefined, LiveEntry[]>>();

  constructor(entries: readonly LiveEntry[]) {
    this.#entries = entries;
  }

  /** Entries with this trait, by ascending priority; none for what is undefined. */
  with(trait: Trait, value: string | undefined): readonly LiveEntry[] {
    if (value === undefined) return [];
    let group = this.#groups.get(trait);
    if (group === undefined) {
      group = groupBy(this.#entries, (entry) => entry[trait]);
      this.#groups.set(trait, group);
    }
    return group.get(value) ?? [];
  }
}

/** The indexes of a home's providers, each made when it is first asked for. */
export function entryIndexes(live: Live): (provider: string) => EntryIndex {
  return memo((provider) => new EntryIndex(entriesOf(live, provider)));
}
