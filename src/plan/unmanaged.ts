import type { Ledger } from '../pool/ledger.ts';
import { isIgnored, providerOf } from './addresses.ts';
import type { PlanInput } from './context.ts';

/**
 * How many live entries of each provider are nobody's business here: not declared, not ours, not ignored.
 *
 * @param claimed ids that the declaration names, by provider
 * @param going ids that the plan removes
 */
export function countUnmanaged(
  input: PlanInput,
  claimed: ReadonlyMap<string, ReadonlySet<string>>,
  going: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const owned = ownedIds(input.ledger);
  const counts = new Map<string, number>();
  for (const [provider, entries] of input.live.entries) {
    const count = entries.filter(
      (entry) =>
        !claimed.get(provider)?.has(entry.id) &&
        !going.has(entry.id) &&
        !owned.has(`${provider}/${entry.id}`) &&
        !isIgnored(input.desired.ignore, `${provider}/${entry.label}`, entry.source),
    ).length;
    if (count > 0) counts.set(provider, count);
  }
  return counts;
}

/** The entries that any declaration owns, as `<provider>/<id>`. */
export function ownedIds(ledger: Ledger): Set<string> {
  return new Set([...ledger.entries].map(([address, { id }]) => `${providerOf(address)}/${id}`));
}
