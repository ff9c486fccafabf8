import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import type { PoolStore } from '../pool/store.ts';
import type { Outcome } from './apply-plan.ts';
import { executeTogether, type Supplied } from './execute-together.ts';
import { executeChange } from './executor.ts';
import type { Origin } from './journal.ts';

/** What an apply does with its changes, whether one by one or several in one write. */
export interface Maker {
  readonly deps: Pick<Deps, 'clock' | 'random' | 'notice'>;
  readonly store: PoolStore;
  readonly origin: Origin;
  /** Why nothing more is to be begun; asked before each write. */
  readonly stopped: () => string | undefined;
  readonly settle: (outcome: Outcome) => void;
}

/** Makes one change and settles what became of it. */
export async function makeOne(maker: Maker, { change, supply }: Supplied): Promise<void> {
  try {
    const done = await executeChange(maker.deps, maker.store, change, supply, maker.origin);
    maker.settle({ state: 'done', change, done });
  } catch (error) {
    if (!(error instanceof GormesError)) throw error;
    maker.settle({ state: 'failed', change, error });
  }
}

/**
 * Makes changes of `goesTogether` in as few writes as their success allows, and settles each, in
 * their order. One that refuses is made alone, so that it fails alone; those before it and behind it
 * are written without it.
 */
export async function makeTogether(maker: Maker, supplied: readonly Supplied[]): Promise<void> {
  const { deps, store, origin, settle } = maker;
  const [first, ...others] = supplied;
  if (first === undefined) return;
  const why = maker.stopped();
  if (why !== undefined) {
    for (const { change } of supplied) settle({ state: 'left', change, why });
    return;
  }
  if (others.length === 0) return await makeOne(maker, first);
  try {
    const result = await executeTogether(deps, store, supplied, origin);
    if (result.state === 'refused') {
      const { index } = result;
      await makeTogether(maker, supplied.slice(0, index));
      await makeTogether(maker, supplied.slice(index, index + 1));
      await makeTogether(maker, supplied.slice(index + 1));
      return;
    }
    for (const { change, done } of result.made) settle({ state: 'done', change, done });
  } catch (error) {
    if (!(error instanceof GormesError)) throw error;
    settleFailed(maker, supplied, error);
  }
}

/** After a write that failed: it was all of theirs. A lock that nobody got was waited for once. */
function settleFailed(maker: Maker, supplied: readonly Supplied[], error: GormesError): void {
  const nothingBegun = error.exitCode === EXIT.locked || error.code === 'interrupted';
  supplied.forEach(({ change }, index) => {
    const why = nothingBegun && index > 0 ? maker.stopped() : undefined;
    if (why === undefined) maker.settle({ state: 'failed', change, error });
    else maker.settle({ state: 'left', change, why });
  });
}
