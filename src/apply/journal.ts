import type { JsonObject } from '../base/json.ts';
import type { AnyChange } from '../plan/request.ts';
import type { Home } from '../pool/home.ts';
import { ensureDir } from '../pool/write/directories.ts';
import { appendDurable } from '../pool/write/write-in-place.ts';

/** Which declaration a change comes from, for the journal. */
export interface Origin {
  readonly declaration: string;
  readonly sha256: string;
}

/** One line of `journal.jsonl`: what happened to a change, without any secret. */
export interface JournalLine {
  /** ISO time. */
  readonly at: string;
  readonly event: 'begin' | 'done' | 'failed';
  readonly action: AnyChange['action'];
  readonly address: string;
  readonly reason: AnyChange['reason'];
  /** Name and content hash of the declaration; absent for imperative commands. */
  readonly declaration?: string;
  readonly sha256?: string;
  /** With `begin` and `failed`: what the ledger is, or was, about to note, in the form of its file. */
  readonly notes?: object;
  /** With those of several changes in one write: how many lines end here. */
  readonly together?: number;
  /** Error code of a failed change. */
  readonly error?: string;
}

/**
 * Appends lines, ours or some that were read here, and waits until they are on disk: all of them, or
 * the last is torn or missing. Only while the home's lock is held.
 */
export function writeJournal(home: Home, lines: readonly (JournalLine | JsonObject)[]): void {
  ensureDir(home.ownDir);
  appendDurable(home.journalFile, lines.map((line) => JSON.stringify(line)).join('\n'));
}
