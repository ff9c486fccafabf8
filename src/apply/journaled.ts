import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import type { AnyChange } from '../plan/request.ts';
import type { Home } from '../pool/home.ts';
import type { Draft, LockedStore } from '../pool/store.ts';
import { type JournalLine, type Origin, writeJournal } from './journal.ts';
import { notesBetween } from './ledger-notes.ts';

/**
 * Makes changes in one draft, with a begin and an end for each in the journal. Under one lock, so that
 * its last line tells what a kill left unfinished: of the lines that begin or fail, the last holds the
 * notes of all.
 *
 * @param make edits the draft; a GormesError that it throws is a failure of the changes, and anything
 *   else leaves no line
 * @throws what `make` and the store throw
 */
export async function journaled<T>(
  deps: Pick<Deps, 'clock'>,
  held: LockedStore,
  home: Home,
  changes: readonly AnyChange[],
  origin: Origin | undefined,
  make: (draft: Draft) => T,
): Promise<T> {
  const write = (event: JournalLine['event'], more: Pick<JournalLine, 'notes' | 'error'> = {}) => {
    const at = new Date(deps.clock.now()).toISOString();
    const { notes, ...each } = more;
    const together = changes.length > 1 ? { together: changes.length } : {};
    const last = notes === undefined ? each : { ...more, ...together };
    const lines = changes.map(({ action, address, reason }, index): JournalLine => {
      const isLast = index === changes.length - 1;
      return { at, event, action, address, reason, ...origin, ...(isLast ? last : each) };
    });
    writeJournal(home, lines);
  };
  let begun: Pick<JournalLine, 'notes'> | undefined;
  const begin = (notes?: object): void => {
    const line = notes === undefined ? {} : { notes };
    // A file without a lock changed while it was edited, and the changes are made anew.
    if (begun !== undefined) write('failed', { error: 'home_changing' });
    write('begin', line);
    begun = line;
  };
  try {
    const done = await held.update((draft) => {
      const before = draft.ledger;
      let made: T;
      try {
        made = make(draft);
      } catch (error) {
        // A refusal; anything else may be the store's, which tries again with more at hand.
        if (error instanceof GormesError) begin();
        throw error;
      }
      // Before the first write, and only for what is about to be written.
      begin(notesBetween(before, draft.ledger));
      return made;
    });
    write('done');
    return done;
  } catch (error) {
    const line = begun;
    // The store may have been written, and the ledger not: the notes are still to be taken.
    if (line) noteFailure(() => write('failed', { error: codeOf(error), ...line }));
    throw error;
  }
}

/** The journal must not hide why a change failed: on a full disk it can't be written either. */
function noteFailure(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof GormesError)) throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof GormesError ? error.code : 'bug';
}
