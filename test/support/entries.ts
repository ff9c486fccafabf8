import type { JsonObject } from '../../src/base/json.ts';
import { type Entry, parseEntry } from '../../src/pool/entry.ts';

/** An entry of a pool for unit tests; fields as the file writes them. */
export function entryOf(raw: JsonObject = {}, provider = 'openrouter'): Entry {
  const row = { id: 'aaaaaa', label: 'a', source: 'manual', access_token: 'k', ...raw };
  return parseEntry(provider, row, 'ffffff');
}

/** Entries with the priorities 0, 1, … and ids by their labels. */
export function entriesOf(rows: readonly JsonObject[], provider = 'openrouter'): Entry[] {
  return rows.map((row, priority) =>
    entryOf({ id: `id-${row.label}`, priority, ...row }, provider),
  );
}
