import type { Entry } from './entry.ts';

/** A person's choice of one entry of a provider; stored in the ledger, because Hermes drops what it does not know. */
export interface Pin {
  readonly id: string;
  readonly label: string;
}

/**
 * The entry that a pin means: the one with its id, else the only one with its label, because a
 * rotation gives the same credential a new id. Undefined when it is gone: then the pin has no effect.
 */
export function pinnedEntry(entries: readonly Entry[], pin: Pin | undefined): Entry | undefined {
  if (pin === undefined) return undefined;
  const byId = entries.find((entry) => entry.id === pin.id);
  if (byId !== undefined) return byId;
  const named = entries.filter((entry) => entry.label === pin.label);
  return named.length === 1 ? named[0] : undefined;
}
