import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import type { McpOAuth, McpServer } from '../providers/mcp/mcp-server.ts';
import { readConfigFile } from './config-file.ts';
import type { Home } from './home.ts';

/** An entry of `mcp_servers` as it is written, whether or not it takes a login. */
export interface McpEntry {
  readonly name: string;
  readonly url: string | undefined;
  /** `oauth`, or how else the server is reached. */
  readonly auth: string | undefined;
  readonly oauth: McpOAuth;
  readonly connectTimeoutMs: number | undefined;
}

/** Why an entry takes no OAuth login. */
export type McpObstacle = 'no_url' | 'not_oauth';

/**
 * The MCP servers of `config.yaml`, in its order (oauth-flows §10). Loads the YAML library.
 *
 * @param env for `${VAR}` inside strings
 * @throws `config_not_understood` and what reading a file can throw
 */
export async function readMcpServers(
  home: Home,
  env: (name: string) => string | undefined,
): Promise<McpEntry[]> {
  const servers = (await readConfigFile(home.configFile)).get(['mcp_servers']);
  if (!isJsonObject(servers)) return [];
  return Object.entries(servers).flatMap(([name, entry]) =>
    isJsonObject(entry) ? parseEntry(name, entry, env) : [],
  );
}

/** The server that a login can be made at, or why there is none. */
export function loginServer(entry: McpEntry): McpServer | McpObstacle {
  if (entry.url === undefined) return 'no_url';
  if (entry.auth?.toLowerCase() !== 'oauth') return 'not_oauth';
  return { ...entry, url: entry.url };
}

function parseEntry(
  name: string,
  entry: JsonObject,
  env: (name: string) => string | undefined,
): McpEntry {
  const text = (object: JsonObject, key: string): string | undefined =>
    stringAt(object, key)?.replace(
      /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g,
      (whole, variable: string) => env(variable) ?? whole,
    );
  const oauth = isJsonObject(entry.oauth) ? entry.oauth : {};
  const secret = text(oauth, 'client_secret');
  return {
    name,
    url: text(entry, 'url'),
    auth: text(entry, 'auth'),
    oauth: {
      clientId: text(oauth, 'client_id'),
      clientSecret: secret === undefined ? undefined : new Secret(secret),
      clientName: text(oauth, 'client_name'),
      scope: text(oauth, 'scope'),
      redirectPort: portOf(oauth.redirect_port),
      redirectHost: text(oauth, 'redirect_host'),
      redirectUri: text(oauth, 'redirect_uri'),
      tokenEndpointAuthMethod: text(oauth, 'token_endpoint_auth_method'),
      waitMs: secondsOf(oauth.timeout),
    },
    connectTimeoutMs: secondsOf(entry.connect_timeout),
  };
}

/** 0 and nonsense mean any free port. */
function portOf(value: Json | undefined): number | undefined {
  const port = typeof value === 'string' ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536
    ? port
    : undefined;
}

function secondsOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && value > 0 ? value * 1000 : undefined;
}
