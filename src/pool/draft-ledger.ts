import { stringAt } from '../base/json.ts';
import { accountOf } from '../base/jwt.ts';
import { loginState } from './draft-pool.ts';
import type { Entry } from './entry.ts';
import type { Ledger, Managed } from './ledger.ts';
import { isSamePin, pinnedEntry } from './pins.ts';
import type { Draft } from './store.ts';

/** Notes in the ledger that an address is managed and which entry it is; nothing for imperative changes. */
export function bind(
  draft: Draft,
  address: string,
  entry: Entry,
  managed: Managed | undefined,
): void {
  if (managed === undefined) return;
  const binding = {
    declaration: managed.declaration,
    id: entry.id,
    type: entry.type,
    source: entry.source,
    label: entry.label,
    fingerprint: entry.secret.isEmpty ? undefined : draft.fingerprint(entry.secret),
    account: entry.type === 'oauth' ? accountOf(entry.secret) : undefined,
    protect: managed.protect,
  };
  const { ledger } = draft;
  draft.ledger = {
    ...ledger,
    entries: new Map(ledger.entries).set(address, binding),
    // What is managed again has not come back against our will.
    tombstones: ledger.tombstones.filter(
      (tombstone) =>
        tombstone.id !== entry.id || !tombstone.address.startsWith(`${entry.provider}/`),
    ),
  };
}

/** Ends what the ledger knows of a removed entry, and remembers the id in case it comes back. */
export function unbind(draft: Draft, provider: string, row: Pick<Entry, 'id'>): void {
  const bound = [...draft.ledger.entries].filter(
    ([address, binding]) => address.startsWith(`${provider}/`) && binding.id === row.id,
  );
  if (bound.length === 0) return;
  const entries = new Map(draft.ledger.entries);
  const tombstones = [...draft.ledger.tombstones];
  for (const [address, binding] of bound) {
    entries.delete(address);
    tombstones.push({ address, id: row.id, fingerprint: binding.fingerprint });
  }
  draft.ledger = { ...draft.ledger, entries, tombstones };
}

/** Keeps a pin on its entry, which stands under another id or label from now on. */
export function followPin(
  draft: Draft,
  before: readonly Entry[],
  old: Entry,
  { provider, id, label }: Entry,
): void {
  const { pins, ownedPins } = draft.ledger;
  const pin = pins.get(provider);
  if (pin === undefined || pinnedEntry(before, pin) !== old) return;
  const owned = ownedPins.get(provider);
  const isOurs = owned !== undefined && isSamePin(owned, pin);
  editLedger(draft, () => ({
    pins: new Map(pins).set(provider, { id, label }),
    ownedPins: isOurs ? new Map(ownedPins).set(provider, { ...owned, id, label }) : ownedPins,
  }));
}

/**
 * Notes in the ledger whose a login outside the pool is. One that a person makes by hand is nobody's,
 * unless it takes the place of a managed one: then that declaration goes on managing it.
 *
 * @param client client id of the login
 */
export function bindSession(
  draft: Draft,
  address: string,
  client: string | undefined,
  managed: Managed | undefined,
): void {
  const owner = managed ?? draft.ledger.sessions.get(address);
  if (owner === undefined) return;
  const { declaration, protect } = owner;
  editLedger(draft, ({ sessions }) => ({
    sessions: new Map(sessions).set(address, { declaration, client, protect }),
  }));
}

/** As `bindSession`, with the login of a provider as the draft holds it. */
export function bindStoredLogin(
  draft: Draft,
  provider: string,
  managed: Managed | undefined,
): void {
  const state = loginState(draft, provider);
  bindSession(draft, provider, state && stringAt(state, 'client_id'), managed);
}

/** Ends what the ledger knows of a login outside the pool. */
export function unbindSession(draft: Draft, address: string): void {
  if (!draft.ledger.sessions.has(address)) return;
  editLedger(draft, ({ sessions }) => ({ sessions: without(sessions, address) }));
}

/** The same ledger with other maps; small edits of handlers. */
export function editLedger(draft: Draft, edit: (ledger: Ledger) => Partial<Ledger>): void {
  draft.ledger = { ...draft.ledger, ...edit(draft.ledger) };
}

/** A map without one key. */
export function without<K, V>(map: ReadonlyMap<K, V>, key: K): Map<K, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
