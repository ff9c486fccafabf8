import {
  discoverAuthorizationServerMetadata,
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { checkResourceAllowed } from '@modelcontextprotocol/sdk/shared/auth-utils.js';
import { LATEST_PROTOCOL_VERSION } from '@modelcontextprotocol/sdk/types.js';
import { GormesError } from '../../base/errors.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../../base/json.ts';
import { isSameSite, secureUrl } from '../flows/same-site.ts';
import type { Fetch } from './fetch-over.ts';
import { mcpNoLogin, mcpUnreachable, mcpUntrusted } from './mcp-errors.ts';
import type { McpServer } from './mcp-server.ts';

/** Where to log in for an MCP server, and what to ask for. Every address is checked. */
export interface Discovered {
  readonly issuer: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly registerUrl: string | undefined;
  /** What the tokens are for (RFC 8707); undefined where the server does not say. */
  readonly resource: string | undefined;
  /** What the server asks for; empty where it does not say. */
  readonly scopes: readonly string[];
  readonly namesIssuer: boolean;
  readonly authMethods: readonly string[];
  readonly metadata: JsonObject;
}

/**
 * Finds the authorization server of an MCP server, from the server's own refusal on (oauth-flows §10,
 * RFC 9728, RFC 8414). Nothing secret is sent.
 *
 * @throws `mcp_untrusted`, `mcp_no_login`, `mcp_unreachable`, and what HTTP throws
 */
export async function discover(fetch: Fetch, server: McpServer): Promise<Discovered> {
  const url = secureUrl(server.url);
  if (url === undefined) {
    throw mcpUntrusted(server.name, 'its url is neither https nor http on this machine');
  }
  const challenge = await askForChallenge(fetch, server, url);
  const about = await resourceMetadata(fetch, server, url, challenge.metadataUrl);
  const [named] = about?.authorization_servers ?? [];
  const authorizationServer = secureUrl(named ?? new URL('/', url).href);
  if (authorizationServer === undefined) {
    throw mcpUntrusted(server.name, 'its authorization server is not https');
  }
  const found = await serverMetadata(fetch, authorizationServer);
  if (found === undefined && !challenge.refused && about === undefined) {
    throw mcpNoLogin(server.name, 'it answers without one');
  }
  const metadata = found ?? legacyMetadata(authorizationServer);
  return {
    ...checkMetadata(server.name, metadata, authorizationServer),
    resource: about && checkResource(server.name, url, about.resource),
    scopes: challenge.scope?.split(/\s+/) ?? about?.scopes_supported ?? [],
  };
}

interface Challenge {
  readonly refused: boolean;
  readonly metadataUrl: URL | undefined;
  readonly scope: string | undefined;
}

/** The first words of the protocol, said without a token: a protected server names its metadata (RFC 9728 §5). */
async function askForChallenge(fetch: Fetch, { name }: McpServer, url: string): Promise<Challenge> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: LATEST_PROTOCOL_VERSION,
        capabilities: {},
        clientInfo: { name: 'gormes', version: '0' },
      },
    }),
  });
  if (reply.status === 404 || reply.status >= 500) {
    throw mcpUnreachable(name, `it answered HTTP ${reply.status}`);
  }
  const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(reply);
  if (resourceMetadataUrl !== undefined && !isOwn(resourceMetadataUrl.href, url)) {
    throw mcpUntrusted(
      name,
      `it names metadata at ${resourceMetadataUrl.host}, which is not its own`,
    );
  }
  const refused = reply.status === 401 || reply.status === 403;
  return { refused, metadataUrl: resourceMetadataUrl, scope };
}

/** Absent where the server has none; then it is its own authorization server, as before RFC 9728. */
async function resourceMetadata(
  fetch: Fetch,
  server: McpServer,
  url: string,
  metadataUrl: URL | undefined,
) {
  try {
    const options = metadataUrl === undefined ? {} : { resourceMetadataUrl: metadataUrl };
    return await discoverOAuthProtectedResourceMetadata(url, options, fetch);
  } catch (error) {
    if (error instanceof GormesError) throw error;
    // The SDK tells nothing apart here; where the server itself names the document, it must be there.
    if (metadataUrl === undefined) return undefined;
    throw mcpUnreachable(server.name, 'the metadata that it names is not there');
  }
}

async function serverMetadata(fetch: Fetch, issuer: string): Promise<JsonObject | undefined> {
  try {
    const found: unknown = await discoverAuthorizationServerMetadata(issuer, { fetchFn: fetch });
    return isJsonObject(found) ? found : undefined;
  } catch (error) {
    if (error instanceof GormesError) throw error;
    throw new GormesError(
      'mcp_metadata_invalid',
      `the metadata of the authorization server ${new URL(issuer).host} makes no sense`,
      { hint: 'nothing was sent there; ask whoever runs the server' },
    );
  }
}

/** Paths that servers without metadata must have (MCP 2025-03-26). */
function legacyMetadata(issuer: string): JsonObject {
  const at = (path: string): string => new URL(path, issuer).href;
  return {
    issuer: new URL(issuer).origin,
    authorization_endpoint: at('/authorize'),
    token_endpoint: at('/token'),
    registration_endpoint: at('/register'),
    response_types_supported: ['code'],
  };
}

/**
 * The rules of reliability.md T17: the issuer is the one that was asked (RFC 8414 §3.3), else one
 * server could pose as another; and a code or a secret goes to no site but the issuer's.
 */
function checkMetadata(
  name: string,
  metadata: JsonObject,
  asked: string,
): Omit<Discovered, 'resource' | 'scopes'> {
  const issuer = stringAt(metadata, 'issuer') ?? '';
  if (trimSlash(issuer) !== trimSlash(asked)) {
    throw mcpUntrusted(name, `${new URL(asked).host} names another issuer than itself`);
  }
  const endpoint = (field: string): string | undefined => {
    const value = metadata[field];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' && isOwn(value, asked)) return secureUrl(value);
    throw mcpUntrusted(name, `${field} is no https address of ${new URL(asked).host}`);
  };
  const authorizeUrl = endpoint('authorization_endpoint');
  const tokenUrl = endpoint('token_endpoint');
  if (authorizeUrl === undefined || tokenUrl === undefined) {
    throw mcpNoLogin(name, 'its authorization server has no authorization code');
  }
  const methods = stringsOf(metadata.code_challenge_methods_supported);
  if (methods.length > 0 && !methods.includes('S256')) {
    throw mcpUntrusted(name, 'its authorization server does not know PKCE with S256');
  }
  return {
    issuer,
    authorizeUrl,
    tokenUrl,
    registerUrl: endpoint('registration_endpoint'),
    namesIssuer: metadata.authorization_response_iss_parameter_supported === true,
    authMethods: stringsOf(metadata.token_endpoint_auth_methods_supported),
    metadata,
  };
}

function checkResource(name: string, url: string, resource: string): string {
  if (
    URL.canParse(resource) &&
    checkResourceAllowed({ requestedResource: url, configuredResource: resource })
  ) {
    return resource;
  }
  throw mcpUntrusted(name, 'its metadata speaks of another server');
}

/** Secure, and of the same site as the address that vouches for it. */
function isOwn(address: string, of: string): boolean {
  const url = secureUrl(address);
  return url !== undefined && isSameSite(new URL(url).hostname, new URL(of).hostname);
}

function trimSlash(url: string): string {
  return url.replace(/\/$/, '');
}

function stringsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
