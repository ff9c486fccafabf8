import type { Deps } from '../base/deps.ts';
import { escapeControls } from '../base/text.ts';
import type { LoginChange, McpLoginChange } from '../plan/change.ts';
import type { AnyChange } from '../plan/request.ts';
import type { Home } from '../pool/home.ts';
import {
  dropItem,
  type InboxItem,
  type ManagedLogin,
  putGrant,
  putMcpGrant,
} from '../pool/inbox.ts';
import type { PoolStore } from '../pool/store.ts';
import { type Taken, takeGrants } from '../pool/take-grants.ts';
import type { Supply } from './handlers/handler.ts';

/**
 * Runs the storing of a change with its grant safe on disk: a single-use refresh token that nobody
 * kept would be lost with the process (design §7.4). A change without a grant is just run.
 *
 * @throws what `store` throws; the grant stays in the inbox then, and the next command stores it
 */
export async function keepingGrant<T>(
  deps: Pick<Deps, 'clock' | 'random'>,
  store: PoolStore,
  change: AnyChange,
  supply: Supply,
  run: () => Promise<T>,
): Promise<T> {
  const item = putIn(store.home, deps, change, supply);
  const done = await run();
  if (item !== undefined) dropItem(item);
  return done;
}

function putIn(
  home: Home,
  deps: Pick<Deps, 'clock' | 'random'>,
  change: AnyChange,
  { grant, mcpGrant }: Supply,
): InboxItem | undefined {
  if (change.action === 'mcp_login' && mcpGrant !== undefined)
    return putMcpGrant(home, deps, { server: change.server, mcpGrant, managed: managedBy(change) });
  if (!isLogin(change) || grant === undefined) return undefined;
  return putGrant(home, deps, {
    provider: change.provider,
    grant,
    label: change.label,
    entryId: change.row?.id,
    managed: managedBy(change),
  });
}

/**
 * Stores what an earlier command got and could not store; at the start of every command that changes
 * the home. One look into a directory when there is nothing.
 */
export async function settleInbox(
  deps: Pick<Deps, 'clock' | 'random' | 'notice'>,
  store: PoolStore,
): Promise<void> {
  const taken = await takeGrants(deps, store);
  for (const item of taken) if (item.state === 'stored') deps.notice(storedNote(item));
}

function storedNote({ address }: Taken): string {
  return `Stored the login of ${escapeControls(address)} that an interrupted command had got`;
}

function isLogin(change: AnyChange): change is LoginChange {
  return change.action === 'login' || change.action === 'relogin';
}

function managedBy({ address, managed }: LoginChange | McpLoginChange): ManagedLogin | undefined {
  return managed && { address, ...managed };
}
