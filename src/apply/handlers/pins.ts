import type { UseChange } from '../../plan/change.ts';
import { editLedger, without } from '../../pool/draft-ledger.ts';
import { importPool } from '../../pool/draft-pool.ts';
import { isSamePin, type OwnedPin, type Pin } from '../../pool/pins.ts';
import type { Draft } from '../../pool/store.ts';
import { getBound, type Handler } from './handler.ts';

/**
 * Pins a provider to an entry, or lifts the pin. It stands in the ledger: Hermes drops from an entry
 * what it does not know.
 */
export const handleUse: Handler<UseChange> = (draft, change) => {
  const { provider, managed } = change;
  const pin = pinOf(draft, change);
  const { pins, ownedPins } = draft.ledger;
  const owned = managed === undefined ? byHand(draft, provider, pin) : ownedBy(managed, pin);
  // An apply lifts its own pin only: a person may have set another since the plan was made.
  const isTheirs =
    managed !== undefined &&
    pin === undefined &&
    !isSamePin(ownedPins.get(provider), pins.get(provider));
  if (!isTheirs && !isSamePin(pins.get(provider), pin) && pins.get(provider) !== pin)
    editLedger(draft, () => ({ pins: withPin(pins, provider, pin) }));
  if (ownedPins.get(provider) !== owned)
    editLedger(draft, () => ({ ownedPins: withPin(ownedPins, provider, owned) }));
  return { lines: [] };
};

function pinOf(
  draft: Draft,
  { address, provider, label, row, managed }: UseChange,
): Pin | undefined {
  if (label === undefined) return undefined;
  if (managed !== undefined) {
    const { id, label: live } = getBound(draft, importPool(draft, provider), address);
    return { id, label: live };
  }
  // May be an entry that a profile inherits, which is not in its own pool.
  return row && { id: row.id, label: row.label };
}

function ownedBy({ declaration }: { readonly declaration: string }, pin: Pin | undefined) {
  return pin && { ...pin, declaration };
}

/** What an apply set is remembered, unless a person chooses the very same: then it is theirs. */
function byHand(draft: Draft, provider: string, pin: Pin | undefined): OwnedPin | undefined {
  const owned = draft.ledger.ownedPins.get(provider);
  const isNew = !isSamePin(draft.ledger.pins.get(provider), pin);
  return isNew && isSamePin(owned, pin) ? undefined : owned;
}

function withPin<P>(pins: ReadonlyMap<string, P>, provider: string, pin: P | undefined) {
  return pin === undefined ? without(pins, provider) : new Map(pins).set(provider, pin);
}
