import { CodeBook } from './code-book.ts';
import type { Hosts } from './internet.ts';
import { formFields, type Handler, refuseUnless } from './simulator.ts';
import { Detours, TokenBook, type TokenLooks } from './token-book.ts';
import { refused } from './xai.ts';

export interface SpotifyOptions extends TokenLooks {
  readonly code?: (n: number) => string;
  readonly clientId: string;
  /** Default `http://127.0.0.1:43827/spotify/callback`. */
  readonly redirectUri?: string;
  /** Default: the ten scopes that Hermes asks for. */
  readonly scope?: string;
  /** False keeps the refresh token at a refresh, as Spotify may. */
  readonly rotates?: boolean;
}

const SCOPE =
  'user-modify-playback-state user-read-playback-state user-read-currently-playing user-read-recently-played playlist-read-private playlist-read-collaborative playlist-modify-public playlist-modify-private user-library-read user-library-modify';

/** Spotify's accounts service (oauth-flows §9). */
export interface SpotifySim {
  readonly hosts: Hosts;
  readonly tokens: TokenBook;
  readonly detours: Detours<'token'>;
  /** Where the browser goes when the person has agreed. */
  authorize(address: string): string;
}

export function spotifySim(options: SpotifyOptions): SpotifySim {
  const { clientId } = options;
  const redirectUri = options.redirectUri ?? 'http://127.0.0.1:43827/spotify/callback';
  const scope = options.scope ?? SCOPE;
  const tokens = new TokenBook(options, 'spotify');
  const detours = new Detours<'token'>();
  const codes = new CodeBook(
    {
      url: 'https://accounts.spotify.com/authorize',
      parameters: { client_id: clientId, response_type: 'code', scope },
      redirectUri: new RegExp(`^${redirectUri.replace(/[.?/]/g, '\\$&')}$`),
    },
    options.code,
  );
  const common = { token_type: 'Bearer', expires_in: 3600, scope };

  const handle: Handler = (request) => {
    refuseUnless(request.method === 'POST' && request.path === '/api/token', 'POST /api/token');
    refuseUnless([...request.query].length === 0, 'no query');
    refuseUnless(request.headers.authorization === undefined, 'no Authorization');
    if (request.body.includes('grant_type=authorization_code')) {
      const fields = formFields(request, [
        'client_id',
        'grant_type',
        'code',
        'redirect_uri',
        'code_verifier',
      ]);
      refuseUnless(fields.client_id === clientId, 'the client id');
      const { code = '', code_verifier: verifier = '', redirect_uri: uri = '' } = fields;
      const good = codes.redeem(code, verifier, uri);
      const detour = detours.take('token');
      if (detour) return detour;
      if (!good) return refused('invalid_grant');
      const pair = tokens.issue();
      return {
        body: { ...common, access_token: pair.accessToken, refresh_token: pair.refreshToken },
      };
    }
    const fields = formFields(request, ['grant_type', 'refresh_token', 'client_id']);
    refuseUnless(fields.grant_type === 'refresh_token', 'a known grant_type');
    refuseUnless(fields.client_id === clientId, 'the client id');
    const detour = detours.take('token');
    if (detour) return detour;
    const given = fields.refresh_token ?? '';
    const next = tokens.rotate(given);
    if (typeof next === 'string') return refused('invalid_grant');
    if (options.rotates === false) {
      tokens.accept(given);
      return { body: { ...common, access_token: next.accessToken } };
    }
    return {
      body: { ...common, access_token: next.accessToken, refresh_token: next.refreshToken },
    };
  };

  return {
    hosts: { 'accounts.spotify.com': handle },
    tokens,
    detours,
    authorize: (address) => {
      const { code, state, redirectUri: uri } = codes.authorize(address);
      return `${uri}?${new URLSearchParams({ code, state })}`;
    },
  };
}
