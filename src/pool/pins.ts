/** The choice of one entry of a provider; stored in the ledger, because Hermes drops what it does not know. */
export interface Pin {
  readonly id: string;
  readonly label: string;
}

/** A pin that an apply set, and for which declaration. */
export interface OwnedPin extends Pin {
  readonly declaration: string;
}

/**
 * The entry that a pin means: the one with its id, else the only one with its label, because a
 * rotation gives the same credential a new id. Undefined when it is gone: then the pin has no effect.
 */
export function pinnedEntry<E extends Pin>(
  entries: readonly E[],
  pin: Pin | undefined,
): E | undefined {
  if (pin === undefined) return undefined;
  const byId = entries.find((entry) => entry.id === pin.id);
  if (byId !== undefined) return byId;
  const named = entries.filter((entry) => entry.label === pin.label);
  return named.length === 1 ? named[0] : undefined;
}

/** True when two pins mean the same entry in the same words; of none, none is the same. */
export function isSamePin(one: Pin | undefined, other: Pin | undefined): boolean {
  return one !== undefined && one.id === other?.id && one.label === other.label;
}
