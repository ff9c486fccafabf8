import { accountOf } from '../base/jwt.ts';
import type { Desired } from '../config/desired.ts';
import type { Managed, Row } from '../plan/change.ts';
import type { Entry } from '../pool/entry.ts';
import type { Ledger } from '../pool/ledger.ts';
import { isSamePin, pinnedEntry } from '../pool/pins.ts';
import { loadPool } from '../pool/pools.ts';
import type { Draft } from '../pool/store.ts';

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
export function unbind(draft: Draft, provider: string, row: Row): void {
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

/** The pins that applies set, without those that are neither declared any more nor in force. */
export function withoutStalePins(
  { pins, ownedPins }: Ledger,
  desired: Desired,
): Ledger['ownedPins'] {
  const isDeclared = (id: string): boolean =>
    desired.providers.some((provider) => provider.id === id && provider.pin !== undefined);
  const kept = [...ownedPins].filter(
    ([id, owned]) =>
      owned.declaration !== desired.name || isDeclared(id) || isSamePin(owned, pins.get(id)),
  );
  return kept.length === ownedPins.size ? ownedPins : new Map(kept);
}

/** Notes which managed logins are dead now: Hermes deletes them in time, and then nothing else tells why. */
export function withDeadNoted(draft: Draft, entries: Ledger['entries']): Ledger['entries'] {
  return new Map(
    [...entries].map(([address, { dead: _dead, ...binding }]) => {
      if (binding.type !== 'oauth') return [address, binding];
      const provider = address.slice(0, address.indexOf('/'));
      const pool = loadPool(provider, draft.auth, draft.inputs).entries;
      const entry = pool.find((candidate) => candidate.id === binding.id);
      if (entry?.status !== 'dead') return [address, binding];
      return [address, { ...binding, dead: { at: entry.statusAt, reason: entry.errorReason } }];
    }),
  );
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
