import { existsSync } from 'node:fs';
import type { Deps } from '../base/deps.ts';
import { escapeControls } from '../base/text.ts';
import type { AnyChange } from '../plan/request.ts';
import { importPool } from '../pool/draft-pool.ts';
import { findExposure } from '../pool/exposed-home.ts';
import type { Home } from '../pool/home.ts';
import type { Draft, LockedStore, PoolStore } from '../pool/store.ts';
import { handleEndpoint, handleModel, handleStrategy, handleUndefine } from './handlers/config.ts';
import {
  handleAdd,
  handleAdopt,
  handleImport,
  handleRelabel,
  handleReorder,
  handleReset,
  handleRotate,
} from './handlers/entries.ts';
import type { Done, Supply } from './handlers/handler.ts';
import { handleLogin } from './handlers/login.ts';
import { handleMcpLogin, handleMcpLogout } from './handlers/mcp.ts';
import { handleUse } from './handlers/pins.ts';
import {
  handleForget,
  handleLogout,
  handleMove,
  handleRemove,
  handleSuppress,
  handleUnsuppress,
} from './handlers/removals.ts';
import { handlePick, handleReport } from './handlers/run-time.ts';
import { handleSettings } from './handlers/settings.ts';
import type { Origin } from './journal.ts';
import { journaled } from './journaled.ts';
import { keepingGrant, settleInbox } from './keep-grant.ts';
import { settleLedger } from './unfinished.ts';

/**
 * Makes one change true: the only way in which a home is changed, but for `executeTogether`, which
 * does the same with several. Takes the lock, reads everything afresh, checks the row, writes, and
 * notes it in ledger and journal.
 *
 * @throws `row_changed`, `home_locked`, and what the store can throw; nothing was changed then
 */
export async function executeChange(
  deps: Pick<Deps, 'clock' | 'random' | 'notice'>,
  store: PoolStore,
  change: AnyChange,
  supply: Supply,
  origin?: Origin,
): Promise<Done> {
  // A pick moves what is Hermes' own (order, count), perhaps many times a second: no news.
  if (change.action === 'pick') return await store.update((draft) => handle(draft, change, supply));
  const { home } = store;
  return await warnedOfExposure(deps, home, async () => {
    await settleInbox(deps, store);
    return await keepingGrant(deps, store, change, supply, () =>
      store.lock(async (held) => {
        await settleLedger(held, home);
        if (change.action === 'remove') await storeSources(held, change.provider);
        const make = (draft: Draft): Done => handle(draft, change, supply);
        return await journaled(deps, held, home, [change], origin, make);
      }),
    );
  });
}

/**
 * Runs what changes a home, and says behind it where the home stands exposed. Once: the journal begins
 * with the first change that a home gets from us.
 */
export async function warnedOfExposure<T>(
  deps: Pick<Deps, 'notice'>,
  home: Home,
  run: () => Promise<T>,
): Promise<T> {
  const isFirst = !existsSync(home.journalFile);
  try {
    return await run();
  } finally {
    // One that fails begins the journal too.
    if (isFirst && existsSync(home.journalFile)) warnOfExposure(deps, home);
  }
}

function warnOfExposure(deps: Pick<Deps, 'notice'>, home: Home): void {
  const exposure = findExposure(home);
  if (exposure === undefined) return;
  const path = escapeControls(exposure.path);
  deps.notice(
    exposure.kind === 'git'
      ? `Warning: this home is in a git work tree (${path}): keep auth.json and .env out of commits`
      : `Warning: this home is in a synced folder (${path}): exclude it there, or its keys leave this machine`,
  );
}

/**
 * Stores what the sources of a provider offer before one of them is taken away: when a removal is
 * killed between `.env` and the store, the row is still there to be removed by the next try.
 */
async function storeSources(held: LockedStore, provider: string): Promise<void> {
  await held.update((draft) => {
    importPool(draft, provider);
  });
}

/** Makes a change true in a draft; the executor's own. */
export function handle(draft: Draft, change: AnyChange, supply: Supply): Done {
  switch (change.action) {
    case 'add':
      return handleAdd(draft, change, supply);
    case 'import':
      return handleImport(draft, change, supply);
    case 'rotate':
      return handleRotate(draft, change, supply);
    case 'relabel':
      return handleRelabel(draft, change, supply);
    case 'reorder':
      return handleReorder(draft, change, supply);
    case 'adopt':
      return handleAdopt(draft, change, supply);
    case 'reset':
      return handleReset(draft, change, supply);
    case 'strategy':
      return handleStrategy(draft, change, supply);
    case 'endpoint':
      return handleEndpoint(draft, change, supply);
    case 'settings':
      return handleSettings(draft, change, supply);
    case 'undefine':
      return handleUndefine(draft, change, supply);
    case 'model':
      return handleModel(draft, change, supply);
    case 'suppress':
      return handleSuppress(draft, change, supply);
    case 'unsuppress':
      return handleUnsuppress(draft, change, supply);
    case 'remove':
      return handleRemove(draft, change, supply);
    case 'logout':
      return handleLogout(draft, change, supply);
    case 'move':
      return handleMove(draft, change, supply);
    case 'forget':
      return handleForget(draft, change, supply);
    case 'login':
    case 'relogin':
      return handleLogin(draft, change, supply);
    case 'pick':
      return handlePick(draft, change, supply);
    case 'report':
      return handleReport(draft, change, supply);
    case 'use':
      return handleUse(draft, change, supply);
    case 'mcp_login':
      return handleMcpLogin(draft, change, supply);
    case 'mcp_logout':
      return handleMcpLogout(draft, change, supply);
    case 'blocked':
    case 'unknown':
      throw new Error(`a change of action ${change.action} can't be executed`);
    default:
      return change satisfies never;
  }
}
