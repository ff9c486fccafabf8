import { isJsonObject } from '../../base/json.ts';
import type {
  ForgetChange,
  LogoutChange,
  MoveChange,
  RemoveChange,
  SuppressChange,
  UnsuppressChange,
} from '../../plan/change.ts';
import { editLedger, unbind, unbindSession, without } from '../../pool/draft-ledger.ts';
import {
  endLogin,
  importPool,
  renumber,
  setPool,
  suppress,
  unsuppress,
} from '../../pool/draft-pool.ts';
import { loginFileOf } from '../login-files.ts';
import { factOf, getRow, type Handler } from './handler.ts';
import { cleanUpSource } from './removal-steps.ts';

/** Removes one entry and, as the change says, what it came from. */
export const handleRemove: Handler<RemoveChange> = (draft, change, supply) => {
  const before = importPool(draft, change.provider);
  const entry = getRow(before, change.provider, change.row);
  const fact = factOf(before, entry.id);
  const remaining = before.filter((other) => other.id !== entry.id);
  setPool(draft, change.provider, renumber(remaining));
  unbind(draft, change.provider, change.row);
  if (change.cleanup === 'entry') return { entry: fact, lines: [] };
  if (change.cleanup === 'suppress') {
    // Not noted as ours: no line of a declaration says it, so none that is dropped may lift it. The
    // credential's own block does, when it comes back.
    suppress(draft, change.provider, [entry.source]);
    return { entry: fact, lines: [] };
  }
  const { suppresses, lines } = cleanUpSource(draft, entry, supply);
  suppress(draft, change.provider, suppresses);
  // A login that ended takes the row that it fed along, in the same write.
  setPool(draft, change.provider, renumber(importPool(draft, change.provider)));
  return { entry: fact, lines };
};

export const handleSuppress: Handler<SuppressChange> = (draft, change) => {
  const before = importPool(draft, change.provider);
  const { row } = change;
  if (row !== undefined) {
    const entry = getRow(before, change.provider, row);
    setPool(draft, change.provider, renumber(before.filter((other) => other.id !== entry.id)));
    unbind(draft, change.provider, row);
  }
  suppress(draft, change.provider, [change.source]);
  if (change.managed !== undefined)
    ownSuppression(draft, change.address, change.managed.declaration);
  return { lines: [] };
};

export const handleUnsuppress: Handler<UnsuppressChange> = (draft, change) => {
  unsuppress(draft, change.provider, [change.source]);
  editLedger(draft, (ledger) => ({ suppressions: without(ledger.suppressions, change.address) }));
  return { lines: [] };
};

function ownSuppression(
  draft: Parameters<typeof suppress>[0],
  address: string,
  declaration: string,
): void {
  editLedger(draft, (ledger) => ({
    suppressions: new Map(ledger.suppressions).set(address, declaration),
  }));
}

/** Ends the single login and the whole pool of a provider, as `logout` does (pool-store §11). */
export const handleLogout: Handler<LogoutChange> = (draft, change) => {
  const { provider } = change;
  const entries = importPool(draft, provider);
  for (const entry of entries) unbind(draft, provider, entry);
  const pools = draft.auth.credential_pool;
  if (isJsonObject(pools)) delete pools[provider];
  endLogin(draft, provider);
  unbindSession(draft, provider);
  const file = loginFileOf(provider);
  if (file !== undefined) draft.removeFile(file);
  if (draft.auth.active_provider === provider) draft.auth.active_provider = null;
  suppress(draft, provider, change.suppress);
  if (draft.inputs.settings.model.providerId === provider) {
    // Older files have the key at the top (pool-store §6).
    const inModel = draft.config.get(['model', 'provider']) !== undefined;
    draft.config = draft.config.set(inModel ? ['model', 'provider'] : ['provider'], 'auto');
    if (draft.config.get(['model', 'base_url']) !== undefined) {
      draft.config = draft.config.set(['model', 'base_url'], 'https://openrouter.ai/api/v1');
    }
  }
  return { count: entries.length, lines: [] };
};

export const handleMove: Handler<MoveChange> = (draft, change) => {
  const binding = draft.ledger.entries.get(change.address);
  if (binding !== undefined) {
    editLedger(draft, (ledger) => ({
      entries: without(ledger.entries, change.address).set(change.to, binding),
    }));
  }
  return { lines: [] };
};

export const handleForget: Handler<ForgetChange> = (draft, change) => {
  // An entry, a suppression, a definition or a login: their addresses never meet.
  editLedger(draft, ({ entries, suppressions, definitions, sessions }) => ({
    entries: without(entries, change.address),
    suppressions: without(suppressions, change.address),
    definitions: without(definitions, change.address),
    sessions: without(sessions, change.address),
  }));
  return { lines: [] };
};
