import { type Entry, isManual } from './entry.ts';
import { loadPool, rowsOf } from './pools.ts';
import type { Snapshot } from './snapshot.ts';

/** The pool that a request in this home would draw from. */
export interface EffectivePool {
  /** By ascending priority. */
  readonly entries: readonly Entry[];
  /** Entries that stand in the root's store, and are neither changed nor copied from a profile. */
  readonly isInherited: (entry: Entry) => boolean;
}

/**
 * A provider's pool with the fallback of profiles: rows of the root's store count where the profile
 * has none for the provider, and so does the root's single login (pool-store §2.2). Suppressions,
 * variables and settings are the profile's own.
 */
export function loadEffectivePool(snapshot: Snapshot, provider: string): EffectivePool {
  const { auth, rootAuth, inputs } = snapshot;
  const own = loadPool(provider, auth, inputs).entries;
  if (rootAuth === undefined) return { entries: own, isInherited: () => false };
  const rows = rowsOf(auth, provider);
  const merged = loadPool(
    provider,
    {
      ...auth,
      credential_pool: { [provider]: [...(rows.length > 0 ? rows : rowsOf(rootAuth, provider))] },
    },
    { ...inputs, logins: { ...inputs.inheritedLogins, ...inputs.logins } },
  ).entries;
  const entries = merged.map((entry) => own.find((mine) => isSame(mine, entry)) ?? entry);
  return { entries, isInherited: (entry) => !own.includes(entry) };
}

/** A source that the profile has too is the profile's, whatever row the root keeps of it. */
function isSame(mine: Entry, other: Entry): boolean {
  return isManual(other.source) ? mine.id === other.id : mine.source === other.source;
}
