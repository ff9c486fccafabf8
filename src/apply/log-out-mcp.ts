import type { Deps } from '../base/deps.ts';
import type { McpLogoutChange } from '../plan/change.ts';
import { obstacleOf } from '../pool/mcp-logins.ts';
import { type McpEntry, readMcpServers } from '../pool/mcp-servers.ts';
import { hasMcpFiles, mcpFileName } from '../pool/mcp-tokens.ts';
import { mcpAddress } from '../pool/session.ts';
import type { PoolStore } from '../pool/store.ts';
import { executeChange } from './executor.ts';
import { mcpObstacle } from './log-in-mcp.ts';
import { newIdFrom } from './new-id.ts';

export interface McpLogout {
  readonly server: string;
  /** False when nothing was stored. */
  readonly loggedOut: boolean;
  /** The declaration that manages the login, which its next apply makes anew. */
  readonly declaration: string | undefined;
}

/**
 * Ends the login that is stored for an MCP server, also for one that `config.yaml` no longer has.
 * `config.yaml` stays, and nothing is revoked at the server.
 *
 * @throws `mcp_not_configured` for a name without server and login, `mcp_same_file`
 */
export async function logOutOfMcp(deps: Deps, store: PoolStore, name: string): Promise<McpLogout> {
  const { inputs } = await store.read();
  const entries = await readMcpServers(store.home, inputs.env);
  const isStored = hasMcpFiles(store.home, name);
  const obstacle = obstacleOf(entries, name);
  const isLost = obstacle === 'not_configured' && (!isStored || isOfAnother(entries, name));
  if (isLost || obstacle === 'same_file') throw mcpObstacle(obstacle, name, entries);
  const declaration = store.readLedger().sessions.get(mcpAddress(name))?.declaration;
  if (!isStored) return { server: name, loggedOut: false, declaration: undefined };
  const change: McpLogoutChange = {
    action: 'mcp_logout',
    address: mcpAddress(name),
    provider: 'mcp',
    reason: 'requested',
    server: name,
  };
  const supply = { env: deps.env, newId: newIdFrom(deps.random) };
  await executeChange(deps, store, change, supply);
  return { server: name, loggedOut: true, declaration };
}

/** Different names may give one file: what stands there is the login of the server that is defined. */
function isOfAnother(entries: readonly McpEntry[], name: string): boolean {
  return entries.some((entry) => mcpFileName(entry.name) === mcpFileName(name));
}
