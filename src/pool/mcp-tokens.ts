import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Json, type JsonObject, parseObject, stringAt } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import type { McpGrant } from '../providers/mcp/mcp-server.ts';
import type { Home } from './home.ts';
import { readRegularFile } from './read-file.ts';

// `<home>/mcp-tokens/`: one login per MCP server in three files, laid out as Hermes reads them
// (oauth-flows §10). The texts hold secrets and are for the store alone.

/** Larger files are none of Hermes'. */
const FILE_BYTES = 1024 * 1024;
const NAME_LENGTH = 128;

/** The three files of a server's login. */
export interface McpFiles {
  readonly tokens: string;
  readonly client: string;
  readonly meta: string;
}

export type McpLoginState =
  /** There are no tokens, or the file makes no sense, which Hermes takes for none. */
  | 'absent'
  /** They can be renewed, or have not run out. */
  | 'usable'
  | 'expired';

/** Hermes' file name of a server; different names may give the same. */
export function mcpFileName(server: string): string {
  const name = server.replace(/[^\p{L}\p{N}_-]/gu, '_').replace(/^_+|_+$/g, '');
  return [...name].slice(0, NAME_LENGTH).join('') || 'default';
}

/** Paths of a server's files below the home. */
export function mcpFileNames(server: string): McpFiles {
  const at = (ending: string): string => join('mcp-tokens', `${mcpFileName(server)}${ending}`);
  return { tokens: at('.json'), client: at('.client.json'), meta: at('.meta.json') };
}

export function mcpFiles(home: Home, server: string): McpFiles {
  const { tokens, client, meta } = mcpFileNames(server);
  const at = (name: string): string => join(home.dir, name);
  return { tokens: at(tokens), client: at(client), meta: at(meta) };
}

/** The stored access token of a server and its end in Unix milliseconds. Reads only. */
export function readMcpTokens(
  home: Home,
  server: string,
): { readonly accessToken: Secret; readonly expiresAt: number | undefined } | undefined {
  const tokens = readObject(mcpFiles(home, server).tokens);
  const access = tokens && stringAt(tokens, 'access_token');
  if (tokens === undefined || access === undefined) return undefined;
  const end = tokens.expires_at;
  const expiresAt = typeof end === 'number' ? end * 1000 : undefined;
  return { accessToken: new Secret(access), expiresAt };
}

/** What is stored for a server. Reads only. */
export function readMcpLogin(home: Home, server: string, nowMs: number): McpLoginState {
  const tokens = readObject(mcpFiles(home, server).tokens);
  if (tokens === undefined) return 'absent';
  if (stringAt(tokens, 'refresh_token') !== undefined) return 'usable';
  if (stringAt(tokens, 'access_token') === undefined) return 'absent';
  const end = tokens.expires_at;
  return typeof end === 'number' && end * 1000 <= nowMs ? 'expired' : 'usable';
}

/** Whether anything of a login is stored for a server, whatever it is worth. */
export function hasMcpFiles(home: Home, server: string): boolean {
  return Object.values(mcpFiles(home, server)).some((path) => existsSync(path));
}

/** Client id that a stored login was made with; undefined where it is not told. Reads only. */
export function readMcpClient(home: Home, server: string): string | undefined {
  const client = readObject(mcpFiles(home, server).client);
  return client && stringAt(client, 'client_id');
}

/** The texts of the three files, in the order in which they are to be written. */
export function renderMcpGrant(grant: McpGrant, files: McpFiles): [path: string, text: string][] {
  const { client, metadata, tokens } = grant;
  return [
    [files.client, print({ ...client.facts, client_secret: client.secret?.reveal() })],
    [files.meta, print(metadata)],
    [
      files.tokens,
      print({
        access_token: tokens.accessToken.reveal(),
        // The Python SDK reads this spelling only.
        token_type: 'Bearer',
        expires_in: tokens.expiresIn,
        scope: tokens.scope,
        refresh_token: tokens.refreshToken?.reveal(),
        expires_at: tokens.expiresAt === undefined ? undefined : tokens.expiresAt / 1000,
      }),
    ],
  ];
}

/** Members that are undefined are left out. */
function print(value: Readonly<Record<string, Json | undefined>>): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Undefined for a file that is not there, or makes no sense. */
function readObject(path: string): JsonObject | undefined {
  const text = readRegularFile(path, FILE_BYTES)?.text;
  return text === undefined ? undefined : parseObject(text);
}
