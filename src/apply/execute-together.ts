import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import type { Action, Change } from '../plan/change.ts';
import type { Home } from '../pool/home.ts';
import type { LockedStore, PoolStore } from '../pool/store.ts';
import { codeOf, handle, noteFailure, type Origin, warnedOfExposure } from './executor.ts';
import type { Done, Supply } from './handler.ts';
import { type JournalLine, writeJournalLines } from './journal.ts';
import { settleInbox } from './keep-grant.ts';
import { notesBetween, settleLedger } from './unfinished.ts';

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
  return await warnedOfExposure(deps, store.home, async () => {
    await settleInbox(deps, store);
    return await store.lock((held) => journaled(deps, held, store.home, supplied, origin));
  });
}

/** Under one lock, as for one change. The last line, of those that begin or fail, holds the notes of all. */
async function journaled(
  deps: Pick<Deps, 'clock'>,
  held: LockedStore,
  home: Home,
  supplied: readonly Supplied[],
  origin: Origin,
): Promise<Together> {
  const write = (event: JournalLine['event'], more: Pick<JournalLine, 'notes' | 'error'> = {}) => {
    const at = new Date(deps.clock.now()).toISOString();
    const lines = supplied.map(({ change: { action, address, reason } }, index): JournalLine => {
      const isLast = index === supplied.length - 1;
      const { notes: _notes, ...each } = more;
      return { at, event, action, address, reason, ...origin, ...(isLast ? more : each) };
    });
    writeJournalLines(home, lines);
  };
  await settleLedger(held, home);
  let begun: Pick<JournalLine, 'notes'> | undefined;
  try {
    const made = await held.update((draft) => {
      const before = draft.ledger;
      const done = supplied.map(({ change, supply }, index): Made => {
        try {
          return { change, done: handle(draft, change, supply) };
        } catch (error) {
          throw error instanceof GormesError ? new Refusal(index) : error;
        }
      });
      // Before the first write, and only for changes that are about to be written.
      const notes = notesBetween(before, draft.ledger);
      const line = notes === undefined ? {} : { notes };
      write('begin', line);
      begun = line;
      return done;
    });
    write('done');
    return { state: 'made', made };
  } catch (error) {
    if (error instanceof Refusal) return { state: 'refused', index: error.index };
    const line = begun;
    if (line) noteFailure(() => write('failed', { error: codeOf(error), ...line }));
    throw error;
  }
}
