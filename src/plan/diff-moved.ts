import { groupBy } from '../base/group-by.ts';
import { labelOf, providerOf } from './addresses.ts';
import { entriesOf, type PlanInput } from './context.ts';
import type { Note } from './plan.ts';
import { ownedIds } from './unmanaged.ts';

/**
 * Why a declared move leaves a live entry where it is: one that nobody manages, and that is not what
 * stands for the new address. Without a word such a line looks as if it had worked.
 *
 * @param claimed ids that the declaration names
 */
export function diffUnmoved(
  input: PlanInput,
  provider: string,
  claimed: ReadonlySet<string>,
): Note[] {
  const moved = input.desired.moved.filter(({ from }) => providerOf(from) === provider);
  if (moved.length === 0) return [];
  const owned = ownedIds(input.ledger);
  const byLabel = groupBy(entriesOf(input.live, provider), ({ label }) => label);
  return moved.flatMap(({ from, to }): Note[] => {
    const left = (byLabel.get(labelOf(from)) ?? []).filter(
      ({ id, stored }) => stored && !claimed.has(id) && !owned.has(`${provider}/${id}`),
    );
    if (left.length === 0) return [];
    return [{ address: from, code: 'not_moved', detail: `not moved: ${to} is another credential` }];
  });
}
