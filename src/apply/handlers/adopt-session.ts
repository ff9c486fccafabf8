import { GormesError } from '../../base/errors.ts';
import { escapeControls } from '../../base/text.ts';
import { bindSession, bindStoredLogin } from '../../pool/draft-ledger.ts';
import { loginState } from '../../pool/draft-pool.ts';
import type { Managed } from '../../pool/ledger.ts';
import { readMcpClient, readMcpLogin } from '../../pool/mcp-tokens.ts';
import { mcpServerOf } from '../../pool/session.ts';
import type { Draft } from '../../pool/store.ts';

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
