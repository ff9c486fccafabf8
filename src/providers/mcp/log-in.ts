import type { Redirect } from '../flows/browser-login.ts';
import { codeLogin } from '../flows/code-login.ts';
import { secureUrl } from '../flows/same-site.ts';
import type { LoginContext } from '../oauth.ts';
import { type Discovered, discover } from './discover.ts';
import { fetchOver } from './fetch-over.ts';
import { mcpUntrusted } from './mcp-errors.ts';
import type { McpClient, McpGrant, McpServer } from './mcp-server.ts';
import { clientAuthOf, configuredClient, registerClient } from './register.ts';

/** Hermes' path, which its own renewals repeat (oauth-flows §10). */
const CALLBACK_PATH = '/callback';
/** Hermes' limit of the wait for a person. */
const WAIT_MS = 300_000;

/** What a login needs of its context; options of providers mean nothing here. */
export type McpLoginContext = Omit<LoginContext, 'options' | 'stored' | 'env' | 'userHome'>;

/**
 * A login at an MCP server (OAuth 2.1 with discovery, registration and PKCE). Each login registers a
 * client anew unless `config.yaml` names one: an old registration may be for another port.
 *
 * @throws what `discover`, `registerClient` and `codeLogin` throw
 */
export async function logInMcp(context: McpLoginContext, server: McpServer): Promise<McpGrant> {
  const fetch = fetchOver(context.http, { signal: context.signal });
  const found = await discover(fetch, server);
  const scope = scopeOf(server, found);
  // The server chose the place: a person should know it before a password is typed there (T17, T18).
  const { host } = new URL(found.issuer);
  context.show({ kind: 'note', text: `${server.name} lets its users log in at ${host}` });
  const made: McpClient[] = [];
  const register = async (redirectUri: string) => {
    const client =
      configuredClient(server, redirectUri, scope) ??
      (await registerClient(fetch, server, found, redirectUri, scope));
    made.push(client);
    return {
      clientId: client.id,
      ...(client.secret === undefined ? {} : { clientSecret: client.secret }),
      clientAuth: clientAuthOf(client, found.authMethods),
    };
  };
  const tokens = await codeLogin(
    { ...context, ...NO_SETTINGS, waitMs: context.waitMs ?? server.oauth.waitMs ?? WAIT_MS },
    {
      provider: `${server.name} (${host})`,
      issuer: found.issuer,
      authorizeUrl: found.authorizeUrl,
      tokenUrl: found.tokenUrl,
      clientId: '',
      namesIssuer: found.namesIssuer,
      ...(found.resource === undefined ? {} : { resource: found.resource }),
    },
    {
      redirect: redirectOf(server),
      paste: 'redirect_url',
      scope,
      verifierBytes: 64,
      extra: {
        ...(found.resource === undefined ? {} : { resource: found.resource }),
        // Without it no refresh token is given to a client that was agreed to before (OIDC Core §11).
        ...(scope.split(' ').includes('offline_access') ? { prompt: 'consent' } : {}),
      },
      register,
    },
  );
  const [client] = made;
  if (client === undefined) throw new Error('the login had no client');
  return { tokens, client, metadata: found.metadata };
}

const NO_SETTINGS = { options: {}, env: () => undefined, userHome: undefined };

/** Set in `config.yaml`, else what the server asks for; with it what makes a login last, where it is known. */
function scopeOf({ oauth }: McpServer, { scopes, metadata }: Discovered): string {
  if (oauth.scope !== undefined) return oauth.scope;
  const known = metadata.scopes_supported;
  const lasts = Array.isArray(known) && known.includes('offline_access') && scopes.length > 0;
  return [...new Set([...scopes, ...(lasts ? ['offline_access'] : [])])].join(' ');
}

/** The listener stays on 127.0.0.1; a redirect URI elsewhere leaves pasting. */
function redirectOf({ name, oauth }: McpServer): Redirect {
  const { redirectUri, redirectPort, redirectHost } = oauth;
  if (redirectUri === undefined) {
    const host = redirectHost ?? '127.0.0.1';
    return { kind: 'loopback', host, port: redirectPort ?? 0, path: CALLBACK_PATH, anyPort: false };
  }
  const url = secureUrl(redirectUri);
  if (url === undefined) throw mcpUntrusted(name, 'oauth.redirect_uri is not https');
  const { protocol, hostname, port, pathname } = new URL(url);
  if (protocol === 'https:') return { kind: 'hosted', uri: redirectUri };
  return {
    kind: 'loopback',
    host: hostname,
    port: Number(port) || 80,
    path: pathname,
    anyPort: false,
  };
}
