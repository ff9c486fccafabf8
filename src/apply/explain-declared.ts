import type { Deps } from '../base/deps.ts';
import type { Desired } from '../config/desired.ts';
import { type Belonging, belongingsOf } from '../plan/belongings.ts';
import type { Change } from '../plan/change.ts';
import type { Drift } from '../plan/plan.ts';
import type { Entry } from '../pool/entry.ts';
import { explainPool, type PlacedEntry } from '../pool/explain-pool.ts';
import { pinnedEntry } from '../pool/pins.ts';
import type { PoolStore } from '../pool/store.ts';
import type { Strategy } from '../pool/strategy.ts';
import { type PickedFrom, poolAfter } from './entries-after.ts';
import { preparePlan } from './prepare-plan.ts';
import type { TrustDeps } from './trust-programs.ts';

/** What a declaration has to do with the pool of one provider. */
export interface ExplainedDeclaration {
  /** By id; what a profile inherits is missing. */
  readonly belongings: ReadonlyMap<string, Belonging>;
  /** Of this provider, in the order of doing. */
  readonly changes: readonly Change[];
  readonly drift: readonly Drift[];
  /** Something of the whole plan is blocked, so that no apply starts. */
  readonly isBlocked: boolean;
  /** How the next request picks once all is applied; undefined when nothing changes. */
  readonly after: ExplainedAfter | undefined;
}

export interface ExplainedAfter {
  readonly strategy: Strategy;
  /** Label of the pin that is in force. */
  readonly pin: string | undefined;
  readonly entries: readonly PlacedEntry[];
}

/**
 * Tells what a declaration would change for one provider, and how the next request picks then. Asks no
 * network and starts no program: variables and files are read as a plan does, nothing else.
 *
 * @param given `pool`: what requests pick from now, without what a profile inherits; `inherited`: that,
 *   which counts as long as the profile has nothing of its own
 */
export async function explainDeclared(
  deps: TrustDeps & Pick<Deps, 'http'>,
  store: PoolStore,
  desired: Desired,
  given: {
    readonly provider: string;
    readonly pool: PickedFrom;
    readonly inherited: readonly Entry[];
  },
): Promise<ExplainedDeclaration> {
  const { provider } = given;
  const { plan, input } = await preparePlan(deps, store, poolsOf(desired), {
    targets: [],
    maxRemovals: undefined,
    allowEmpty: [],
    takeOver: false,
  });
  const changes = plan.changes.filter((change) => change.provider === provider);
  const isOf = ({ address }: Drift): boolean => address.startsWith(`${provider}/`);
  return {
    belongings: belongingsOf(input, provider),
    changes,
    drift: plan.drift.filter(isOf),
    isBlocked: plan.changes.some(({ action }) => action === 'blocked'),
    after: changes.length === 0 ? undefined : afterAll(given, changes, deps.clock.now()),
  };
}

/** Without what the AWS chain is asked for: it has no pool. */
function poolsOf(desired: Desired): Desired {
  const providers = desired.providers.filter(({ asserts }) => asserts === undefined);
  return { ...desired, providers };
}

function afterAll(
  { provider, pool, inherited }: Parameters<typeof explainDeclared>[3],
  changes: readonly Change[],
  nowMs: number,
): ExplainedAfter {
  const { entries: own, strategy, pin } = poolAfter(pool, provider, changes);
  const entries = own.length > 0 ? own : inherited;
  return {
    strategy,
    pin: pinnedEntry(entries, pin)?.label,
    entries: explainPool(entries, strategy, pin, nowMs),
  };
}
