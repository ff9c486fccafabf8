import { existsSync } from 'node:fs';
import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import type { Change } from '../plan/change.ts';
import { importPool } from '../pool/draft-pool.ts';
import { findExposure } from '../pool/exposed-home.ts';
import type { Home } from '../pool/home.ts';
import type { Draft, LockedStore, PoolStore } from '../pool/store.ts';
import { handleSettings } from './handle-chosen.ts';
import {
  handleAdd,
  handleAdopt,
  handleImport,
  handleRelabel,
  handleReorder,
  handleReset,
  handleRotate,
} from './handle-entries.ts';
import { handleLogin } from './handle-login.ts';
import { handleMcpLogin, handleMcpLogout } from './handle-mcp.ts';
import {
  handleForget,
  handleLogout,
  handleMove,
  handleRemove,
  handleSuppress,
  handleUnsuppress,
} from './handle-removals.ts';
import { handlePick, handleReport } from './handle-run-time.ts';
import {
  handleEndpoint,
  handleEnv,
  handleModel,
  handleStrategy,
  handleUndefine,
} from './handle-settings.ts';
import { handleUse } from './handle-use.ts';
import type { Done, Supply } from './handler.ts';
import { type JournalLine, writeJournal } from './journal.ts';
import { keepingGrant, settleInbox } from './keep-grant.ts';
import { notesBetween, settleLedger } from './unfinished.ts';

/** Which declaration a change comes from, for the journal. */
export interface Origin {
  readonly declaration: string;
  readonly sha256: string;
}

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
  change: Change,
  supply: Supply,
  origin?: Origin,
): Promise<Done> {
  // A pick moves what is Hermes' own (order, count), perhaps many times a second: no news.
  if (change.action === 'pick') return await store.update((draft) => handle(draft, change, supply));
  return await warnedOfExposure(deps, store.home, async () => {
    await settleInbox(deps, store);
    return await keepingGrant(deps, store, change, supply, () =>
      store.lock((held) => journaled(deps, held, store.home, change, supply, origin)),
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
  const done = await run();
  if (isFirst && existsSync(home.journalFile)) warnOfExposure(deps, home);
  return done;
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

/** Under one lock: begin, change, end. So the journal's last line tells what a kill left unfinished. */
async function journaled(
  deps: Pick<Deps, 'clock'>,
  held: LockedStore,
  home: Home,
  change: Change,
  supply: Supply,
  origin: Origin | undefined,
): Promise<Done> {
  const write = (event: JournalLine['event'], more: Pick<JournalLine, 'notes' | 'error'> = {}) =>
    writeJournal(home, {
      at: new Date(deps.clock.now()).toISOString(),
      event,
      action: change.action,
      address: change.address,
      reason: change.reason,
      ...origin,
      ...more,
    });
  await settleLedger(held, home);
  if (change.action === 'remove') await storeSources(held, change.provider);
  let begun: Pick<JournalLine, 'notes'> | undefined;
  const begin = (notes?: object): void => {
    const line = notes === undefined ? {} : { notes };
    // A file without a lock changed while it was edited, and the change is made anew.
    if (begun !== undefined) write('failed', { error: 'home_changing' });
    write('begin', line);
    begun = line;
  };
  try {
    const done = await held.update((draft) => {
      const before = draft.ledger;
      let made: Done;
      try {
        made = handle(draft, change, supply);
      } catch (error) {
        // A refusal; anything else may be the store's, which tries again with more at hand.
        if (error instanceof GormesError) begin();
        throw error;
      }
      begin(notesBetween(before, draft.ledger));
      return made;
    });
    write('done');
    return done;
  } catch (error) {
    const line = begun;
    // The store may have been written, and the ledger not: the notes are still to be taken.
    if (line) noteFailure(() => write('failed', { error: codeOf(error), ...line }));
    throw error;
  }
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

/** The journal must not hide why the change failed: on a full disk it can't be written either. */
export function noteFailure(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof GormesError)) throw error;
  }
}

export function codeOf(error: unknown): string {
  return error instanceof GormesError ? error.code : 'bug';
}

/** Makes a change true in a draft; the executor's own. */
export function handle(draft: Draft, change: Change, supply: Supply): Done {
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
    case 'env':
      return handleEnv(draft, change, supply);
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
