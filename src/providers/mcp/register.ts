import { isJsonObject, type JsonObject, parseObject, stringAt } from '../../base/json.ts';
import { Secret } from '../../base/secret.ts';
import { isToken, refusalOf } from '../flows/token-reply.ts';
import type { Discovered } from './discover.ts';
import type { Fetch } from './fetch-over.ts';
import { mcpNotRegistered } from './mcp-errors.ts';
import type { McpClient, McpServer } from './mcp-server.ts';

/** Hermes' name: the client belongs to the home, and Hermes goes on using it. */
const CLIENT_NAME = 'Hermes Agent';

/** Longer answers are no registration. */
const TEXT_LIMIT = 4096;

/** What is asked for, in the words of RFC 7591; Hermes keeps the same in the client's file. */
function clientMetadata(server: McpServer, redirectUri: string, scope: string): JsonObject {
  const { oauth } = server;
  const fallback = oauth.clientSecret === undefined ? 'none' : 'client_secret_post';
  return {
    client_name: oauth.clientName ?? CLIENT_NAME,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: oauth.tokenEndpointAuthMethod ?? fallback,
    ...(scope === '' ? {} : { scope }),
  };
}

/** The client that `config.yaml` names; undefined where it names none. */
export function configuredClient(
  server: McpServer,
  redirectUri: string,
  scope: string,
): McpClient | undefined {
  const { clientId, clientSecret } = server.oauth;
  if (clientId === undefined) return undefined;
  const facts = { client_id: clientId, ...clientMetadata(server, redirectUri, scope) };
  return { id: clientId, secret: clientSecret, facts };
}

/**
 * Registers a client for one redirect URI (RFC 7591 §3). The SDK's own function is not used: its
 * errors hold the server's whole answer.
 *
 * @throws `mcp_not_registered`, and what HTTP throws
 */
export async function registerClient(
  fetch: Fetch,
  server: McpServer,
  { registerUrl }: Pick<Discovered, 'registerUrl'>,
  redirectUri: string,
  scope: string,
): Promise<McpClient> {
  if (registerUrl === undefined) {
    throw mcpNotRegistered(server.name, 'its authorization server takes none by itself');
  }
  const asked = clientMetadata(server, redirectUri, scope);
  const reply = await fetch(registerUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(asked),
  });
  const body = parseObject(await reply.text());
  if (reply.status === 403) {
    throw mcpNotRegistered(server.name, 'it takes clients with certain names only (HTTP 403)');
  }
  if (reply.status !== 200 && reply.status !== 201) {
    const { code, description } = refusalOf(reply.status, body);
    throw mcpNotRegistered(server.name, code ?? `it answered HTTP ${reply.status}`, description);
  }
  return judgeRegistration(server.name, body, asked);
}

/** RFC 7591 §3.2.1. What the server does not repeat is as it was asked for. */
function judgeRegistration(
  server: string,
  body: JsonObject | undefined,
  asked: JsonObject,
): McpClient {
  const id = body?.client_id;
  if (body === undefined || typeof id !== 'string' || id === '' || id.length > TEXT_LIMIT) {
    throw mcpNotRegistered(server, 'its answer holds no client_id');
  }
  const secret = body.client_secret ?? undefined;
  if (secret !== undefined && !isToken(secret)) {
    throw mcpNotRegistered(server, 'its answer holds a client_secret that cannot be sent');
  }
  const kept = Object.fromEntries(
    FIELDS.flatMap((name) => {
      const value = body[name] ?? asked[name];
      return value === undefined || value === null || isJsonObject(value) ? [] : [[name, value]];
    }),
  );
  return {
    id,
    secret: secret === undefined ? undefined : new Secret(secret),
    facts: { client_id: id, ...kept },
  };
}

/** What Hermes reads of a registration, secrets aside (oauth-flows §10). */
const FIELDS = [
  'redirect_uris',
  'grant_types',
  'response_types',
  'token_endpoint_auth_method',
  'client_name',
  'scope',
  'client_id_issued_at',
  'client_secret_expires_at',
];

/** How a client shows who it is at the token endpoint (RFC 6749 §2.3); `methods` are the server's. */
export function clientAuthOf(client: McpClient, methods: readonly string[]): 'post' | 'basic' {
  const method = stringAt(client.facts, 'token_endpoint_auth_method');
  if (method === 'client_secret_basic') return 'basic';
  if (method === 'client_secret_post' || methods.length === 0) return 'post';
  return methods.includes('client_secret_post') ? 'post' : 'basic';
}
