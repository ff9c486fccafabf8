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
  const owned = new Set(
    [...input.ledger.entries].map(([address, { id }]) => `${providerOf(address)}/${id}`),
  );
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
