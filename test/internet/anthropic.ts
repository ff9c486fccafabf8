import { CodeBook } from './code-book.ts';
import type { Hosts } from './internet.ts';
import { type Handler, jsonFields, refuseUnless, type SimReply } from './simulator.ts';
import { Detours, TokenBook, type TokenLooks } from './token-book.ts';

const CLIENT_ID = '9d1c250a-e61b-44d9-88ed-5944d1962f5e';
const REDIRECT_URI = 'https://console.anthropic.com/oauth/code/callback';

export interface AnthropicOptions extends TokenLooks {
  readonly code?: (n: number) => string;
  /** `account.email_address` of the answer; without it there is no account. */
  readonly email?: string;
  /** Default 3600; null leaves it out. */
  readonly expiresIn?: number | null;
  /** What platform.claude.com's proxy answers to CONNECT. */
  readonly firstTunnel?: number | 'reset';
}

/** Anthropic's authorization and token endpoints (oauth-flows §2). */
export interface AnthropicSim {
  readonly hosts: Hosts;
  readonly tokens: TokenBook;
  readonly detours: Detours<'token'>;
  /** What the page shows to a person who agreed: `code#state`. */
  authorize(address: string): string;
}

export function anthropicSim(options: AnthropicOptions = {}): AnthropicSim {
  const tokens = new TokenBook(
    {
      access: options.access ?? ((n) => `sk-ant-oat01-${n}-${'a'.repeat(40)}`),
      refresh: options.refresh ?? ((n) => `sk-ant-ort01-${n}-${'r'.repeat(40)}`),
    },
    'anthropic',
  );
  const codes = new CodeBook(
    {
      url: 'https://claude.ai/oauth/authorize',
      parameters: {
        code: 'true',
        client_id: CLIENT_ID,
        response_type: 'code',
        scope: 'org:create_api_key user:profile user:inference',
      },
      redirectUri: /^https:\/\/console\.anthropic\.com\/oauth\/code\/callback$/,
    },
    options.code,
  );
  const detours = new Detours<'token'>();

  const pair = ({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }) => ({
    body: {
      token_type: 'Bearer',
      access_token: accessToken,
      refresh_token: refreshToken,
      scope: 'user:inference user:profile',
      ...(options.expiresIn === null ? {} : { expires_in: options.expiresIn ?? 3600 }),
      ...(options.email === undefined
        ? {}
        : {
            account: { uuid: 'u-1', email_address: options.email },
            organization: { uuid: 'o-1' },
          }),
    },
  });

  const handle: Handler = (request) => {
    refuseUnless(
      request.method === 'POST' && request.path === '/v1/oauth/token',
      'POST of a token',
    );
    refuseUnless([...request.query].length === 0, 'no query');
    refuseUnless(request.headers['content-type'] === 'application/json', 'plain JSON');
    refuseUnless(request.headers['user-agent'] === 'axios/1.7.9', 'the agent axios/1.7.9');
    refuseUnless(request.headers.authorization === undefined, 'no Authorization');
    if (request.body.includes('"authorization_code"')) {
      const fields = jsonFields(request, [
        'grant_type',
        'client_id',
        'code',
        'state',
        'redirect_uri',
        'code_verifier',
      ]);
      refuseUnless(fields.client_id === CLIENT_ID, 'the client id');
      refuseUnless(fields.redirect_uri === REDIRECT_URI, 'the redirect URI');
      const { code, code_verifier: verifier } = fields;
      refuseUnless(typeof code === 'string' && typeof verifier === 'string', 'texts');
      const state = codes.stateOf(code);
      refuseUnless(state === undefined || state === fields.state, 'the state of the code');
      const good = codes.redeem(code, verifier, REDIRECT_URI);
      return detours.take('token') ?? (good ? pair(tokens.issue()) : refused('invalid_grant'));
    }
    const fields = jsonFields(request, ['grant_type', 'refresh_token', 'client_id']);
    refuseUnless(fields.grant_type === 'refresh_token', 'a known grant_type');
    refuseUnless(fields.client_id === CLIENT_ID, 'the client id');
    refuseUnless(typeof fields.refresh_token === 'string', 'a refresh token');
    const detour = detours.take('token');
    if (detour) return detour;
    const next = tokens.rotate(fields.refresh_token);
    return typeof next === 'string' ? refused('invalid_grant') : pair(next);
  };

  const { firstTunnel } = options;
  return {
    hosts: {
      'platform.claude.com': firstTunnel === undefined ? handle : { handle, tunnel: firstTunnel },
      'console.anthropic.com': handle,
    },
    tokens,
    detours,
    authorize: (address) => {
      const { code, state } = codes.authorize(address);
      return `${code}#${state}`;
    },
  };
}

function refused(error: string): SimReply {
  return {
    status: 400,
    body: { error, error_description: 'Refresh token not found or invalid' },
  };
}
