import type { Hosts } from './internet.ts';
import { formFields, type Handler, refuseUnless, type SimReply } from './simulator.ts';
import { Detours, TokenBook, type TokenLooks } from './token-book.ts';

const CLIENT_ID = 'b1a00492-073a-47ea-816f-4c329264a828';
const SCOPE = 'openid profile email offline_access grok-cli:access api:access';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export interface XaiOptions extends TokenLooks {
  readonly deviceCode?: string;
  readonly userCode?: string;
  /** Polls that are answered with `authorization_pending`; default 1. */
  readonly pending?: number;
  /** Default 5; null leaves it out. */
  readonly interval?: unknown;
  /** Default 1800. */
  readonly deviceExpiresIn?: unknown;
  /** Default 21600. */
  readonly expiresIn?: number;
  /** Claims of the id token; without them there is none. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Where discovery says that tokens are given out. */
  readonly tokenEndpoint?: string;
}

type Endpoint = 'discovery' | 'device' | 'token';

/** xAI's discovery, device and token endpoints (oauth-flows §5). */
export interface XaiSim {
  readonly hosts: Hosts;
  readonly tokens: TokenBook;
  readonly detours: Detours<Endpoint>;
  readonly polls: number;
}

export function xaiSim(options: XaiOptions = {}): XaiSim {
  const tokens = new TokenBook(options, 'xai');
  const detours = new Detours<Endpoint>();
  const deviceCode = options.deviceCode ?? `xai-device-${'d'.repeat(30)}`;
  let pending = options.pending ?? 1;
  let polls = 0;
  let given = false;

  const pair = ({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }) => ({
    body: {
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: options.expiresIn ?? 21_600,
      scope: SCOPE,
      ...(options.claims ? { id_token: fakeJwt(options.claims) } : {}),
    },
  });

  const discovery = (): SimReply => ({
    body: {
      issuer: 'https://auth.x.ai',
      authorization_endpoint: 'https://auth.x.ai/oauth2/authorize',
      token_endpoint: options.tokenEndpoint ?? 'https://auth.x.ai/oauth2/token',
      jwks_uri: 'https://auth.x.ai/.well-known/jwks.json',
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    },
  });

  const device = (): SimReply => {
    given = true;
    const user = options.userCode ?? 'WXYZ-1234';
    return {
      body: {
        device_code: deviceCode,
        user_code: user,
        verification_uri: 'https://accounts.x.ai/device',
        verification_uri_complete: `https://accounts.x.ai/device?user_code=${user}`,
        expires_in: options.deviceExpiresIn ?? 1800,
        ...(options.interval === null ? {} : { interval: options.interval ?? 5 }),
      },
    };
  };

  const handle: Handler = (request) => {
    refuseUnless([...request.query].length === 0, 'no query');
    refuseUnless(request.headers.authorization === undefined, 'no Authorization');
    switch (`${request.method} ${request.path}`) {
      case 'GET /.well-known/openid-configuration':
        return detours.take('discovery') ?? discovery();
      case 'POST /oauth2/device/code': {
        const fields = formFields(request, ['client_id', 'scope']);
        refuseUnless(fields.client_id === CLIENT_ID && fields.scope === SCOPE, 'client and scope');
        return detours.take('device') ?? device();
      }
      case 'POST /oauth2/token':
        return token(request);
      default:
        throw new Error('no such endpoint');
    }
  };

  const token: Handler = (request) => {
    if (request.body.includes('device_code')) {
      const fields = formFields(request, ['grant_type', 'client_id', 'device_code']);
      refuseUnless(fields.grant_type === DEVICE_GRANT, 'the device grant');
      refuseUnless(fields.client_id === CLIENT_ID, 'the client id');
      refuseUnless(given && fields.device_code === deviceCode, 'the device code that was given');
      polls += 1;
      const detour = detours.take('token');
      if (detour) return detour;
      if (pending-- > 0) return refused('authorization_pending');
      return pair(tokens.issue());
    }
    const fields = formFields(request, ['grant_type', 'client_id', 'refresh_token']);
    refuseUnless(fields.grant_type === 'refresh_token', 'a known grant_type');
    refuseUnless(fields.client_id === CLIENT_ID, 'the client id');
    const detour = detours.take('token');
    if (detour) return detour;
    const next = tokens.rotate(fields.refresh_token ?? '');
    return typeof next === 'string' ? refused('invalid_grant') : pair(next);
  };

  return {
    hosts: { 'auth.x.ai': handle },
    tokens,
    detours,
    get polls() {
      return polls;
    },
  };
}

/** An error of RFC 6749 §5.2 or RFC 8628 §3.5. */
export function refused(error: string, status = 400): SimReply {
  return { status, body: { error, error_description: `the simulator says ${error}` } };
}

/** A JWT whose signature is none. */
export function fakeJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`;
}
