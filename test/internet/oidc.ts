import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import Provider from 'oidc-provider';
import type { Hosts } from './internet.ts';
import type { Handler } from './simulator.ts';

const HOST = 'as.example';
const ISSUER = `https://${HOST}`;
const CLIENT_ID = 'gormes-test';

/** oidc-provider, in this process, as a standard authorization server behind the simulated internet. */
export interface OidcServer extends AsyncDisposable {
  readonly hosts: Hosts;
  readonly issuer: string;
  readonly clientId: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly deviceUrl: string;
  /** A person who logs in and agrees, or not: where the browser goes in the end. */
  browse(address: string, person?: 'agrees' | 'refuses'): Promise<string>;
  /** Whether an access token is good, and meant for that resource. */
  accepts(token: string, resource: string): Promise<boolean>;
  /** A person who types a user code and confirms it. */
  confirm(address: string, userCode: string, answer?: 'yes' | 'abort'): Promise<void>;
}

/** @param options.resource an API whose tokens it gives out too, to clients that register themselves */
export async function startOidc(options: { readonly resource?: string } = {}): Promise<OidcServer> {
  const provider = new Provider(ISSUER, configuration(options.resource));
  provider.proxy = true;
  const answer = provider.callback();
  let person: 'agrees' | 'refuses' = 'agrees';
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/interaction/')) return answer(request, response);
    interact(provider, request, response, person).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const local = `http://127.0.0.1:${address.port}`;
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': HOST };

  const handle: Handler = async ({ method, path, query, headers, body }) => {
    const type = headers['content-type'];
    const reply = await fetch(`${local}${path}?${query}`, {
      method,
      headers: {
        ...forwarded,
        accept: 'application/json',
        ...(type ? { 'content-type': type } : {}),
      },
      redirect: 'manual',
      ...(method === 'POST' ? { body } : {}),
    });
    return {
      status: reply.status,
      headers: { 'content-type': reply.headers.get('content-type') ?? '' },
      body: await reply.text(),
    };
  };

  /** A browser without a screen: cookies, and redirects of this server alone. */
  const browser = () => {
    const cookies = new Map<string, string>();
    const visit = async (
      url: string,
      form?: URLSearchParams,
    ): Promise<{ url: string; html: string }> => {
      if (!url.startsWith(ISSUER)) return { url, html: '' };
      const reply = await fetch(url.replace(ISSUER, local), {
        redirect: 'manual',
        headers: {
          ...forwarded,
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        },
        ...(form ? { method: 'POST', body: form } : {}),
      });
      for (const cookie of reply.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        cookies.set(name, value);
      }
      const location = reply.headers.get('location');
      const html = await reply.text();
      return location ? visit(new URL(location, url).href) : { url, html };
    };
    return visit;
  };

  return {
    hosts: { [HOST]: handle },
    issuer: ISSUER,
    clientId: CLIENT_ID,
    authorizeUrl: `${ISSUER}/auth`,
    tokenUrl: `${ISSUER}/token`,
    deviceUrl: `${ISSUER}/device/auth`,
    browse: async (url, who = 'agrees') => {
      person = who;
      return (await browser()(url)).url;
    },
    confirm: async (url, userCode, decision = 'yes') => {
      person = 'agrees';
      const visit = browser();
      const asked = await visit(url);
      const shown = await visit(
        asked.url,
        new URLSearchParams({ xsrf: hidden(asked.html, 'xsrf'), user_code: userCode }),
      );
      await visit(
        asked.url,
        new URLSearchParams({
          xsrf: hidden(shown.html, 'xsrf'),
          user_code: userCode,
          [decision === 'yes' ? 'confirm' : 'abort']: 'yes',
        }),
      );
    },
    accepts: async (token, resource) => {
      const found = await provider.AccessToken.find(token);
      return found !== undefined && found.aud === resource;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function configuration(resource: string | undefined): object {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    jwks: {
      keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'k' }],
    },
    clients: [
      {
        client_id: CLIENT_ID,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'ES256',
        // A native client may come back to any port (RFC 8252 §7.3).
        redirect_uris: ['http://127.0.0.1/callback'],
        response_types: ['code'],
        grant_types: [
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code',
        ],
      },
    ],
    cookies: { keys: ['a key of a test'] },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      ...(resource === undefined ? {} : apiFeatures(resource)),
    },
    ...(resource === undefined
      ? {}
      : {
          scopes: ['openid', 'offline_access', API_SCOPE],
          clientDefaults: { id_token_signed_response_alg: 'ES256' },
        }),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    claims: { openid: ['sub'], email: ['email'] },
    conformIdTokenClaims: false,
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: 'alice@example.com' }),
    }),
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    loadExistingGrant: async (context: GrantContext) => {
      const { client, session, provider } = context.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(
        `openid email offline_access${resource === undefined ? '' : ` ${API_SCOPE}`}`,
      );
      if (resource !== undefined) grant.addResourceScope(resource, API_SCOPE);
      await grant.save();
      return grant;
    },
  };
}

const API_SCOPE = 'mcp:tools';

/** Registration (RFC 7591) and tokens for one resource (RFC 8707). */
function apiFeatures(resource: string): object {
  return {
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context: unknown, asked: string) => {
        if (asked !== resource) throw new Error(`nobody knows the resource ${asked}`);
        return { scope: API_SCOPE, audience: resource, accessTokenFormat: 'opaque' };
      },
    },
  };
}

interface GrantContext {
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
    readonly provider: {
      readonly Grant: new (
        of: object,
      ) => {
        addOIDCScope(scope: string): void;
        addResourceScope(resource: string, scope: string): void;
        save(): Promise<string>;
      };
    };
  };
}

async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  person: 'agrees' | 'refuses',
): Promise<void> {
  await provider.interactionDetails(request, response);
  const result =
    person === 'agrees'
      ? { login: { accountId: 'alice' }, consent: {} }
      : { error: 'access_denied', error_description: 'The person said <no> & left.' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

/** Value of a hidden field of a form. */
function hidden(html: string, name: string): string {
  const value = new RegExp(`name="${name}"\\s+value="([^"]*)"`).exec(html)?.[1];
  if (value === undefined) throw new Error(`no field ${name} in ${html.slice(0, 2000)}`);
  return value;
}
