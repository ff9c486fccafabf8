import { isManual } from '../pool/entry.ts';
import type { Binding } from '../pool/ledger.ts';
import type { LiveEntry } from '../pool/live.ts';
import { providerOf } from './addresses.ts';
import type { Change } from './change.ts';
import type { PlanInput } from './context.ts';
import { driftOfGone } from './drift.ts';
import { type EntryIndex, entryIndexes } from './entry-index.ts';
import { matchBinding } from './match.ts';
import type { Drift } from './plan.ts';

/**
 * What the ledger holds of ours that is neither declared nor live any more. It is forgotten: kept, it
 * would one day claim what a person put there by hand.
 */
export function diffStale(
  input: PlanInput,
  isFree: (entry: LiveEntry) => boolean,
): { readonly changes: readonly Change[]; readonly drift: readonly Drift[] } {
  const { desired, ledger, live } = input;
  const changes: Change[] = [];
  const drift: Drift[] = [];
  const forget = (address: string, provider: string): void => {
    changes.push({ action: 'forget', address, provider, reason: 'entry_gone' });
  };
  const indexOf = entryIndexes(live);
  for (const [address, binding] of droppedBindings(input)) {
    const provider = providerOf(address);
    const index = indexOf(provider);
    if (ownedEntry(index, binding, isFree) !== undefined) continue;
    forget(address, provider);
    if (index.with('id', binding.id).length === 0) drift.push(driftOfGone(input, address, binding));
  }
  for (const [address, declaration] of ledger.suppressions) {
    const hash = address.indexOf('#');
    const provider = address.slice(0, hash);
    const source = address.slice(hash + 1);
    const isLive = live.suppressed.get(provider)?.includes(source) === true;
    const isDeclared = desired.providers.some(
      ({ id, suppress }) => id === provider && suppress.some((each) => each.source === source),
    );
    if (declaration === desired.name && !isLive && !isDeclared) forget(address, provider);
  }
  for (const [id, declaration] of ledger.definitions) {
    const isThere =
      live.customs.some((custom) => custom.id === id) ||
      desired.providers.some((provider) => provider.id === id);
    if (declaration === desired.name && !isThere) forget(id, id);
  }
  return { changes, drift };
}

/** Bindings of this declaration whose block is gone. */
export function droppedBindings(input: PlanInput): [address: string, binding: Binding][] {
  const { desired, ledger } = input;
  const kept = new Set([
    ...desired.forget,
    ...desired.moved.map((move) => move.from),
    ...desired.providers.flatMap((provider) => provider.credentials.map((each) => each.address)),
  ]);
  return [...ledger.entries].filter(
    ([address, binding]) => binding.declaration === desired.name && !kept.has(address),
  );
}

/**
 * The entry that a dropped binding still owns. A stored entry under another id is not: somebody put it
 * there again by hand, if with the same secret.
 */
export function ownedEntry(
  live: EntryIndex,
  binding: Binding,
  isFree: (entry: LiveEntry) => boolean,
): LiveEntry | undefined {
  const match = matchBinding(binding, live, isFree);
  if (match?.kind !== 'ours') return undefined;
  return match.rebound && isManual(match.entry.source) ? undefined : match.entry;
}
