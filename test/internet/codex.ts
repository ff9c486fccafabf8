import { createHash, randomBytes } from 'node:crypto';
import type { Hosts } from './internet.ts';
import {
  formFields,
  type Handler,
  jsonFields,
  refuseUnless,
  type SimReply,
  type SimRequest,
} from './simulator.ts';
import { Detours, type IssuedTokens, TokenBook, type TokenLooks } from './token-book.ts';
import { fakeJwt } from './xai.ts';

const CLIENT_ID = 'app_EMoamEEZ73f0CkXaXp7hrann';

export interface CodexOptions extends TokenLooks {
  /** Polls that are answered as pending, by 403 and 404 in turn; default 1. */
  readonly pending?: number;
  readonly userCode?: string;
  readonly deviceAuthId?: string;
  readonly authorizationCode?: string;
  /** As the server writes it; default the text `5`. */
  readonly interval?: unknown;
  /** Seconds that a token lives; default 10 days. */
  readonly life?: number;
  /** When tokens are made, in Unix milliseconds; default: now. */
  readonly now?: () => number;
  /** The address under `https://api.openai.com/profile`. */
  readonly email?: string;
}

type Endpoint = 'usercode' | 'poll' | 'exchange' | 'refresh';

/** OpenAI's device flow for Codex (oauth-flows §3). */
export interface CodexSim {
  readonly hosts: Hosts;
  readonly tokens: TokenBook;
  readonly detours: Detours<Endpoint>;
  readonly polls: number;
  readonly refreshes: number;
}

export function codexSim(options: CodexOptions = {}): CodexSim {
  const now = options.now ?? Date.now;
  const access = (n: number) =>
    fakeJwt({
      jti: `codex-${n}`,
      exp: Math.floor(now() / 1000) + (options.life ?? 864_000),
      'https://api.openai.com/auth': { chatgpt_account_id: 'acct-1', chatgpt_plan_type: 'plus' },
      ...(options.email ? { 'https://api.openai.com/profile': { email: options.email } } : {}),
    });
  const tokens = new TokenBook({ access, ...options }, 'codex');
  const detours = new Detours<Endpoint>();
  const deviceAuthId = options.deviceAuthId ?? `deviceauth-${'d'.repeat(30)}`;
  const userCode = options.userCode ?? 'ABCD-12345';
  const code = options.authorizationCode ?? `ac-${'c'.repeat(30)}`;
  const verifier = randomBytes(32).toString('base64url');
  let pending = options.pending ?? 1;
  let polls = 0;
  let refreshes = 0;
  let codeIsOpen = false;

  const pair = ({ accessToken, refreshToken }: IssuedTokens): SimReply => ({
    body: {
      access_token: accessToken,
      refresh_token: refreshToken,
      id_token: fakeJwt({ email: options.email ?? 'nobody@example.com' }),
      expires_in: options.life ?? 864_000,
      token_type: 'bearer',
    },
  });

  const usercode = (request: SimRequest): SimReply => {
    const fields = jsonFields(request, ['client_id']);
    refuseUnless(fields.client_id === CLIENT_ID, 'the client id');
    return (
      detours.take('usercode') ?? {
        body: {
          device_auth_id: deviceAuthId,
          user_code: userCode,
          interval: options.interval ?? '5',
        },
      }
    );
  };

  const poll = (request: SimRequest): SimReply => {
    const fields = jsonFields(request, ['device_auth_id', 'user_code']);
    refuseUnless(fields.device_auth_id === deviceAuthId, 'the device_auth_id that was given');
    refuseUnless(fields.user_code === userCode, 'the user_code that was given');
    polls += 1;
    const detour = detours.take('poll');
    if (detour) return detour;
    if (pending-- > 0) {
      return { status: polls % 2 === 0 ? 404 : 403, body: { error: { code: 'pending' } } };
    }
    codeIsOpen = true;
    return {
      body: {
        authorization_code: code,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_verifier: verifier,
      },
    };
  };

  const token = (request: SimRequest): SimReply => {
    if (request.body.includes('authorization_code')) {
      const names = ['grant_type', 'code', 'redirect_uri', 'client_id', 'code_verifier'];
      const fields = formFields(request, names);
      refuseUnless(fields.grant_type === 'authorization_code', 'the grant authorization_code');
      refuseUnless(codeIsOpen && fields.code === code, 'a code that was given out, once');
      refuseUnless(fields.code_verifier === verifier, 'the verifier of the code');
      refuseUnless(fields.client_id === CLIENT_ID, 'the client id');
      refuseUnless(
        fields.redirect_uri === 'https://auth.openai.com/deviceauth/callback',
        'the redirect_uri of the device flow',
      );
      codeIsOpen = false;
      return detours.take('exchange') ?? pair(tokens.issue());
    }
    const fields = formFields(request, ['grant_type', 'refresh_token', 'client_id']);
    refuseUnless(fields.grant_type === 'refresh_token', 'a known grant_type');
    refuseUnless(fields.client_id === CLIENT_ID, 'the client id');
    refreshes += 1;
    const next = tokens.rotate(fields.refresh_token ?? '');
    const detour = detours.take('refresh');
    if (detour) return detour;
    if (next === 'reused') return openaiError(401, 'refresh_token_reused');
    return next === 'unknown' ? openaiError(401, 'refresh_token_invalidated') : pair(next);
  };

  const handle: Handler = (request) => {
    refuseUnless(request.method === 'POST', 'POST');
    refuseUnless([...request.query].length === 0, 'no query');
    refuseUnless(request.headers.authorization === undefined, 'no Authorization');
    refuseUnless(request.headers.accept === 'application/json', 'Accept: application/json');
    switch (request.path) {
      case '/api/accounts/deviceauth/usercode':
        return usercode(request);
      case '/api/accounts/deviceauth/token':
        return poll(request);
      case '/oauth/token':
        return token(request);
      default:
        throw new Error('no such endpoint');
    }
  };

  return {
    hosts: { 'auth.openai.com': handle },
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

/** An error as OpenAI nests it. */
export function openaiError(status: number, code: string): SimReply {
  return {
    status,
    body: { error: { message: `the simulator says ${code}`, type: 'invalid_request_error', code } },
  };
}
