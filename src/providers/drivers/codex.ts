import type { HttpReply } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';
import { type JsonObject, parseObject, stringAt } from '../../base/json.ts';
import { Secret } from '../../base/secret.ts';
import { type PollResult, pollUntilDone } from '../flows/device-login.ts';
import { loginFailed } from '../flows/login-errors.ts';
import { retryAfterMs, spendOnce } from '../flows/refresh-grant.ts';
import { sendLogin } from '../flows/send.ts';
import { grantOf, isToken, judgeTokenReply, refusalOf } from '../flows/token-reply.ts';
import type { Grant, LoginContext, OAuthDriver, RefreshFailure } from '../oauth.ts';
import { accountIn, tokenEnd } from './codex-token.ts';
import { formRequest } from './form-request.ts';

const NAME = 'OpenAI';
const ISSUER = 'https://auth.openai.com';
const CLIENT_ID = 'app_EMoamEEZ73f0CkXaXp7hrann'; // public client of the Codex CLI, no secret
const TIMEOUT_MS = 15_000;
const LOGIN_MS = 15 * 60_000;
const SKEW_MS = 120_000;

/**
 * OpenAI's own device flow (oauth-flows §3), which is not RFC 8628: JSON requests, the server makes
 * the PKCE pair and gives it away with the code, and "pending" is HTTP 403 or 404. Neither reads nor
 * writes `~/.codex`. Refresh tokens are single-use.
 */
export const codex: OAuthDriver = {
  flow: 'device_code',
  takes: [],
  login,
  refresh: (context, grant) =>
    spendOnce(context, grant, { refusal: judgeRefusal, more: withTokenFacts }, (token) =>
      context.http({
        ...tokenRequest({
          grant_type: 'refresh_token',
          refresh_token: token.reveal(),
          client_id: CLIENT_ID,
        }),
        signal: context.signal,
      }),
    ),
  refreshSkewMs: () => SKEW_MS,
  singleUse: true,
};

async function login(context: LoginContext): Promise<Grant> {
  const reply = await requestUserCode(context);
  const code = judgeUserCode(reply);
  const expiresAt = context.clock.now() + LOGIN_MS;
  context.show({
    kind: 'device_code',
    url: `${ISSUER}/codex/device`,
    completeUrl: undefined,
    userCode: code.userCode,
    expiresAt,
    intervalMs: code.intervalMs,
  });
  const approved = await pollUntilDone(context, NAME, { ...code, expiresAt }, async () =>
    judgePoll(
      await postJson(context, 'token', {
        device_auth_id: code.deviceAuthId.reveal(),
        user_code: code.userCode,
      }),
    ),
  );
  const exchange = await sendLogin(context, {
    ...tokenRequest({
      grant_type: 'authorization_code',
      code: approved.code.reveal(),
      redirect_uri: `${ISSUER}/deviceauth/callback`,
      client_id: CLIENT_ID,
      code_verifier: approved.verifier.reveal(),
    }),
    timeoutMs: TIMEOUT_MS,
  });
  return judgeExchange(exchange, context.clock.now());
}

/** Waits before the second, third and fourth try of a rate-limited request (oauth-flows §3). */
const RATE_WAITS_MS = [2000, 4000, 8000];

async function requestUserCode(context: LoginContext): Promise<HttpReply> {
  for (const wait of RATE_WAITS_MS) {
    const reply = await postJson(context, 'usercode', { client_id: CLIENT_ID });
    if (reply.status !== 429) return reply;
    const asked = retryAfterMs(reply, context.clock.now()) ?? wait;
    const ms = Math.min(60_000, Math.max(1000, asked));
    context.show({
      kind: 'note',
      text: `OpenAI is rate-limiting login requests (429); retrying in ${Math.round(ms / 1000)}s...`,
    });
    await context.clock.sleep(ms, context.signal);
  }
  return postJson(context, 'usercode', { client_id: CLIENT_ID });
}

interface DeviceCode {
  readonly userCode: string;
  readonly deviceAuthId: Secret;
  readonly intervalMs: number;
}

/** The first answer. `interval` is a string of seconds; the vendor also reads the key `usercode`. */
export function judgeUserCode(reply: HttpReply): DeviceCode {
  if (reply.status === 404) {
    throw loginFailed(NAME, 'device login is not enabled for this account', {
      hint: 'allow device code login in the security settings of ChatGPT, then run the command again',
    });
  }
  if (reply.status === 429) {
    throw new GormesError('codex_rate_limited', 'OpenAI is rate-limiting login requests', {
      hint: 'wait some minutes, then run the command again',
    });
  }
  const body = okBody(reply, 'the request for a code');
  const userCode = stringAt(body, 'user_code') ?? stringAt(body, 'usercode');
  const deviceAuthId = stringAt(body, 'device_auth_id');
  if (userCode === undefined || !isToken(deviceAuthId)) {
    throw loginFailed(NAME, 'the answer to the request for a code is incomplete');
  }
  const seconds = Number.parseInt(String(body.interval ?? ''), 10);
  const interval = Number.isNaN(seconds) ? 5 : Math.min(60, Math.max(3, seconds));
  return { userCode, deviceAuthId: new Secret(deviceAuthId), intervalMs: interval * 1000 };
}

interface Approved {
  readonly code: Secret;
  readonly verifier: Secret;
}

/** HTTP 403 and 404 say that the person has not confirmed yet. */
export function judgePoll(reply: HttpReply): PollResult<Approved> {
  if (reply.status === 403 || reply.status === 404) return { kind: 'pending' };
  const body = okBody(reply, 'a poll');
  const { authorization_code: code, code_verifier: verifier } = body;
  if (!isToken(code) || !isToken(verifier)) {
    throw loginFailed(NAME, 'the answer to a poll is incomplete');
  }
  return { kind: 'done', value: { code: new Secret(code), verifier: new Secret(verifier) } };
}

export function judgeExchange(reply: HttpReply, now: number): Grant {
  const verdict = judgeTokenReply(reply, now);
  switch (verdict.kind) {
    case 'tokens': {
      const grant = grantOf(verdict.tokens, { account: accountIn(verdict.tokens) });
      if (grant.refreshToken === undefined) {
        throw loginFailed(NAME, 'the answer holds no refresh token');
      }
      return { ...grant, expiresAt: tokenEnd(grant.accessToken) ?? grant.expiresAt };
    }
    case 'refused':
      throw loginFailed(NAME, `the token exchange returned status ${verdict.refusal.status}`, {
        detail: verdict.refusal.code,
      });
    case 'unusable':
      throw loginFailed(NAME, verdict.why);
    default:
      return verdict satisfies never;
  }
}

/** Codes after which OpenAI wants a new login, beyond the general ones (oauth-flows §3). */
function judgeRefusal({ status, code }: ReturnType<typeof refusalOf>): RefreshFailure | undefined {
  // A 403 without a code is the wall before OpenAI, not its token endpoint.
  const dead = code === 'invalid_request' || (status === 403 && code !== undefined);
  return dead ? { kind: 'dead', reason: code, status } : undefined;
}

function withTokenFacts(tokens: Pick<Grant, 'accessToken' | 'idToken'>, before: Grant) {
  return { account: accountIn(tokens) ?? before.account, expiresAt: tokenEnd(tokens.accessToken) };
}

function postJson(context: LoginContext, step: 'usercode' | 'token', fields: JsonObject) {
  return sendLogin(context, {
    method: 'POST',
    url: `${ISSUER}/api/accounts/deviceauth/${step}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(fields),
    timeoutMs: TIMEOUT_MS,
  });
}

function tokenRequest(fields: Readonly<Record<string, string>>) {
  return formRequest(`${ISSUER}/oauth/token`, fields);
}

function okBody(reply: HttpReply, what: string): JsonObject {
  const body = parseObject(reply.body);
  if (reply.status === 200 && body !== undefined) return body;
  const why =
    reply.status === 200
      ? `the answer to ${what} is no JSON object`
      : `${what} returned status ${reply.status}`;
  throw loginFailed(NAME, why, { detail: refusalOf(reply.status, body).code });
}
