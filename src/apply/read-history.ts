import { type JsonObject, parseObject, stringAt } from '../base/json.ts';
import type { Home } from '../pool/home.ts';
import { readRegularFile } from '../pool/read-file.ts';

/** One change that was begun in a home, and what became of it. */
export interface HistoryItem {
  /** ISO time. */
  readonly at: string;
  readonly action: string;
  readonly address: string;
  readonly reason: string;
  /** `interrupted`: the process ended before it said more; the change may have been made. */
  readonly result: 'done' | 'failed' | 'interrupted';
  /** Error code of a failed change. */
  readonly error: string | undefined;
  /** Name and content hash of the declaration; undefined for commands of a person. */
  readonly declaration: string | undefined;
  readonly sha256: string | undefined;
}

export interface History {
  /** Oldest first. */
  readonly items: readonly HistoryItem[];
  /** Lines that are no lines of ours: torn by a crash, or of another program. */
  readonly unreadable: number;
}

const JOURNAL_BYTES = 256 * 1024 * 1024;

/** What was done to a home, from its journal. Writes nothing. */
export function readHistory(home: Home): History {
  const text = readRegularFile(home.journalFile, JOURNAL_BYTES)?.text ?? '';
  const items: HistoryItem[] = [];
  const open = new Map<string, number[]>();
  let unreadable = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const row = parseObject(line);
    const begun = row && itemOf(row);
    if (row === undefined || begun === undefined) {
      unreadable++;
      continue;
    }
    const key = JSON.stringify([begun.action, begun.address]);
    const waiting = open.get(key) ?? [];
    open.set(key, waiting);
    if (row.event === 'begin') {
      waiting.push(items.push(begun) - 1);
      continue;
    }
    // Begin and end are written under one lock: an older begin was cut off, and has no end.
    const index = waiting.pop() ?? items.push(begun) - 1;
    const started = items[index] ?? begun;
    const result = row.event === 'done' ? 'done' : 'failed';
    items[index] = { ...started, result, error: stringAt(row, 'error') };
  }
  return { items, unreadable };
}

function itemOf(row: JsonObject): HistoryItem | undefined {
  const at = stringAt(row, 'at');
  const action = stringAt(row, 'action');
  const address = stringAt(row, 'address');
  const known = row.event === 'begin' || row.event === 'done' || row.event === 'failed';
  if (at === undefined || action === undefined || address === undefined || !known) return undefined;
  return {
    at,
    action,
    address,
    reason: stringAt(row, 'reason') ?? '',
    result: 'interrupted',
    error: undefined,
    declaration: stringAt(row, 'declaration'),
    sha256: stringAt(row, 'sha256'),
  };
}
