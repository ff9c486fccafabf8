import type { DesiredProvider } from '../config/desired.ts';
import { isIgnored, providerOf } from './addresses.ts';
import { ACTION_ORDER, type Change, type Effect } from './change.ts';
import { entriesOf, type PlanInput } from './context.ts';
import { diffAsserts } from './diff-asserts.ts';
import { diffMcp } from './diff-mcp.ts';
import { declaredLabels, diffProvider, type ProviderDiff, rowOf } from './diff-provider.ts';
import { diffSession } from './diff-session.ts';
import { diffStale } from './diff-stale.ts';
import { diffOrder, type Expected } from './order.ts';
import type { Drift, Note, Plan } from './plan.ts';
import { diffRemovals } from './removals.ts';

/**
 * What must change so that the home is as declared. Pure: nothing is read, asked or written, and
 * the result does not depend on the order of things that have none.
 */
export function diffHome(given: PlanInput): Plan {
  const input = withMoves(given);
  const { desired, live, ledger } = input;
  const perProvider = desired.providers.map((provider) => ({
    provider,
    diff: diffProvider(input, provider),
  }));

  const changes: Change[] = [...diffMoves(given), ...diffForget(input)];
  const suppressions = desired.providers.flatMap((provider) => diffSuppressions(input, provider));
  let unchanged = 0;
  for (const { provider, diff } of perProvider) {
    const session = diffSession(input, provider);
    changes.push(...diffDefinition(input, provider), ...diff.changes);
    const asserted = diffAsserts(input, provider);
    if (session !== undefined) changes.push(session);
    else if (provider.session !== undefined) unchanged++;
    if (asserted !== undefined) changes.push(asserted);
    else if (provider.asserts !== undefined) unchanged++;
    unchanged += diff.unchanged;
  }
  for (const change of diffMcp(input)) {
    if (change === undefined) unchanged++;
    else changes.push(change);
  }
  changes.push(
    ...suppressions,
    ...diffUnsuppress(input),
    ...diffModel(input),
    ...diffUndefine(input),
  );
  const suppressing = new Set(
    suppressions.flatMap((change) =>
      change.action === 'suppress' && change.row ? [change.address] : [],
    ),
  );
  const claimed = new Map(perProvider.map(({ provider, diff }) => [provider.id, diff.claimed]));
  const stale = diffStale(input, (entry) => !claimed.get(entry.provider)?.has(entry.id));
  changes.push(...stale.changes);
  const removals = diffRemovals(input, {
    claimed,
    absent: perProvider.flatMap(({ diff }) => diff.absent),
    arriving: changes.filter((change) => ['add', 'login', 'import'].includes(change.action)),
    suppressing,
  });
  changes.push(...removals);
  for (const { provider, diff } of perProvider) {
    changes.push(...diffStrategyAndOrder(input, provider, diff, [...suppressions, ...removals]));
  }
  const drift = [
    ...perProvider.flatMap(({ diff }) => diff.drift),
    ...stale.drift,
    ...resurrections(removals),
  ];
  const touched = new Set(
    removals.flatMap((change) => (change.action === 'remove' ? [change.row.id] : [])),
  );
  return {
    changes: sortChanges(changes, desired.providers),
    drift: drift.sort((a, b) => compareText(a.address, b.address)),
    notes: [...perProvider.flatMap(({ diff }) => diff.notes), ...pinNotes(input)],
    unmanaged: countUnmanaged(input, claimed, touched),
    unchanged,
    providers: desired.providers.map(({ id }) => ({
      id,
      strategy: live.strategies.get(id) ?? 'fill_first',
    })),
    appliedAt: ledger.appliedAt,
  };
}

/** The ledger as it will be once the declared moves are done. */
function withMoves(input: PlanInput): PlanInput {
  if (input.desired.moved.length === 0) return input;
  const entries = new Map(input.ledger.entries);
  for (const { from, to } of input.desired.moved) {
    const binding = entries.get(from);
    if (binding === undefined || entries.has(to)) continue;
    entries.delete(from);
    entries.set(to, binding);
  }
  return { ...input, ledger: { ...input.ledger, entries } };
}

function diffMoves({ desired, ledger }: PlanInput): Change[] {
  return desired.moved.flatMap(({ from, to }): Change[] =>
    ledger.entries.has(from) && !ledger.entries.has(to)
      ? [
          {
            action: 'move',
            address: from,
            provider: providerOf(from),
            reason: 'declared_moved',
            to,
          },
        ]
      : [],
  );
}

function diffForget({ desired, ledger }: PlanInput): Change[] {
  return desired.forget.flatMap((address): Change[] =>
    ledger.entries.get(address)?.declaration === desired.name
      ? [{ action: 'forget', address, provider: providerOf(address), reason: 'declared_forgotten' }]
      : [],
  );
}

/** Defines a custom provider, or mends its definition. */
function diffDefinition(input: PlanInput, provider: DesiredProvider): Change[] {
  const { custom } = provider;
  if (custom === undefined) return [];
  const live = input.live.customs.find((candidate) => candidate.id === provider.id);
  const same =
    live !== undefined &&
    live.baseUrl === custom.baseUrl &&
    (custom.apiMode === undefined || live.apiMode === custom.apiMode);
  if (same) return [];
  return [
    {
      action: 'endpoint',
      address: provider.id,
      provider: provider.id,
      reason: live === undefined ? 'not_defined' : 'endpoint_changed',
      row: undefined,
      name: custom.name,
      apiMode: custom.apiMode,
      before: live?.baseUrl,
      after: custom.baseUrl,
      managed: { declaration: input.desired.name, protect: false },
    },
  ];
}

/** A pin is a person's, and no declaration's: it keeps the strategy from having an effect. */
function pinNotes({ desired, ledger }: PlanInput): Note[] {
  return desired.providers.flatMap(({ id }): Note[] => {
    const pin = ledger.pins.get(id);
    if (pin === undefined) return [];
    const detail = `pinned: nothing else is used until gormes auth use ${id} --auto`;
    return [{ address: `${id}/${pin.label}`, code: 'pinned', detail }];
  });
}

function diffSuppressions(input: PlanInput, provider: DesiredProvider): Change[] {
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
function diffUnsuppress({ desired, live, ledger }: PlanInput): Change[] {
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

function diffModel({ desired, live }: PlanInput): Change[] {
  const { model } = desired;
  if (model === undefined) return [];
  const differs =
    (model.provider !== undefined && model.provider !== live.model.provider) ||
    (model.default !== undefined && model.default !== live.model.default);
  if (!differs) return [];
  const after = {
    provider: model.provider ?? live.model.provider,
    default: model.default ?? live.model.default,
  };
  return [
    {
      action: 'model',
      address: 'model',
      provider: 'model',
      reason: 'model_changed',
      before: live.model,
      after,
    },
  ];
}

/** Definitions of ours whose block is gone. */
function diffUndefine({ desired, live, ledger }: PlanInput): Change[] {
  return [...ledger.definitions].flatMap(([id, declaration]): Change[] => {
    const definition = live.customs.find((candidate) => candidate.id === id);
    const declared = desired.providers.some((provider) => provider.id === id);
    if (declaration !== desired.name || declared || definition === undefined) return [];
    return [
      {
        action: 'undefine',
        address: id,
        provider: id,
        reason: 'not_declared',
        name: definition.name,
      },
    ];
  });
}

function diffStrategyAndOrder(
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
    going.flatMap((change) => ('row' in change && change.row ? [change.row.id] : [])),
  );
  const order = diffOrder(
    provider,
    after,
    declaredLabels(provider),
    expectedEntries(input, provider, diff, goingIds),
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
      isPinned:
        !diff.claimed.has(entry.id) &&
        isIgnored(input.desired.ignore, `${provider.id}/${entry.label}`, entry.source),
    }));
  const coming = diff.changes.flatMap((change): Expected[] =>
    change.action === 'add' &&
    !entries.some((entry) => entry.source !== 'manual' && entry.source === change.source)
      ? [{ label: change.label, source: change.source, isPinned: false }]
      : [],
  );
  return [...staying, ...coming];
}

function resurrections(removals: readonly Change[]): Drift[] {
  return removals.flatMap((change): Drift[] =>
    change.action === 'remove' && change.reason === 'resurrected'
      ? [
          {
            address: change.address,
            cause: 'resurrected',
            detail: 'came back: a running Hermes wrote an old copy',
          },
        ]
      : [],
  );
}

function countUnmanaged(
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

/** The order of doing: kind by kind, within a kind as declared. */
function sortChanges(changes: readonly Change[], providers: readonly DesiredProvider[]): Change[] {
  const rank = new Map(providers.map((provider, index) => [provider.id, index]));
  const rankOf = (change: Change): number => rank.get(change.provider) ?? providers.length;
  return [...changes]
    .map((change, index) => ({ change, index }))
    .sort(
      (a, b) =>
        ACTION_ORDER.indexOf(a.change.action) - ACTION_ORDER.indexOf(b.change.action) ||
        rankOf(a.change) - rankOf(b.change) ||
        a.index - b.index,
    )
    .map(({ change }) => change);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
