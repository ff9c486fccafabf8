import { groupBy } from '../base/group-by.ts';
import type { DesiredProvider } from '../config/desired.ts';
import { rankOrder } from '../pool/pools.ts';
import type { ReorderChange } from './change.ts';

/** An entry as it will be after the other changes of a plan. */
export interface Expected {
  readonly label: string;
  readonly source: string;
  /** Ignored by the declaration: it keeps its place. */
  readonly isFixed: boolean;
}

/**
 * Entries in the order of a change: its labels first, and behind them what it does not name. A label
 * that stands twice names its entries one after the other.
 */
export function inOrder<E extends { readonly id: string | undefined; readonly label: string }>(
  entries: readonly E[],
  { order, going }: Pick<ReorderChange, 'order' | 'going'>,
): E[] {
  const left = [...entries];
  const wanted = order.flatMap((label) => {
    const index = left.findIndex((entry) => {
      // What an old copy brought back may have the label of the entry that replaced it.
      return entry.label === label && (entry.id === undefined || !going.includes(entry.id));
    });
    return index < 0 ? [] : left.splice(index, 1);
  });
  return [...wanted, ...left];
}

/**
 * The change that brings a provider's entries into the declared order; undefined when they are, or
 * when priorities are not ours (only `fill_first` has an order that matters).
 *
 * @param declared labels, best first
 * @param expected entries in the order in which they will stand after the other changes
 * @param going ids of entries that the other changes take away
 */
export function diffOrder(
  provider: DesiredProvider,
  strategy: string,
  declared: readonly string[],
  expected: readonly Expected[],
  going: ReadonlySet<string>,
): ReorderChange | undefined {
  if (strategy !== 'fill_first') return undefined;
  const movable = expected.filter((entry) => !entry.isFixed);
  const named = groupBy(movable, (entry) => entry.label);
  const wanted = declared.flatMap((label) => named.get(label) ?? []);
  const isDeclared = new Set(declared);
  const rest = movable.filter((entry) => !isDeclared.has(entry.label)); // keep their order, behind
  const next = [...wanted, ...rest].values();
  const placed = expected.map((entry) => (entry.isFixed ? entry : (next.next().value ?? entry)));
  const after = rankOrder(provider.id, placed).map((entry) => entry.label);
  const before = rankOrder(provider.id, expected).map((entry) => entry.label);
  if (after.every((label, index) => label === before[index])) return undefined;
  return {
    action: 'reorder',
    address: provider.id,
    provider: provider.id,
    reason: 'order_changed',
    order: after,
    before,
    going: [...going],
  };
}
