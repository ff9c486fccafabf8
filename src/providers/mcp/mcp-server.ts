import type { JsonObject } from '../../base/json.ts';
import type { Secret } from '../../base/secret.ts';
import type { Tokens } from '../flows/token-reply.ts';

/** An MCP server of `config.yaml` that takes OAuth logins (oauth-flows §10). */
export interface McpServer {
  /** Key in `mcp_servers`. */
  readonly name: string;
  readonly url: string;
  readonly oauth: McpOAuth;
  /** Milliseconds for one request to the server; undefined where nobody says. */
  readonly connectTimeoutMs: number | undefined;
}

/** `mcp_servers.<name>.oauth`; all of it is optional. */
export interface McpOAuth {
  /** A client that is registered already; without one a client is registered (RFC 7591). */
  readonly clientId: string | undefined;
  readonly clientSecret: Secret | undefined;
  readonly clientName: string | undefined;
  /** Wins over what the server asks for. */
  readonly scope: string | undefined;
  /** Undefined takes any free port. */
  readonly redirectPort: number | undefined;
  readonly redirectHost: string | undefined;
  /** Wins over port and host. */
  readonly redirectUri: string | undefined;
  readonly tokenEndpointAuthMethod: string | undefined;
  /** Milliseconds that a person may take. */
  readonly waitMs: number | undefined;
}

/** What a login at an MCP server yields. */
export interface McpGrant {
  readonly tokens: Omit<Tokens, 'body' | 'idToken'>;
  readonly client: McpClient;
  /** Metadata of the authorization server, as it answered. */
  readonly metadata: JsonObject;
}

/** What we are to the authorization server. */
export interface McpClient {
  readonly id: string;
  readonly secret: Secret | undefined;
  /** The registration without its secrets, under the names of RFC 7591. */
  readonly facts: JsonObject;
}
