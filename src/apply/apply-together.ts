import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import type { Change } from '../plan/change.ts';
import type { PoolStore } from '../pool/store.ts';
import { executeTogether, goesTogether, type Supplied } from './execute-together.ts';
import { executeChange } from './executor.ts';
import type { Origin } from './journal.ts';
import type { Outcome } from './outcomes.ts';

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

/** What is to be made in one write, and what was settled without a write among it. */
export type Step = Supplied | Outcome;

/**
 * Changes that one write makes at most. It bounds how long the lock is held, for which Hermes waits,
 * and how long a person waits who presses Ctrl-C: a few hundred milliseconds.
 */
const MAX_TOGETHER = 1000;

/** Whether a change can go into the write of those before it. A removal waits for what is added. */
export function joins(change: Change, group: readonly Step[]): boolean {
  const last = group.at(-1)?.change.action;
  const isRemoval = change.action === 'remove';
  return (
    goesTogether(change) &&
    group.length < MAX_TOGETHER &&
    (last === undefined || (last === 'remove') === isRemoval)
  );
}

/** Makes what `joins` let together, and settles it and what was settled among it in its order. */
export async function makeGroup(maker: Maker, group: readonly Step[]): Promise<void> {
  const left = [...group];
  const settleEarly = (): void => {
    for (let [step] = left; step !== undefined && 'state' in step; [step] = left) {
      maker.settle(step);
      left.shift();
    }
  };
  const settle: Maker['settle'] = (outcome) => {
    settleEarly();
    maker.settle(outcome);
    left.shift();
  };
  const supplied = group.filter((step): step is Supplied => 'supply' in step);
  await makeTogether({ ...maker, settle }, supplied);
  settleEarly();
}

/**
 * Makes changes of `goesTogether` in as few writes as their success allows, and settles each, in
 * their order. One that refuses is made alone, so that it fails alone; those before it and behind it
 * are written without it.
 */
async function makeTogether(maker: Maker, supplied: readonly Supplied[]): Promise<void> {
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
