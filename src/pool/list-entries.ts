import { cooldownUntil } from './cooldown.ts';
import type { Entry } from './entry.ts';
import { knownProviders, loadPool } from './pools.ts';
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
 * @returns pools that have entries
 */
export function listEntries(snapshot: Snapshot, nowMs: number, only?: string): ListedPool[] {
  const { auth, inputs, settings } = snapshot;
  const providers = only === undefined ? knownProviders(auth, inputs) : [only];
  return providers.flatMap((provider) => {
    const { entries } = loadPool(provider, auth, inputs);
    if (entries.length === 0) return [];
    const strategy = settings.strategies.get(provider) ?? 'fill_first';
    const current = peekEntry(entries, strategy, nowMs);
    return [
      {
        provider,
        strategy,
        credentials: entries.map((entry, i) =>
          listed(entry, i + 1, entry.id === current?.id, nowMs),
        ),
      },
    ];
  });
}

function listed(entry: Entry, index: number, current: boolean, nowMs: number): ListedEntry {
  const until = cooldownUntil(entry);
  return {
    index,
    id: entry.id,
    label: entry.label,
    type: entry.type,
    source: entry.source,
    status: statusWord(entry, nowMs),
    failure:
      entry.status === 'exhausted' || entry.status === 'dead' ? failureKind(entry) : undefined,
    retryAt: until !== undefined && until > nowMs ? until : undefined,
    expiresAt: entry.expiresAt,
    baseUrl: entry.baseUrl,
    current,
    statusText: statusText(entry, nowMs),
  };
}
