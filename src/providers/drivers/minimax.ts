import type { HttpReply } from '../../base/deps.ts';
import { isJsonObject, type JsonObject, parseObject, stringAt } from '../../base/json.ts';
import { accountOf } from '../../base/jwt.ts';
import { hasControls } from '../../base/text.ts';
import { type PollResult, pollUntilDone } from '../flows/device-login.ts';
import { httpsUrl } from '../flows/device-reply.ts';
import { loginDenied, loginFailed } from '../flows/login-errors.ts';
import { createPkce } from '../flows/pkce.ts';
import { spendOnce } from '../flows/refresh-grant.ts';
import { sendLogin } from '../flows/send.ts';
import {
  grantOf,
  judgeTokenReply,
  plainText,
  type Refusal,
  refusalOf,
  type Tokens,
} from '../flows/token-reply.ts';
import type { Grant, LoginContext, OAuthDriver, RefreshContext, RefreshFailure } from '../oauth.ts';
import { formRequest } from './form-request.ts';

// All facts: oauth-flows §6.
const NAME = 'MiniMax';
const CLIENT_ID = '78257093-7e40-4613-99e0-527b14b39113';
const SCOPE = 'group_id profile model.completion';
const TIMEOUT_MS = 15_000;
const SKEW_MS = 60_000;

/** Regions by the name that Hermes stores; a login is always global. */
const REGIONS = {
  global: {
    portal_base_url: 'https://api.minimax.io',
    inference_base_url: 'https://api.minimax.io/anthropic',
  },
  cn: {
    portal_base_url: 'https://api.minimaxi.com',
    inference_base_url: 'https://api.minimaxi.com/anthropic',
  },
} as const;

/**
 * MiniMax's own user-code grant with PKCE: the code is polled with the verifier, "pending" is HTTP
 * 200 with another `status` than `success` and `error`, and `expired_in` means an absolute time or a
 * duration. Refresh tokens are single-use.
 */
export const minimax: OAuthDriver = {
  flow: 'device_code',
  takes: [],
  login,
  refresh: (context, grant) =>
    spendOnce(context, grant, { refusal: judgeRefusal, more: refreshedFacts }, (token) =>
      sendRefresh(context, grant, token.reveal()),
    ),
  refreshSkewMs: () => SKEW_MS,
  singleUse: true,
};

async function login(context: LoginContext): Promise<Grant> {
  const region = REGIONS.global;
  const pkce = createPkce(context.random, 64);
  const state = context.random(16).toString('base64url');
  const reply = await sendLogin(context, {
    ...formRequest(
      `${region.portal_base_url}/oauth/code`,
      {
        response_type: 'code',
        client_id: CLIENT_ID,
        scope: SCOPE,
        code_challenge: pkce.challenge,
        code_challenge_method: 'S256',
        state,
      },
      { 'x-request-id': uuid(context.random(16)) },
    ),
    timeoutMs: TIMEOUT_MS,
  });
  const code = judgeUserCode(reply, state, context.clock.now());
  context.show({ kind: 'device_code', completeUrl: code.url, ...code });
  const tokens = await pollUntilDone(context, NAME, code, async () => {
    const answer = await sendLogin(context, {
      ...formRequest(`${region.portal_base_url}/oauth/token`, {
        grant_type: 'urn:ietf:params:oauth:grant-type:user_code',
        client_id: CLIENT_ID,
        user_code: code.userCode,
        code_verifier: pkce.verifier.reveal(),
      }),
      timeoutMs: TIMEOUT_MS,
    });
    return judgePoll(answer, context.clock.now());
  });
  const message = plainText(tokens.body.notification_message);
  if (message !== undefined) context.show({ kind: 'note', text: `Note from MiniMax: ${message}` });
  return grantOf(tokens, {
    account: accountOf(tokens.accessToken),
    expiresAt: endOf(tokens.body.expired_in, tokens.obtainedAt),
    facts: {
      provider: 'minimax-oauth',
      region: 'global',
      ...region,
      client_id: CLIENT_ID,
      scope: SCOPE,
      token_type: tokens.tokenType ?? 'Bearer',
      ...resourceOf(tokens),
    },
  });
}

interface UserCode {
  readonly userCode: string;
  readonly url: string;
  readonly expiresAt: number;
  readonly intervalMs: number;
}

/** The first answer: it must repeat our state; `interval` is in milliseconds. */
export function judgeUserCode(reply: HttpReply, state: string, now: number): UserCode {
  const body = okBody(reply);
  if (body.state !== state)
    throw loginFailed(NAME, 'its answer belongs to another login (state_mismatch)');
  const userCode = stringAt(body, 'user_code');
  const url = httpsUrl(body.verification_uri);
  const expiresAt = endOf(body.expired_in, now);
  if (userCode === undefined || userCode.length > 64 || hasControls(userCode)) {
    throw loginFailed(NAME, 'its answer has no usable user_code');
  }
  if (url === undefined) throw loginFailed(NAME, 'its verification_uri is no https address');
  if (expiresAt === undefined) throw loginFailed(NAME, 'its answer has no usable expired_in');
  const asked = typeof body.interval === 'number' ? body.interval : 0;
  return { userCode, url, expiresAt, intervalMs: Math.min(60_000, Math.max(2000, asked)) };
}

/** Only `success` and `error` end the login; any other `status` is "not yet". */
export function judgePoll(reply: HttpReply, now: number): PollResult<Tokens> {
  const body = okBody(reply);
  if (body.status === 'error') throw loginDenied(NAME, messageOf(body));
  if (body.status !== 'success') return { kind: 'pending' };
  const verdict = judgeTokenReply(reply, now);
  if (verdict.kind !== 'tokens') throw loginFailed(NAME, 'its answer holds no usable token');
  if (verdict.tokens.refreshToken === undefined) {
    throw loginFailed(NAME, 'the answer holds no refresh token');
  }
  if (endOf(body.expired_in, now) === undefined) {
    throw loginFailed(NAME, 'its answer has no usable expired_in');
  }
  return { kind: 'done', value: verdict.tokens };
}

/**
 * The end that `expired_in` means: larger than half of now it is a time in Unix milliseconds, else
 * a duration in seconds.
 */
export function endOf(value: unknown, now: number): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !(number > 0) || number > 10 * now) return undefined;
  return number > now / 2 ? number : now + number * 1000;
}

async function sendRefresh(
  context: RefreshContext,
  grant: Grant,
  token: string,
): Promise<HttpReply> {
  const { portal_base_url: portal } = REGIONS[grant.facts.region === 'cn' ? 'cn' : 'global'];
  const reply = await context.http({
    ...formRequest(`${portal}/oauth/token`, {
      grant_type: 'refresh_token',
      client_id: CLIENT_ID,
      refresh_token: token,
    }),
    timeoutMs: TIMEOUT_MS,
    signal: context.signal,
  });
  const body = parseObject(reply.body);
  // An error comes with 200 as well; it is made one for the general judge.
  return reply.status === 200 && body !== undefined && body.status !== 'success'
    ? { ...reply, status: 400 }
    : reply;
}

const DEAD_WORDS = ['invalid_grant', 'refresh_token_reused', 'invalid_refresh_token'];

function judgeRefusal(refusal: Refusal): RefreshFailure | undefined {
  const { status, code, description } = refusal;
  const word = DEAD_WORDS.find((dead) => code === dead || description?.includes(dead));
  if (word !== undefined) return { kind: 'dead', reason: word, status };
  return status === 400
    ? { kind: 'dead', reason: code ?? 'minimax_refresh_failed', status }
    : undefined;
}

function refreshedFacts(tokens: Tokens, before: Grant) {
  return {
    account: accountOf(tokens.accessToken) ?? before.account,
    expiresAt: endOf(tokens.body.expired_in, tokens.obtainedAt),
    facts: {
      ...before.facts,
      token_type: tokens.tokenType ?? before.facts.token_type ?? 'Bearer',
      ...resourceOf(tokens),
    },
  };
}

function resourceOf(tokens: Tokens): JsonObject {
  const resource = plainText(tokens.body.resource_url);
  return resource === undefined ? {} : { resource_url: resource };
}

function okBody(reply: HttpReply): JsonObject {
  const body = parseObject(reply.body);
  if (reply.status === 200 && body !== undefined) return body;
  const why =
    reply.status === 200 ? 'its answer is no JSON object' : `it answered HTTP ${reply.status}`;
  const detail = body && (messageOf(body) ?? refusalOf(reply.status, body).code);
  throw loginFailed(NAME, why, { detail });
}

function messageOf(body: JsonObject): string | undefined {
  return isJsonObject(body.base_resp) ? stringAt(body.base_resp, 'status_msg') : undefined;
}

/** RFC 9562 §5.4. */
function uuid(bytes: Buffer): string {
  const hex = Buffer.from(bytes);
  hex[6] = ((hex[6] ?? 0) & 0x0f) | 0x40;
  hex[8] = ((hex[8] ?? 0) & 0x3f) | 0x80;
  return hex.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
