import { Secret } from '../base/secret.ts';
import type { Change, Row } from '../plan/change.ts';
import { inOrder } from '../plan/order.ts';
import { renumber } from '../pool/draft-pool.ts';
import { byPriority, type Entry, newRow, parseEntry, STATUS_FIELDS } from '../pool/entry.ts';
import { type Pin, pinnedEntry } from '../pool/pins.ts';
import { rankOrder, withRow } from '../pool/pools.ts';
import type { Strategy } from '../pool/strategy.ts';

/** A pool as a request would find it. */
export interface PickedFrom {
  readonly entries: readonly Entry[];
  readonly strategy: Strategy;
  readonly pin: Pin | undefined;
}

/**
 * What requests will pick from once the changes of one provider are made, its logins among them, as far
 * as can be told beforehand. Pure; new entries have ids and secrets that mean nothing.
 */
export function poolAfter(
  pool: PickedFrom,
  provider: string,
  changes: readonly Change[],
): PickedFrom {
  return changes.reduce((before, change) => after(before, provider, change), pool);
}

function after(pool: PickedFrom, provider: string, change: Change): PickedFrom {
  const { entries } = pool;
  const withEntries = (next: readonly Entry[]): PickedFrom => ({ ...pool, entries: next });
  switch (change.action) {
    case 'add':
      return withEntries(
        change.source === 'manual'
          ? [...entries, newEntry(provider, entries, change.label, 'manual')]
          : taken(provider, entries, change.label, change.source),
      );
    case 'import':
      return withEntries(taken(provider, entries, change.label ?? provider, 'import'));
    case 'login':
      return withEntries([
        ...entries,
        newEntry(provider, entries, change.label ?? provider, 'manual'),
      ]);
    case 'relogin':
      return withEntries(edited(entries, change.row, renewed));
    case 'rotate':
      return replaced(pool, change.row, ({ priority }) =>
        newEntry(provider, entries, change.label, 'manual', priority),
      );
    case 'relabel':
      return replaced(pool, change.row, (entry) =>
        withRow(entry, { ...entry.raw, label: change.label }),
      );
    case 'reorder':
      return withEntries(renumber(rankOrder(provider, inOrder(byPriority(entries), change))));
    case 'strategy':
      return { ...pool, strategy: change.after };
    case 'use':
      return { ...pool, pin: pinAfter(entries, change.label, change.row) };
    case 'suppress':
    case 'remove':
      return withEntries(entries.filter(({ id }) => id !== change.row?.id));
    default:
      return pool;
  }
}

/** A new entry behind the others. Its id is none that a store has. */
function newEntry(
  provider: string,
  others: readonly Entry[],
  label: string,
  source: string,
  priority = Math.max(-1, ...others.map((other) => other.priority)) + 1,
): Entry {
  let number = others.length;
  while (others.some((other) => other.id === `new ${number}`)) number++;
  const id = `new ${number}`;
  const secret = new Secret('to come');
  const row = newRow(provider, {
    ...{ id, label, type: 'api_key' as const, priority, source },
    ...{ secret, baseUrl: undefined },
  });
  return { ...parseEntry(provider, row, id), secret };
}

/** What a source offers, under its label; new where nothing is offered yet. */
function taken(
  provider: string,
  entries: readonly Entry[],
  label: string,
  source: string,
): readonly Entry[] {
  const offered = entries.find((entry) => entry.source === source);
  if (offered === undefined) return [...entries, newEntry(provider, entries, label, source)];
  return edited(entries, offered, (entry) => withRow(entry, { ...entry.raw, label }));
}

/** Another entry in the place of one, and the pin on it. */
function replaced(pool: PickedFrom, { id }: Row, make: (old: Entry) => Entry): PickedFrom {
  const old = pool.entries.find((entry) => entry.id === id);
  if (old === undefined) return pool;
  const entry = make(old);
  const isPinned = pinnedEntry(pool.entries, pool.pin) === old;
  const entries = edited(pool.entries, old, () => entry);
  return { ...pool, entries, pin: isPinned ? entry : pool.pin };
}

function renewed(entry: Entry): Entry {
  const row = { ...entry.raw };
  for (const field of STATUS_FIELDS) row[field] = null;
  delete row.expires_at;
  delete row.expires_at_ms;
  return withRow(entry, row);
}

function pinAfter(
  entries: readonly Entry[],
  label: string | undefined,
  row: Row | undefined,
): Pin | undefined {
  if (label === undefined) return undefined;
  return (
    entries.find(({ id }) => id === row?.id) ?? entries.findLast((each) => each.label === label)
  );
}

function edited(
  entries: readonly Entry[],
  row: { readonly id: string } | undefined,
  edit: (entry: Entry) => Entry,
): readonly Entry[] {
  return entries.map((entry) => (entry.id === row?.id ? edit(entry) : entry));
}
