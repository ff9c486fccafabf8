import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { providerOf } from '../plan/addresses.ts';
import type { Home } from '../pool/home.ts';
import { bindingsJson, type Ledger, ledgerOf } from '../pool/ledger.ts';
import { suppressedSources } from '../pool/pools.ts';
import { readLastLine } from '../pool/read-last-line.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { LockedStore } from '../pool/store.ts';
import { writeJournal } from './journal.ts';

// The store is written before the ledger, so that no note speaks of an entry that is not there. A kill
// in between left an entry that nobody owned. Now the `begin` line of the journal, which is on disk
// before the store, holds what the ledger is going to note; who comes next notes it, if the store has
// what it speaks of. Begin and end of a change stand in the journal under one lock: only its last
// line can be unfinished.

/** What the ledger is about to say beyond what it says; undefined for nothing. */
export function notesBetween(before: Ledger, after: Ledger): object | undefined {
  if (before === after) return undefined;
  const notes = {
    entries: bindingsJson(newIn(before.entries, after.entries)),
    suppressions: Object.fromEntries(newIn(before.suppressions, after.suppressions)),
    definitions: Object.fromEntries(newIn(before.definitions, after.definitions)),
  };
  return Object.values(notes).every((map) => Object.keys(map).length === 0) ? undefined : notes;
}

function newIn<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...after].filter(([key, value]) => !isDeepStrictEqual(before.get(key), value)));
}

/**
 * The ledger as it is to be read: with the notes of a change that was killed before it wrote them, as
 * far as the store holds what they speak of. The same object when there are none.
 */
export function settledLedger(
  home: Home,
  ledger: Ledger,
  live: Pick<Snapshot, 'auth' | 'inputs'>,
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
  const stands = await held.update((draft) => {
    draft.ledger = withNotes(draft.ledger, open.notes, draft);
    return isDeepStrictEqual(noted(draft.ledger, open.notes), draft.ledger);
  });
  // A failed change has its end in the journal.
  if (stands && open.line.event === 'begin') {
    const { notes: _notes, ...begun } = open.line;
    writeJournal(home, { ...begun, event: 'done' });
  }
}

interface Unfinished {
  readonly line: JsonObject;
  readonly notes: Ledger;
}

/** The last change in the journal, when it did not come to its end: killed, or failed at the ledger. */
function findUnfinished(home: Home): Unfinished | undefined {
  const line = parse(readLastLine(home.journalFile) ?? '');
  if (line === undefined || !isJsonObject(line.notes)) return undefined;
  return line.event === 'done' ? undefined : { line, notes: ledgerOf(line.notes) };
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // torn by a crash: then the store was not written either
  }
}

/** The ledger with those of the notes whose subject stands in the store or in `config.yaml`. */
function withNotes(
  ledger: Ledger,
  notes: Ledger,
  { auth, inputs }: Pick<Snapshot, 'auth' | 'inputs'>,
): Ledger {
  const entries = [...notes.entries].filter(
    ([address, { id, label }]) =>
      // Under another label it is what a relabelling that never came about was to change.
      findRow(auth, address, id)?.label === label && !isBoundElsewhere(ledger, address, id),
  );
  const next = noted(ledger, {
    entries: new Map(entries),
    suppressions: new Map(
      [...notes.suppressions].filter(([address]) => isSuppressed(auth, address)),
    ),
    definitions: new Map(
      [...notes.definitions].filter(([provider]) =>
        inputs.settings.customs.some(({ id }) => id === provider),
      ),
    ),
  });
  if (isDeepStrictEqual(next, ledger)) return ledger;
  // The old half of a rotation is remembered, in case its id comes back.
  const replaced = entries.flatMap(([address, { id }]) => {
    const old = ledger.entries.get(address);
    if (old === undefined || old.id === id || findRow(auth, address, old.id)) return [];
    return [{ address, id: old.id, fingerprint: old.fingerprint }];
  });
  return { ...next, tombstones: [...ledger.tombstones, ...replaced] };
}

type Notes = Pick<Ledger, 'entries' | 'suppressions' | 'definitions'>;

function noted(ledger: Ledger, notes: Notes): Ledger {
  return {
    ...ledger,
    entries: new Map([...ledger.entries, ...notes.entries]),
    suppressions: new Map([...ledger.suppressions, ...notes.suppressions]),
    definitions: new Map([...ledger.definitions, ...notes.definitions]),
  };
}

function findRow(auth: JsonObject, address: string, id: string): JsonObject | undefined {
  const pools = isJsonObject(auth.credential_pool) ? auth.credential_pool : {};
  const rows = pools[providerOf(address)];
  return Array.isArray(rows) ? rows.filter(isJsonObject).find((row) => row.id === id) : undefined;
}

/** A `move` that was killed before its one write: the old address still holds the entry. */
function isBoundElsewhere(ledger: Ledger, address: string, id: string): boolean {
  return [...ledger.entries].some(
    ([other, binding]) =>
      other !== address && binding.id === id && providerOf(other) === providerOf(address),
  );
}

/** Of an address `<provider>#<source>`. */
function isSuppressed(auth: JsonObject, address: string): boolean {
  const at = address.indexOf('#');
  return suppressedSources(auth, address.slice(0, at)).includes(address.slice(at + 1));
}
