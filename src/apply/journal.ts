import type { Change } from '../plan/change.ts';
import type { Home } from '../pool/home.ts';
import { appendDurable, ensureDir } from '../pool/write-atomic.ts';

/** One line of `journal.jsonl`: what happened to a change, without any secret. */
export interface JournalLine {
  /** ISO time. */
  readonly at: string;
  readonly event: 'begin' | 'done' | 'failed';
  readonly action: Change['action'];
  readonly address: string;
  readonly reason: Change['reason'];
  /** Name and content hash of the declaration; absent for imperative commands. */
  readonly declaration?: string;
  readonly sha256?: string;
  /** Error code of a failed change. */
  readonly error?: string;
}

/** Appends one line and waits until it is on disk. Only while the home's lock is held. */
export function writeJournal(home: Home, line: JournalLine): void {
  ensureDir(home.ownDir);
  appendDurable(home.journalFile, JSON.stringify(line));
}
