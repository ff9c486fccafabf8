import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GormesError } from '../base/errors.ts';
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
 * all in a home that has no MCP login and is asked for none. What can't be read and nobody speaks of
 * is left out: it must not stop what does not concern it.
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
  const reading = readMcpServers(home, env);
  const entries = await (named.length > 0 ? reading : reading.catch(unread));
  const takingLogins = entries.filter((entry) => typeof loginServer(entry) === 'object');
  const others = takingLogins.map(({ name }) => name).filter((name) => !named.includes(name));
  const read = (name: string): [string, LiveMcp] => [
    name,
    {
      obstacle: obstacleOf(entries, name),
      login: readMcpLogin(home, name, nowMs),
      client: readMcpClient(home, name),
    },
  ];
  const tolerant = (name: string): [string, LiveMcp][] => {
    try {
      return [read(name)];
    } catch (error) {
      return unread(error);
    }
  };
  return new Map([...named.map(read), ...others.flatMap(tolerant)]);
}

/** Nothing, for a failure that people can act on: it is said when somebody asks for the server. */
function unread(error: unknown): [] {
  if (!(error instanceof GormesError)) throw error;
  return [];
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
