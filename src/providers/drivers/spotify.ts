import { GormesError } from '../../base/errors.ts';
import { stringAt } from '../../base/json.ts';
import type { Redirect } from '../flows/browser-login.ts';
import { codeLogin } from '../flows/code-login.ts';
import { httpsUrl } from '../flows/device-reply.ts';
import { loginFailed } from '../flows/login-errors.ts';
import { refreshGrant } from '../flows/refresh-grant.ts';
import type { Server } from '../flows/server.ts';
import { grantOf } from '../flows/token-reply.ts';
import type { Grant, LoginContext, OAuthDriver, RefreshContext } from '../oauth.ts';

// All facts: oauth-flows §9.
const PROVIDER = 'Spotify';
const ACCOUNTS_URL = 'https://accounts.spotify.com';
const API_URL = 'https://api.spotify.com/v1';
const REDIRECT_URI = 'http://127.0.0.1:43827/spotify/callback';
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
    const scope = [...new Set(context.options.scopes ?? SCOPES)].join(' ');
    const accounts = accountsUrl(context, undefined);
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
    return refreshGrant(context, serverOf(accountsUrl(context, grant), clientId), grant, {
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

function clientIdOf({ options, env }: Pick<RefreshContext, 'options' | 'env'>): string {
  const found = [options.clientId, env('HERMES_SPOTIFY_CLIENT_ID'), env('SPOTIFY_CLIENT_ID')]
    .map((value) => value?.trim())
    .find(Boolean);
  if (found) return found;
  throw new GormesError('spotify_client_id_missing', 'Spotify needs a client id of your own app', {
    hint: 'register one at https://developer.spotify.com/dashboard, then gormes auth spotify --client-id ID',
  });
}

function redirectUriOf({ options, env }: LoginContext): string {
  const given = [
    options.redirectUri,
    env('HERMES_SPOTIFY_REDIRECT_URI'),
    env('SPOTIFY_REDIRECT_URI'),
  ];
  return given.map((value) => value?.trim()).find(Boolean) ?? REDIRECT_URI;
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
function accountsUrl({ env }: Pick<RefreshContext, 'env'>, grant: Grant | undefined): string {
  const stored = grant && stringAt(grant.facts, 'accounts_base_url');
  const given = env('HERMES_SPOTIFY_ACCOUNTS_BASE_URL')?.trim() || stored || ACCOUNTS_URL;
  if (httpsUrl(given) !== undefined) return given.replace(/\/+$/, '');
  throw new GormesError(
    'spotify_accounts_url_invalid',
    'the accounts address for Spotify is no https URL',
    { hint: 'look at HERMES_SPOTIFY_ACCOUNTS_BASE_URL' },
  );
}

function apiUrl({ env }: LoginContext): string {
  return (env('HERMES_SPOTIFY_API_BASE_URL')?.trim() || API_URL).replace(/\/+$/, '');
}
