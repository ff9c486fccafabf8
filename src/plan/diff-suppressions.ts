import type { DesiredProvider } from '../config/desired.ts';
import type { Change, Effect } from './change.ts';
import { entriesOf, type PlanInput, rowOf } from './context.ts';

/** Sources that must not be imported again, and are or could be. */
export function diffSuppressions(input: PlanInput, provider: DesiredProvider): Change[] {
  const live = input.live.suppressed.get(provider.id) ?? [];
  const entries = entriesOf(input.live, provider.id);
  const usable = entries.filter((entry) => entry.usable).length;
  return provider.suppress.flatMap(({ source }): Change[] => {
    const entry = entries.find((candidate) => candidate.source === source);
    if (live.includes(source) && entry === undefined) return [];
    const effect: Effect = {
      usableBefore: usable,
      usableAfter: usable - (entry?.usable ? 1 : 0),
      modelUses: input.live.model.provider === provider.id,
    };
    return [
      {
        action: 'suppress',
        address: `${provider.id}#${source}`,
        provider: provider.id,
        reason: 'source_declared_suppressed',
        source,
        row: entry && rowOf(entry),
        effect,
        managed: { declaration: input.desired.name, protect: false },
      },
    ];
  });
}

/** Suppressions of ours that the declaration dropped. */
export function diffUnsuppress({ desired, live, ledger }: PlanInput): Change[] {
  const declared = new Set(
    desired.providers.flatMap((provider) =>
      provider.suppress.map(({ source }) => `${provider.id}#${source}`),
    ),
  );
  return [...ledger.suppressions].flatMap(([address, declaration]): Change[] => {
    const hash = address.indexOf('#');
    const provider = address.slice(0, hash);
    const source = address.slice(hash + 1);
    const isLive = live.suppressed.get(provider)?.includes(source) === true;
    if (declaration !== desired.name || declared.has(address) || !isLive) return [];
    return [{ action: 'unsuppress', address, provider, reason: 'suppression_dropped', source }];
  });
}
