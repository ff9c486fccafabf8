import type { DesiredProvider } from '../config/desired.ts';
import { isIgnored } from './addresses.ts';
import type { Change } from './change.ts';
import { declaredLabels, entriesOf, type PlanInput } from './context.ts';
import type { ProviderDiff } from './diff-provider.ts';
import { diffOrder, type Expected } from './order.ts';

/**
 * How a provider picks among its entries: its strategy, and their order once the other changes are made.
 *
 * @param going changes that take entries away
 */
export function diffStrategyAndOrder(
  input: PlanInput,
  provider: DesiredProvider,
  diff: ProviderDiff,
  going: readonly Change[],
): Change[] {
  const changes: Change[] = [];
  const before = input.live.strategies.get(provider.id);
  const after = provider.strategy ?? before ?? 'fill_first';
  if (provider.strategy !== undefined && provider.strategy !== (before ?? 'fill_first')) {
    changes.push({
      action: 'strategy',
      address: provider.id,
      provider: provider.id,
      reason: 'strategy_changed',
      before,
      after,
    });
  }
  const goingIds = new Set(
    going.flatMap((change) =>
      change.provider === provider.id && 'row' in change && change.row ? [change.row.id] : [],
    ),
  );
  const order = diffOrder(
    provider,
    after,
    declaredLabels(provider),
    expectedEntries(input, provider, diff, goingIds),
    goingIds,
  );
  return order === undefined ? changes : [...changes, order];
}

/** A provider's entries after the plan's other changes: what stays, then what comes, in the order of doing. */
function expectedEntries(
  input: PlanInput,
  provider: DesiredProvider,
  diff: ProviderDiff,
  going: ReadonlySet<string>,
): Expected[] {
  // What a source offers is stored by the first change of its provider, before anything is added.
  const entries = entriesOf(input.live, provider.id);
  const staying = entries
    .filter((entry) => !going.has(entry.id))
    .map((entry) => ({
      label: diff.labels.get(entry.id) ?? entry.label,
      source: entry.source,
      isFixed:
        !diff.claimed.has(entry.id) &&
        isIgnored(input.desired.ignore, `${provider.id}/${entry.label}`, entry.source),
    }));
  const offered = new Set(entries.map((entry) => entry.source).filter((each) => each !== 'manual'));
  const coming = diff.changes.flatMap((change): Expected[] =>
    change.action === 'add' && !offered.has(change.source)
      ? [{ label: change.label, source: change.source, isFixed: false }]
      : [],
  );
  return [...staying, ...coming];
}
