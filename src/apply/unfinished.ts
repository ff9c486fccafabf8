import { isJsonObject, type JsonObject, parseObject } from '../base/json.ts';
import type { Home } from '../pool/home.ts';
import type { Ledger } from '../pool/ledger.ts';
import { readLastLines } from '../pool/read-last-lines.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { LockedStore } from '../pool/store.ts';
import { writeJournal } from './journal.ts';
import { holdsAll, type Notes, parseNotes, withNotes } from './ledger-notes.ts';

// The store is written before the ledger, so that no note speaks of an entry that is not there. After
// a kill in between an entry had no owner, and one that was removed seemed to have gone outside of
// gormes. So the last `begin` line of the journal, on disk before the store, holds what the ledger is
// going to note; who comes next notes it, as far as the home is as the notes say. Begin and end of
// changes stand in the journal under one lock: only its last lines can be unfinished.

/**
 * The ledger as it is to be read: with the notes of changes that were killed before they wrote them,
 * as far as they have come true. The same object when there are none.
 */
export function settledLedger(
  home: Home,
  ledger: Ledger,
  live: Pick<Snapshot, 'home' | 'auth' | 'inputs'>,
): Ledger {
  const notes = findUnfinished(home)?.notes;
  return notes === undefined ? ledger : withNotes(ledger, notes, live);
}

/**
 * Writes those notes, under the lock; at the start of every change.
 *
 * @throws what `LockedStore.update` and the journal throw
 */
export async function settleLedger(held: LockedStore, home: Home): Promise<void> {
  const open = findUnfinished(home);
  if (open === undefined) return;
  const isAll = await held.update((draft) => {
    draft.ledger = withNotes(draft.ledger, open.notes, draft);
    return holdsAll(draft.ledger, open.notes);
  });
  // A failed change has its end in the journal.
  if (!isAll || open.line.event !== 'begin') return;
  const count = typeof open.line.together === 'number' ? open.line.together : 1;
  const begun = readLastLines(home.journalFile, count)
    .map(parseObject)
    .filter((line) => line !== undefined);
  writeJournal(
    home,
    begun.map(({ notes: _notes, together: _together, ...line }) => ({ ...line, event: 'done' })),
  );
}

interface Unfinished {
  readonly line: JsonObject;
  readonly notes: Notes;
}

/** The last changes in the journal, when they did not come to their end: killed, or failed at the ledger. */
function findUnfinished(home: Home): Unfinished | undefined {
  // A line that a crash tore: then the store was not written either.
  const line = parseObject(readLastLines(home.journalFile, 1)[0] ?? '');
  if (line === undefined || line.event === 'done' || !isJsonObject(line.notes)) return undefined;
  return { line, notes: parseNotes(line.notes) };
}
