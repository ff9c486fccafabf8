import type { Deps, Http } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { escapeControls, listOf } from '../base/text.ts';
import type { McpLoginChange } from '../plan/change.ts';
import { type LiveMcp, obstacleOf } from '../pool/mcp-logins.ts';
import { loginServer, type McpEntry, readMcpServers } from '../pool/mcp-servers.ts';
import { mcpAddress } from '../pool/session.ts';
import type { PoolStore } from '../pool/store.ts';
import type { McpGrant, McpServer } from '../providers/mcp/mcp-server.ts';
import { executeChange } from './executor.ts';
import type { LoginIo } from './log-in.ts';
import { newIdFrom } from './new-id.ts';

export interface McpLoginInput {
  readonly server: string;
  /** Milliseconds that a person may take; undefined: as `config.yaml` says. */
  readonly waitMs: number | undefined;
}

export interface McpLogin {
  readonly server: string;
  /** Tools that the server offers to the new login. */
  readonly tools: number;
}

/**
 * Logs in at an MCP server, stores the login, then connects with it and counts the tools. The stored
 * login stays until the new one is complete.
 *
 * @throws `mcp_not_configured`, `mcp_no_url`, `mcp_not_oauth`, `mcp_same_file`, what the login and the
 *   executor throw; `mcp_unreachable` when the login is stored and the server does not answer to it
 */
export async function logInAtMcp(
  deps: Deps,
  store: PoolStore,
  io: LoginIo,
  input: McpLoginInput,
): Promise<McpLogin> {
  const server = await getMcpServer(store, input.server);
  const http = await deps.http();
  const grant = await grantOfMcp(deps, io, server, http, input.waitMs);
  const change = mcpLoginChange(server.name, 'requested');
  const supply = { env: deps.env, newId: newIdFrom(deps.random), mcpGrant: grant };
  await executeChange(deps, store, change, supply);
  deps.notice('The login is stored. Connecting with it…');
  const { countTools } = await import('../providers/mcp/count-tools.ts');
  const tools = await countTools(http, server, grant.tokens.accessToken, deps.signal);
  return { server: server.name, tools };
}

/** The login alone; stores nothing. */
export async function grantOfMcp(
  deps: Deps,
  io: LoginIo,
  server: McpServer,
  http: Http,
  waitMs: number | undefined,
): Promise<McpGrant> {
  const { logInMcp } = await import('../providers/mcp/log-in.ts');
  const address = mcpAddress(server.name);
  const { paste } = io;
  return await logInMcp(
    {
      clock: deps.clock,
      random: deps.random,
      http,
      signal: deps.signal,
      show: (announcement) => io.show(address, announcement),
      paste: paste && ((signal) => paste(address, signal)),
      waitMs,
    },
    server,
  );
}

/**
 * The server that a person or a declaration names.
 *
 * @throws `mcp_not_configured`, `mcp_no_url`, `mcp_not_oauth`, `mcp_same_file`
 */
export async function getMcpServer(store: PoolStore, name: string): Promise<McpServer> {
  const { inputs } = await store.read();
  const entries = await readMcpServers(store.home, inputs.env);
  const obstacle = obstacleOf(entries, name);
  const entry = entries.find((candidate) => candidate.name === name);
  const server = entry && loginServer(entry);
  if (obstacle === undefined && typeof server === 'object') return server;
  throw mcpObstacle(obstacle, name, entries);
}

/** Why a server can't be logged in to, or out of. */
export function mcpObstacle(
  obstacle: LiveMcp['obstacle'],
  name: string,
  entries: readonly McpEntry[],
): GormesError {
  const known = entries.filter((candidate) => typeof loginServer(candidate) === 'object');
  const guidance = GUIDANCE[obstacle ?? 'not_configured'];
  return guidance(escapeControls(name), listOf(known.map((each) => escapeControls(each.name))));
}

function mcpLoginChange(server: string, reason: McpLoginChange['reason']): McpLoginChange {
  return {
    action: 'mcp_login',
    address: mcpAddress(server),
    provider: 'mcp',
    reason,
    server,
    managed: undefined,
  };
}

/** Why there is nothing to log in to, and what to do about it (design §14.8). */
const GUIDANCE: Readonly<
  Record<NonNullable<LiveMcp['obstacle']>, (name: string, known: string) => GormesError>
> = {
  not_configured: (name, known) =>
    new GormesError('mcp_not_configured', `no MCP server is called "${name}" in config.yaml`, {
      hint: known === '' ? 'add one: hermes mcp add' : `servers with a login: ${known}`,
    }),
  no_url: (name) =>
    new GormesError('mcp_no_url', `the MCP server "${name}" has no url: it is a local program`, {
      hint: `a login needs mcp_servers.${name}.url in config.yaml`,
    }),
  not_oauth: (name) =>
    new GormesError('mcp_not_oauth', `the MCP server "${name}" is not configured for OAuth`, {
      hint: `set mcp_servers.${name}.auth to oauth in config.yaml; a key stands in its headers instead`,
    }),
  same_file: (name) =>
    new GormesError(
      'mcp_same_file',
      `another MCP server keeps its tokens in the file of "${name}"`,
      {
        hint: 'Hermes keeps them apart by letters, digits, _ and - only: rename one of the two',
      },
    ),
};
