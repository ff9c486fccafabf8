import { GormesError } from '../base/errors.ts';
import { stringAt } from '../base/json.ts';
import { escapeControls } from '../base/text.ts';
import type { Managed } from '../plan/change.ts';
import { loginState } from '../pool/draft-pool.ts';
import { readMcpClient, readMcpLogin } from '../pool/mcp-tokens.ts';
import { mcpServerOf } from '../pool/session.ts';
import type { Draft } from '../pool/store.ts';
import { editLedger, without } from './bind.ts';

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

/**
 * Takes over a login that is live.
 *
 * @throws `row_changed` when it is gone
 */
export function adoptSession(draft: Draft, address: string, managed: Managed): void {
  const server = mcpServerOf(address);
  const isLive =
    server === undefined
      ? loginState(draft, address) !== undefined
      : readMcpLogin(draft.home, server, 0) !== 'absent';
  if (!isLive) {
    throw new GormesError('row_changed', `${escapeControls(address)} was logged out meanwhile`, {
      hint: 'run the command again',
    });
  }
  if (server === undefined) bindStoredLogin(draft, address, managed);
  else bindSession(draft, address, readMcpClient(draft.home, server), managed);
}

export function unbindSession(draft: Draft, address: string): void {
  if (!draft.ledger.sessions.has(address)) return;
  editLedger(draft, ({ sessions }) => ({ sessions: without(sessions, address) }));
}
