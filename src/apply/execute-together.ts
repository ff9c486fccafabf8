import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import type { Action, Change } from '../plan/change.ts';
import type { Draft, PoolStore } from '../pool/store.ts';
import { handle, warnedOfExposure } from './executor.ts';
import type { Done, Supply } from './handlers/handler.ts';
import type { Origin } from './journal.ts';
import { journaled } from './journaled.ts';
import { settleInbox } from './keep-grant.ts';
import { settleLedger } from './unfinished.ts';

/** A change with what its handler needs. */
export interface Supplied {
  readonly change: Change;
  readonly supply: Supply;
}

/** A change and what came of it. */
interface Made {
  readonly change: Change;
  readonly done: Done;
}

/** Either all changes were made, or none, because one of them refuses the home as it stands. */
export type Together =
  | { readonly state: 'made'; readonly made: readonly Made[] }
  | { readonly state: 'refused'; readonly index: number };

/** Kinds whose handlers edit `auth.json` and the ledger, and nothing else. */
const TOGETHER: ReadonlySet<Action> = new Set<Action>([
  'adopt',
  'forget',
  'move',
  'add',
  'rotate',
  'relabel',
  'reorder',
]);

/**
 * Whether a change may share its write with others. What touches a second file of the home or keeps
 * a grant is written by itself, so that each step of it is done or not.
 */
export function goesTogether(change: Change): boolean {
  return TOGETHER.has(change.action) || (change.action === 'remove' && change.cleanup !== 'source');
}

/** Thrown out of the update so that nothing is written. */
class Refusal extends Error {
  readonly index: number;

  constructor(index: number) {
    super('a change refuses');
    this.index = index;
  }
}

/**
 * As `executeChange` for several changes of `goesTogether`, with one write for all of them: the lock
 * is taken once, the store, the ledger and the journal are each written once. The order of writes is
 * that of a single change, so a kill leaves what it would leave there: journal lines that begin and
 * do not end, and either none of the changes, or all of them in the store; who comes next brings the
 * ledger up to them (unfinished.ts).
 *
 * @throws what the store can throw; then none of the changes counts as made
 */
export async function executeTogether(
  deps: Pick<Deps, 'clock' | 'random' | 'notice'>,
  store: PoolStore,
  supplied: readonly Supplied[],
  origin: Origin,
): Promise<Together> {
  const { home } = store;
  const changes = supplied.map(({ change }) => change);
  const make = (draft: Draft): Made[] =>
    supplied.map(({ change, supply }, index) => {
      try {
        return { change, done: handle(draft, change, supply) };
      } catch (error) {
        throw error instanceof GormesError ? new Refusal(index) : error;
      }
    });
  try {
    const made = await warnedOfExposure(deps, home, async () => {
      await settleInbox(deps, store);
      return await store.lock(async (held) => {
        await settleLedger(held, home);
        return await journaled(deps, held, home, changes, origin, make);
      });
    });
    return { state: 'made', made };
  } catch (error) {
    if (error instanceof Refusal) return { state: 'refused', index: error.index };
    throw error;
  }
}
