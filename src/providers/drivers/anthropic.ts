import type { HttpReply, HttpRequest } from '../../base/deps.ts';
import { isJsonObject, type JsonObject, stringAt } from '../../base/json.ts';
import { NetworkError } from '../../base/network-error.ts';
import { type BrowserAnswer, browserLogin } from '../flows/browser-login.ts';
import { tokensOf } from '../flows/code-login.ts';
import { spendOnce } from '../flows/refresh-grant.ts';
import { sendLogin } from '../flows/send.ts';
import { grantOf, judgeTokenReply, plainText, type Tokens } from '../flows/token-reply.ts';
import type { LoginContext, OAuthDriver, RefreshContext } from '../oauth.ts';

// All facts: oauth-flows §2.
const PROVIDER = 'Anthropic';
const AUTHORIZE_URL = 'https://claude.ai/oauth/authorize';
const REDIRECT_URI = 'https://console.anthropic.com/oauth/code/callback';
const CLIENT_ID = '9d1c250a-e61b-44d9-88ed-5944d1962f5e';
const SCOPE = 'org:create_api_key user:profile user:inference';

/** The second is asked only when no connection to the first came about (design §15). */
const TOKEN_URLS = [
  'https://platform.claude.com/v1/oauth/token',
  'https://console.anthropic.com/v1/oauth/token',
] as const;

/** The token endpoint answers 429 to agents that begin with `claude-code/` or `Mozilla/`. */
const USER_AGENT = 'axios/1.7.9';

const EXCHANGE_TIMEOUT_MS = 15_000;
const REFRESH_TIMEOUT_MS = 10_000;
const DEFAULT_LIFE_MS = 3_600_000;

/**
 * Authorization code whose redirect is a page of Anthropic that shows `code#state`.
 *
 * Departures from the standard, all of oauth-flows §2: the token endpoint takes JSON, the exchange
 * repeats the state, and the authorization request says `code=true`. Refresh tokens are single-use.
 */
export const anthropic: OAuthDriver = {
  flow: 'paste',
  takes: [],
  singleUse: true,
  refreshSkewMs: () => 120_000,
  login: async (context) => {
    const tokens = await browserLogin(
      context,
      {
        provider: PROVIDER,
        authorizeUrl: AUTHORIZE_URL,
        parameters: {
          code: 'true',
          client_id: CLIENT_ID,
          response_type: 'code',
          scope: SCOPE,
        },
        redirect: { kind: 'hosted', uri: REDIRECT_URI },
        paste: 'code#state',
      },
      (answer) => exchange(context, answer),
    );
    return grantOf(tokens, moreOf(tokens));
  },
  refresh: (context, grant) =>
    spendOnce(context, grant, { more: moreOf }, (token) =>
      ask(context, context.http, REFRESH_TIMEOUT_MS, {
        grant_type: 'refresh_token',
        refresh_token: token.reveal(),
        client_id: CLIENT_ID,
      }),
    ),
};

async function exchange(context: LoginContext, answer: BrowserAnswer): Promise<Tokens> {
  const send = (request: HttpRequest) => sendLogin(context, request);
  const reply = await ask(context, send, EXCHANGE_TIMEOUT_MS, {
    grant_type: 'authorization_code',
    client_id: CLIENT_ID,
    code: answer.params.get('code') ?? '',
    state: answer.params.get('state') ?? '',
    redirect_uri: answer.redirectUri,
    code_verifier: answer.verifier.reveal(),
  });
  return tokensOf(PROVIDER, judgeTokenReply(reply, context.clock.now()));
}

/** Account and expiry of an answer; both stay undefined for a refresh that says neither. */
function moreOf(tokens: Tokens) {
  const { account } = tokens.body;
  const name = isJsonObject(account) ? stringAt(account, 'email_address') : undefined;
  return {
    ...(plainText(name) === undefined ? {} : { account: name }),
    expiresAt: tokens.obtainedAt + DEFAULT_LIFE_MS, // only where `expires_in` is absent
  };
}

/**
 * Sends one token request to the first host that takes the connection. Code and refresh token are
 * single-use, so that a host which may have seen them is the last one.
 */
async function ask(
  context: RefreshContext,
  send: (request: HttpRequest) => Promise<HttpReply>,
  timeoutMs: number,
  fields: JsonObject,
): Promise<HttpReply> {
  const request = (url: string): HttpRequest => ({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', 'user-agent': USER_AGENT },
    body: JSON.stringify(fields),
    timeoutMs,
    signal: context.signal,
  });
  const [first, second] = TOKEN_URLS;
  try {
    return await send(request(first));
  } catch (error) {
    if (!(error instanceof NetworkError) || error.maybeSent) throw error;
    return send(request(second));
  }
}
