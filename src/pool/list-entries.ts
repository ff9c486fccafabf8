import { availability, cooldownUntil, isSole } from './cooldown.ts';
import type { Entry } from './entry.ts';
import { loadEffectivePool } from './inherit.ts';
import { type Pin, pinnedEntry } from './pins.ts';
import { knownProviders } from './pools.ts';
import { peekEntry } from './selection.ts';
import type { Snapshot } from './snapshot.ts';
import { failureKind, statusText, statusWord } from './status-text.ts';
import type { Strategy } from './strategy.ts';

/** One credential as lists show it; no secret. */
export interface ListedEntry {
  /** Position by priority, from 1: what `remove` takes. */
  readonly index: number;
  readonly id: string;
  readonly label: string;
  readonly type: 'api_key' | 'oauth';
  readonly source: string;
  readonly status: 'ok' | 'cooling' | 'dead' | 'empty';
  /** Why it is out; undefined for one that is well. */
  readonly failure: string | undefined;
  /** Unix milliseconds until which it waits. */
  readonly retryAt: number | undefined;
  /** Unix milliseconds at which its token ends. */
  readonly expiresAt: number | undefined;
  readonly baseUrl: string | undefined;
  /** What a request would use now. */
  readonly current: boolean;
  /** A person chose it with `auth use`. */
  readonly pinned: boolean;
  /** It stands in the root's store, not in this profile's. */
  readonly inherited: boolean;
  /** For display only: the status as Hermes words it, with its leading space. */
  readonly statusText: string;
}

export interface ListedPool {
  readonly provider: string;
  readonly strategy: Strategy;
  readonly credentials: readonly ListedEntry[];
}

/**
 * The pools of a home with what their sources would import. Writes nothing, asks no network.
 *
 * @param only one provider; undefined: all, in Hermes' order
 * @param pins by provider; a pinned entry that is usable is the current one, and else none is
 * @returns pools that have entries
 */
export function listEntries(
  snapshot: Snapshot,
  nowMs: number,
  only?: string,
  pins: ReadonlyMap<string, Pin> = new Map(),
): ListedPool[] {
  const { settings } = snapshot;
  const providers = only === undefined ? providersOf(snapshot) : [only];
  return providers.flatMap((provider) => {
    const { entries, isInherited } = loadEffectivePool(snapshot, provider);
    if (entries.length === 0) return [];
    const strategy = settings.strategies.get(provider) ?? 'fill_first';
    const sole = isSole(entries);
    const pinned = pinnedEntry(entries, pins.get(provider));
    const current =
      pinned === undefined ? peekEntry(entries, strategy, nowMs) : usable(pinned, nowMs, sole);
    const credentials = entries.map((entry, i): ListedEntry => {
      const until = cooldownUntil(entry, sole);
      const isOut = entry.status === 'exhausted' || entry.status === 'dead';
      return {
        index: i + 1,
        id: entry.id,
        label: entry.label,
        type: entry.type,
        source: entry.source,
        status: statusWord(entry, nowMs, sole),
        failure: isOut ? failureKind(entry) : undefined,
        retryAt: until !== undefined && until > nowMs ? until : undefined,
        expiresAt: entry.expiresAt,
        baseUrl: entry.baseUrl,
        current: entry.id === current?.id,
        pinned: entry === pinned,
        inherited: isInherited(entry),
        statusText: statusText(entry, nowMs, sole),
      };
    });
    return [{ provider, strategy, credentials }];
  });
}

function usable(entry: Entry, nowMs: number, sole: boolean): Entry | undefined {
  return availability(entry, nowMs, sole).state === 'available' ? entry : undefined;
}

/** Every provider that a home may have entries of, in the order of lists. */
export function providersOf({ auth, rootAuth, inputs }: Snapshot): string[] {
  if (rootAuth === undefined) return knownProviders(auth, inputs);
  const ids = [...knownProviders(auth, inputs), ...knownProviders(rootAuth, inputs)];
  return [...new Set(ids)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
