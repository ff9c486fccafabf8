import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home.ts';
import { loginServer, type McpEntry, type McpObstacle, readMcpServers } from './mcp-servers.ts';
import { type McpLoginState, mcpFileName, readMcpClient, readMcpLogin } from './mcp-tokens.ts';

/** A server of the home, or what is stored for one that it no longer has. */
export interface LiveMcp {
  /** Why no login can be made there; undefined where one can. */
  readonly obstacle: McpObstacle | 'not_configured' | 'same_file' | undefined;
  readonly login: McpLoginState;
  /** Client id of the stored login: it outlives a refresh, and a new registration has another. */
  readonly client: string | undefined;
}

/** By key in `mcp_servers`. */
export type LiveMcps = ReadonlyMap<string, LiveMcp>;

/**
 * The MCP servers of a home that take logins, and how their logins stand. Reads only, and nothing at
 * all in a home that has no MCP login and is asked for none.
 *
 * @param named servers that somebody speaks of, whether or not `config.yaml` knows them
 * @param env for `${VAR}` in `config.yaml`
 * @throws `config_not_understood` and what reading a file can throw
 */
export async function readMcpLogins(
  home: Home,
  env: (name: string) => string | undefined,
  nowMs: number,
  named: readonly string[],
): Promise<LiveMcps> {
  if (named.length === 0 && !existsSync(join(home.dir, 'mcp-tokens'))) return new Map();
  const entries = await readMcpServers(home, env);
  const loggedInAt = entries.filter((entry) => typeof loginServer(entry) === 'object');
  const names = new Set([...named, ...loggedInAt.map(({ name }) => name)]);
  return new Map(
    [...names].map((name) => [
      name,
      {
        obstacle: obstacleOf(entries, name),
        login: readMcpLogin(home, name, nowMs),
        client: readMcpClient(home, name),
      },
    ]),
  );
}

/** Why no login can be made at a server; undefined where one can. */
export function obstacleOf(entries: readonly McpEntry[], name: string): LiveMcp['obstacle'] {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) return 'not_configured';
  const server = loginServer(entry);
  if (typeof server === 'string') return server;
  const twins = entries.filter((other) => mcpFileName(other.name) === mcpFileName(name));
  return twins.length > 1 ? 'same_file' : undefined;
}
