import type { LoginChange } from '../../plan/change.ts';
import { bind, bindStoredLogin } from '../../pool/draft-ledger.ts';
import { importPool } from '../../pool/draft-pool.ts';
import { storeGrant } from '../../pool/grants.ts';
import { factOf, type Handler } from './handler.ts';

/** Stores a login that a person completed: a new entry, or the renewal of the one that the address means. */
export const handleLogin: Handler<LoginChange> = (draft, change, supply) => {
  const { grant } = supply;
  if (grant === undefined) throw new Error(`no grant was supplied for ${change.address}`);
  const entry = storeGrant(draft, {
    provider: change.provider,
    label: change.label,
    grant,
    entryId: change.row?.id,
    newId: supply.newId,
  });
  if (entry === undefined) {
    bindStoredLogin(draft, change.provider, change.managed);
    return { lines: [] };
  }
  bind(draft, change.address, entry, change.managed);
  return { entry: factOf(importPool(draft, change.provider), entry.id), lines: [] };
};
