import { GormesError } from '../../base/errors.ts';
import { stringAt } from '../../base/json.ts';
import type { Redirect } from '../flows/browser-login.ts';
import { codeLogin } from '../flows/code-login.ts';
import { httpsUrl } from '../flows/device-reply.ts';
import { loginFailed } from '../flows/login-errors.ts';
import { refreshGrant } from '../flows/refresh-grant.ts';
import type { Server } from '../flows/server.ts';
import { grantOf } from '../flows/token-reply.ts';
import type { LoginContext, OAuthDriver, RefreshContext } from '../oauth.ts';

// All facts: oauth-flows §9.
const PROVIDER = 'Spotify';
const ACCOUNTS_URL = 'https://accounts.spotify.com';
const API_URL = 'https://api.spotify.com/v1';
export const REDIRECT_URI = 'http://127.0.0.1:43827/spotify/callback';
const SCOPES = [
  'user-modify-playback-state',
  'user-read-playback-state',
  'user-read-currently-playing',
  'user-read-recently-played',
  'playlist-read-private',
  'playlist-read-collaborative',
  'playlist-modify-public',
  'playlist-modify-private',
  'user-library-read',
  'user-library-modify',
] as const;

/**
 * Authorization code with PKCE, at a client that each user registers. Standard; refresh tokens
 * rotate. The facts of the grant are the fields of Hermes' `providers.spotify`, which is a session
 * and no pool entry.
 */
export const spotify: OAuthDriver = {
  flow: 'browser',
  takes: ['clientId', 'redirectUri', 'scopes'],
  singleUse: true,
  refreshSkewMs: () => 120_000,
  login: async (context) => {
    const clientId = clientIdOf(context);
    const redirectUri = redirectUriOf(context);
    const redirect = loopbackOf(redirectUri);
    const scope = scopeOf(context);
    const accounts = accountsUrl(context, storedAt(context, 'accounts_base_url'));
    const server = { ...serverOf(accounts, clientId), authorizeUrl: `${accounts}/authorize` };
    const tokens = await codeLogin(
      context,
      server,
      { redirect, paste: 'redirect_url', scope, verifierBytes: 64 },
      ({ refreshToken }) => {
        if (!refreshToken) throw loginFailed(PROVIDER, 'the answer holds no refresh token');
      },
    );
    return grantOf(tokens, {
      facts: {
        client_id: clientId,
        redirect_uri: redirectUri,
        accounts_base_url: accounts,
        api_base_url: apiUrl(context),
        scope,
        granted_scope: tokens.scope ?? scope,
        token_type: tokens.tokenType ?? 'Bearer',
        ...(tokens.expiresIn === undefined ? {} : { expires_in: tokens.expiresIn }),
        auth_type: 'oauth_pkce',
      },
    });
  },
  refresh: (context, grant) => {
    // The token belongs to the client that it was issued to.
    const clientId = stringAt(grant.facts, 'client_id') ?? clientIdOf(context);
    const accounts = accountsUrl(context, stringAt(grant.facts, 'accounts_base_url'));
    return refreshGrant(context, serverOf(accounts, clientId), grant, {
      more: (tokens) => ({
        facts: {
          ...grant.facts,
          ...(tokens.scope === undefined ? {} : { granted_scope: tokens.scope }),
          ...(tokens.tokenType === undefined ? {} : { token_type: tokens.tokenType }),
          ...(tokens.expiresIn === undefined ? {} : { expires_in: tokens.expiresIn }),
        },
      }),
    });
  },
};

function serverOf(accounts: string, clientId: string): Server {
  return { provider: PROVIDER, issuer: accounts, tokenUrl: `${accounts}/api/token`, clientId };
}

/** Option, variables, then the login that is stored: the order of all settings (cli-surface §9). */
function clientIdOf(
  context: Pick<RefreshContext, 'options' | 'env'> & Pick<LoginContext, 'stored'>,
): string {
  const { options, env } = context;
  const found = firstOf(
    options.clientId,
    env('HERMES_SPOTIFY_CLIENT_ID'),
    env('SPOTIFY_CLIENT_ID'),
    storedAt(context, 'client_id'),
  );
  if (found) return found;
  throw new GormesError('spotify_client_id_missing', 'Spotify needs a client id of your own app', {
    hint: 'register one at https://developer.spotify.com/dashboard, then gormes auth spotify --client-id ID',
  });
}

/** Where the browser comes back to: what a person registers for the own app. Not checked yet. */
export function redirectUriOf(context: Pick<LoginContext, 'options' | 'env' | 'stored'>): string {
  const { options, env } = context;
  const given = firstOf(
    options.redirectUri,
    env('HERMES_SPOTIFY_REDIRECT_URI'),
    env('SPOTIFY_REDIRECT_URI'),
    storedAt(context, 'redirect_uri'),
  );
  return given ?? REDIRECT_URI;
}

/** No variable names scopes. Each once, in the order in which they are given. */
function scopeOf(context: LoginContext): string {
  const stored = storedAt(context, 'scope')?.split(/\s+/);
  return [...new Set(context.options.scopes ?? stored ?? SCOPES)].join(' ');
}

function firstOf(...values: readonly (string | undefined)[]): string | undefined {
  return values.map((value) => value?.trim()).find((value) => value !== undefined && value !== '');
}

function storedAt({ stored }: Pick<LoginContext, 'stored'>, name: string): string | undefined {
  return stored === undefined ? undefined : firstOf(stringAt(stored, name));
}

/** Spotify compares the redirect URI as text, so there is no other port to fall back to. */
function loopbackOf(redirectUri: string): Redirect {
  // `new URL` drops the default port, so it is read from the text.
  const [, host, digits, path] =
    /^http:\/\/(127\.0\.0\.1|localhost):(\d{1,5})(\/[\w./~-]*)$/.exec(redirectUri) ?? [];
  const port = Number(digits);
  if (host === undefined || path === undefined || !(port > 0 && port < 65536)) {
    throw new GormesError(
      'spotify_redirect_invalid',
      'the redirect URI for Spotify is no http address on 127.0.0.1 or localhost with a port and a path',
      { hint: `register ${REDIRECT_URI} for your app, and leave --redirect-uri away` },
    );
  }
  return { kind: 'loopback', host, port, path, anyPort: false };
}

/** The variable, then what the login stored; an address that is not https is never asked. */
function accountsUrl({ env }: Pick<RefreshContext, 'env'>, stored: string | undefined): string {
  const given = env('HERMES_SPOTIFY_ACCOUNTS_BASE_URL')?.trim() || stored || ACCOUNTS_URL;
  if (httpsUrl(given) !== undefined) return given.replace(/\/+$/, '');
  throw new GormesError(
    'spotify_accounts_url_invalid',
    'the accounts address for Spotify is no https URL',
    { hint: 'look at HERMES_SPOTIFY_ACCOUNTS_BASE_URL' },
  );
}

function apiUrl(context: LoginContext): string {
  const given = firstOf(
    context.env('HERMES_SPOTIFY_API_BASE_URL'),
    storedAt(context, 'api_base_url'),
  );
  return (given ?? API_URL).replace(/\/+$/, '');
}
