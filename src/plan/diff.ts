import type { DesiredProvider } from '../config/desired.ts';
import { ACTION_ORDER, type Change } from './change.ts';
import type { PlanInput } from './context.ts';
import { diffAsserts } from './diff-asserts.ts';
import { diffDefinition, diffUndefine } from './diff-definitions.ts';
import { diffForget, diffMoves, withMoves } from './diff-ledger.ts';
import { countUnmanagedLogins, diffLogouts, diffStaleLogins, findLogouts } from './diff-logouts.ts';
import { diffMcp } from './diff-mcp.ts';
import { diffModel } from './diff-model.ts';
import { diffStrategyAndOrder } from './diff-order.ts';
import { diffPins } from './diff-pins.ts';
import { diffProvider } from './diff-provider.ts';
import { diffSession } from './diff-session.ts';
import { diffStale } from './diff-stale.ts';
import { diffSuppressions, diffUnsuppress } from './diff-suppressions.ts';
import type { Drift, Plan } from './plan.ts';
import { diffRemovals } from './removals.ts';
import type { SessionDiff } from './sessions.ts';
import { countUnmanaged } from './unmanaged.ts';

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
    changes.push(...diffDefinition(input, provider), ...diff.changes);
    const asserted = diffAsserts(input, provider);
    if (asserted !== undefined) changes.push(asserted);
    else if (provider.asserts !== undefined) unchanged++;
    unchanged += diff.unchanged;
  }
  const sessions = diffSessions(input);
  changes.push(...sessions.changes);
  unchanged += sessions.unchanged;
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
  const staleLogins = diffStaleLogins(input);
  changes.push(...stale.changes, ...staleLogins.changes);
  const leaving = findLogouts(input);
  const removals = diffRemovals(input, {
    claimed,
    absent: perProvider.flatMap(({ diff }) => diff.absent),
    arriving: changes.filter((change) => ['add', 'login', 'import'].includes(change.action)),
    suppressing,
    logouts: leaving.length,
  });
  changes.push(...removals, ...diffLogouts(input, leaving, removals.length));
  for (const { provider, diff } of perProvider) {
    changes.push(...diffStrategyAndOrder(input, provider, diff, [...suppressions, ...removals]));
  }
  const pins = diffPins(input, perProvider);
  changes.push(...pins.changes);
  const drift = [
    ...perProvider.flatMap(({ diff }) => diff.drift),
    ...stale.drift,
    ...sessions.drift,
    ...staleLogins.drift,
    ...resurrections(removals),
    ...pins.drift,
  ];
  const touched = new Set(
    removals.flatMap((change) => (change.action === 'remove' ? [change.row.id] : [])),
  );
  return {
    changes: sortChanges(changes, desired.providers),
    drift: drift.sort((a, b) => compareText(a.address, b.address)),
    notes: [...perProvider.flatMap(({ diff }) => diff.notes), ...pins.notes],
    unmanaged: new Map([
      ...countUnmanaged(input, claimed, touched),
      ...countUnmanagedLogins(input, leaving),
    ]),
    unchanged,
    providers: desired.providers.map(({ id, session }) => ({
      id,
      strategy: session === undefined ? (live.strategies.get(id) ?? 'fill_first') : '',
    })),
    appliedAt: ledger.appliedAt,
  };
}

/** Declared logins outside the pool. */
function diffSessions(input: PlanInput): SessionDiff & { readonly unchanged: number } {
  const { providers, mcpServers } = input.desired;
  const diffs = [
    ...providers.flatMap((provider) =>
      provider.session?.state === 'logged_in'
        ? [diffSession(input, provider, provider.session)]
        : [],
    ),
    ...mcpServers.flatMap((server) => diffMcp(input, server) ?? []),
  ];
  return {
    changes: diffs.flatMap(({ changes }) => changes),
    drift: diffs.flatMap(({ drift }) => drift),
    unchanged: diffs.filter(({ changes }) => changes.length === 0).length,
  };
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
