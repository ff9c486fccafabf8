import { createHash } from 'node:crypto';
import type { Hosts } from './internet.ts';
import {
  formFields,
  type Handler,
  refuseUnless,
  type SimReply,
  type SimRequest,
} from './simulator.ts';
import { Detours, type IssuedTokens, TokenBook, type TokenLooks } from './token-book.ts';

const CLIENT_ID = '78257093-7e40-4613-99e0-527b14b39113';
const SCOPE = 'group_id profile model.completion';

export interface MinimaxOptions extends TokenLooks {
  /** Polls that are answered as not confirmed yet; default 1. */
  readonly pending?: number;
  readonly userCode?: string;
  /** Milliseconds; default 2500, null leaves it out. */
  readonly interval?: number | null;
  /** `expired_in` of the code, as the server writes it; default 600 seconds. */
  readonly codeExpiredIn?: unknown;
  /** `expired_in` of the tokens; default 86400 seconds. */
  readonly expiredIn?: unknown;
  readonly more?: Readonly<Record<string, unknown>>;
  /** The region's host; default `api.minimax.io`. */
  readonly host?: string;
}

type Endpoint = 'code' | 'token' | 'refresh';

/** MiniMax' user-code grant (oauth-flows §6). */
export interface MinimaxSim {
  readonly hosts: Hosts;
  readonly tokens: TokenBook;
  readonly detours: Detours<Endpoint>;
  readonly polls: number;
  readonly refreshes: number;
}

export function minimaxSim(options: MinimaxOptions = {}): MinimaxSim {
  const tokens = new TokenBook(options, 'minimax');
  const detours = new Detours<Endpoint>();
  const userCode = options.userCode ?? 'MMAX-5678';
  let pending = options.pending ?? 1;
  let polls = 0;
  let refreshes = 0;
  let challenge = '';

  const pair = ({ accessToken, refreshToken }: IssuedTokens): SimReply => ({
    body: {
      status: 'success',
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expired_in: options.expiredIn ?? 86_400,
      ...options.more,
    },
  });

  const code = (request: SimRequest): SimReply => {
    const names = ['response_type', 'client_id', 'scope', 'code_challenge'];
    const fields = formFields(request, [...names, 'code_challenge_method', 'state']);
    refuseUnless(fields.response_type === 'code', 'response_type=code');
    refuseUnless(fields.client_id === CLIENT_ID && fields.scope === SCOPE, 'client and scope');
    refuseUnless(fields.code_challenge_method === 'S256', 'S256');
    refuseUnless(/^[\w-]{43}$/.test(fields.code_challenge ?? ''), 'a SHA-256 in base64url');
    refuseUnless(/^[\w-]{22}$/.test(fields.state ?? ''), 'a state of 128 bits');
    refuseUnless(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(
        request.headers['x-request-id'] ?? '',
      ),
      'a UUID of version 4 as x-request-id',
    );
    challenge = fields.code_challenge ?? '';
    return (
      detours.take('code') ?? {
        body: {
          user_code: userCode,
          verification_uri: `https://www.minimax.io/oauth?user_code=${userCode}`,
          expired_in: options.codeExpiredIn ?? 600,
          state: fields.state,
          ...(options.interval === null ? {} : { interval: options.interval ?? 2500 }),
        },
      }
    );
  };

  const poll = (request: SimRequest): SimReply => {
    const fields = formFields(request, ['grant_type', 'client_id', 'user_code', 'code_verifier']);
    refuseUnless(
      fields.grant_type === 'urn:ietf:params:oauth:grant-type:user_code',
      'the user-code grant',
    );
    refuseUnless(fields.client_id === CLIENT_ID, 'the client id');
    refuseUnless(fields.user_code === userCode, 'the user code that was given');
    const hash = createHash('sha256')
      .update(fields.code_verifier ?? '')
      .digest('base64url');
    refuseUnless(hash === challenge, 'the verifier of the challenge');
    polls += 1;
    const detour = detours.take('token');
    if (detour) return detour;
    return pending-- > 0 ? { body: { status: 'pending' } } : pair(tokens.issue());
  };

  const refresh = (request: SimRequest): SimReply => {
    const fields = formFields(request, ['grant_type', 'client_id', 'refresh_token']);
    refuseUnless(fields.client_id === CLIENT_ID, 'the client id');
    refreshes += 1;
    const next = tokens.rotate(fields.refresh_token ?? '');
    const detour = detours.take('refresh');
    if (detour) return detour;
    if (typeof next === 'string') return minimaxError('invalid_refresh_token');
    return pair(next);
  };

  const handle: Handler = (request) => {
    refuseUnless(request.method === 'POST', 'POST');
    refuseUnless([...request.query].length === 0, 'no query');
    refuseUnless(request.headers.accept === 'application/json', 'Accept: application/json');
    if (request.path === '/oauth/code') return code(request);
    refuseUnless(request.path === '/oauth/token', 'a known endpoint');
    return request.body.includes('grant_type=refresh_token') ? refresh(request) : poll(request);
  };

  return {
    hosts: { [options.host ?? 'api.minimax.io']: handle },
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

/** An error as MiniMax sends it: HTTP 200, and the reason in `base_resp`. */
export function minimaxError(message: string, status = 200): SimReply {
  return {
    status,
    body: { status: 'error', base_resp: { status_code: 1004, status_msg: message } },
  };
}
