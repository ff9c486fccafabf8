import type { Hosts } from './internet.ts';
import {
  formFields,
  type Handler,
  refuseUnless,
  type SimReply,
  type SimRequest,
} from './simulator.ts';
import { Detours, type IssuedTokens, TokenBook, type TokenLooks } from './token-book.ts';
import { fakeJwt, refused } from './xai.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export interface NousOptions extends TokenLooks {
  /** Default `hermes-cli`. */
  readonly clientId?: string;
  /** What the login must ask for; null for no scope at all. Default `inference:invoke`. */
  readonly scope?: string | null;
  readonly userCode?: string;
  readonly deviceCode?: string;
  /** Polls that are answered with `authorization_pending`; default 1. */
  readonly pending?: number;
  /** Seconds; default 5. */
  readonly interval?: number;
  /** Seconds that a token lives; default 3600. */
  readonly life?: number;
  /** When tokens are made, in Unix milliseconds; default: now. */
  readonly now?: () => number;
  /** Claims of access tokens besides `exp`. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Named by every answer with tokens. */
  readonly inferenceBaseUrl?: string;
  /** Default `portal.nousresearch.com`. */
  readonly host?: string;
}

type Endpoint = 'device' | 'token' | 'refresh';

/** Nous' portal (oauth-flows §4); there is no agent-key mint (design §15). */
export interface NousSim {
  readonly hosts: Hosts;
  readonly tokens: TokenBook;
  readonly detours: Detours<Endpoint>;
  readonly polls: number;
  /** Requests with a refresh token, refused ones included. */
  readonly refreshes: number;
}

export function nousSim(options: NousOptions = {}): NousSim {
  const clientId = options.clientId ?? 'hermes-cli';
  const scope = options.scope === undefined ? 'inference:invoke' : options.scope;
  const life = options.life ?? 3600;
  const now = options.now ?? Date.now;
  const deviceCode = options.deviceCode ?? `nous-device-${'d'.repeat(24)}`;
  const access = (n: number) =>
    fakeJwt({
      jti: `nous-${n}`,
      scope: 'inference:invoke',
      exp: Math.floor(now() / 1000) + life,
      ...options.claims,
    });
  const tokens = new TokenBook({ access, ...options }, 'nous');
  const detours = new Detours<Endpoint>();
  let pending = options.pending ?? 1;
  let polls = 0;
  let refreshes = 0;
  let given = false;

  const pair = ({ accessToken, refreshToken }: IssuedTokens): SimReply => ({
    body: {
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      scope: scope ?? '',
      expires_in: life,
      ...(options.inferenceBaseUrl ? { inference_base_url: options.inferenceBaseUrl } : {}),
    },
  });

  const device = (request: SimRequest): SimReply => {
    const fields = formFields(request, scope === null ? ['client_id'] : ['client_id', 'scope']);
    refuseUnless(fields.client_id === clientId, 'the client id');
    refuseUnless(scope === null || fields.scope === scope, `the scope ${scope}`);
    given = true;
    const user = options.userCode ?? 'NOUS-1234';
    return (
      detours.take('device') ?? {
        body: {
          device_code: deviceCode,
          user_code: user,
          verification_uri: 'https://portal.nousresearch.com/device',
          verification_uri_complete: `https://portal.nousresearch.com/device?code=${user}`,
          expires_in: 900,
          interval: options.interval ?? 5,
        },
      }
    );
  };

  const poll = (request: SimRequest): SimReply => {
    const fields = formFields(request, ['grant_type', 'client_id', 'device_code']);
    refuseUnless(fields.grant_type === DEVICE_GRANT, 'the device grant');
    refuseUnless(fields.client_id === clientId, 'the client id');
    refuseUnless(given && fields.device_code === deviceCode, 'the device code that was given');
    polls += 1;
    const detour = detours.take('token');
    if (detour) return detour;
    return pending-- > 0 ? refused('authorization_pending') : pair(tokens.issue());
  };

  const refresh = (request: SimRequest): SimReply => {
    const fields = formFields(request, ['grant_type', 'client_id']);
    refuseUnless(fields.grant_type === 'refresh_token', 'the grant refresh_token');
    refuseUnless(fields.client_id === clientId, 'the client id');
    refreshes += 1;
    const next = tokens.rotate(request.headers['x-nous-refresh-token'] ?? '');
    const detour = detours.take('refresh');
    if (detour) return detour;
    if (next === 'reused') return refused('refresh_token_reused');
    return next === 'unknown' ? refused('invalid_grant') : pair(next);
  };

  const handle: Handler = (request) => {
    refuseUnless(request.method === 'POST', 'POST');
    refuseUnless([...request.query].length === 0, 'no query');
    refuseUnless(request.headers.authorization === undefined, 'no Authorization');
    refuseUnless(request.headers.accept === 'application/json', 'Accept: application/json');
    switch (request.path) {
      case '/api/oauth/device/code':
        return device(request);
      case '/api/oauth/token':
        return request.headers['x-nous-refresh-token'] === undefined
          ? poll(request)
          : refresh(request);
      default:
        throw new Error('no such endpoint');
    }
  };

  return {
    hosts: { [options.host ?? 'portal.nousresearch.com']: handle },
    tokens,
    detours,
    get polls() {
      return polls;
    },
    get refreshes() {
      return refreshes;
    },
  };
}
