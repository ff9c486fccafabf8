import type { HttpReply } from '../../base/deps.ts';
import type { JsonObject } from '../../base/json.ts';
import { stringAt } from '../../base/json.ts';
import { accountOf, readClaims } from '../../base/jwt.ts';
import type { Secret } from '../../base/secret.ts';
import { judgePoll, pollUntilDone, refusedLogin, showDeviceCode } from '../flows/device-login.ts';
import { judgeDeviceReply } from '../flows/device-reply.ts';
import { loginFailed } from '../flows/login-errors.ts';
import { spendOnce } from '../flows/refresh-grant.ts';
import { sendLogin } from '../flows/send.ts';
import { grantOf, judgeTokenReply, type Refusal, type Tokens } from '../flows/token-reply.ts';
import type {
  Grant,
  LoginContext,
  OAuthDriver,
  RefreshContext,
  RefreshFailure,
  RefreshResult,
} from '../oauth.ts';
import { formRequest } from './form-request.ts';
import { inferenceUrl, namesForeignHost, portalOfGrant, portalOfLogin } from './nous-urls.ts';

// All facts: oauth-flows §4.
const NAME = 'Nous Portal';
const CLIENT_ID = 'hermes-cli';
const SCOPE = 'inference:invoke';
const TIMEOUT_MS = 15_000;
const SKEW_MS = 120_000;

/**
 * Device code (RFC 8628). Departures: the refresh token goes in a header, and the access token
 * itself is the key for inference, so that it must be a JWT with the scope `inference:invoke`;
 * no key is minted from it (design §15). Refresh tokens are single-use.
 */
export const nous: OAuthDriver = {
  flow: 'device_code',
  takes: ['portalUrl', 'inferenceUrl', 'clientId', 'scopes', 'minKeyTtlMs'],
  login,
  refresh,
  refreshSkewMs: () => SKEW_MS,
  singleUse: true,
};

async function login(context: LoginContext): Promise<Grant> {
  const { options } = context;
  const portal = portalOfLogin(context);
  const inference = inferenceUrl(undefined, options); // a wrong option shows before the browser does
  const clientId = options.clientId ?? CLIENT_ID;
  const scope = options.scopes?.join(' ') ?? SCOPE;
  const asked = await sendLogin(context, {
    ...formRequest(`${portal}/api/oauth/device/code`, {
      client_id: clientId,
      ...(scope === '' ? {} : { scope }),
    }),
    timeoutMs: TIMEOUT_MS,
  });
  const verdict = judgeDeviceReply(asked, context.clock.now());
  if (verdict.kind === 'unusable') throw loginFailed(NAME, verdict.why);
  if (verdict.kind === 'refused') throw refused(portal, verdict.refusal);
  const { code } = verdict;
  showDeviceCode(context, code);
  const tokens = await pollUntilDone(context, NAME, code, async () => {
    const reply = await sendLogin(context, {
      ...formRequest(`${portal}/api/oauth/token`, {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        client_id: clientId,
        device_code: code.deviceCode.reveal(),
      }),
      timeoutMs: TIMEOUT_MS,
    });
    return judgeNousPoll(portal, reply, context.clock.now());
  });
  const grant = newGrant(tokens, {
    portal_base_url: portal,
    inference_base_url: inferenceUrl(tokens.body.inference_base_url, options),
    client_id: clientId,
    scope: tokens.scope ?? scope,
    token_type: tokens.tokenType ?? 'Bearer',
  });
  noteDifferences(context, tokens, grant, inference);
  return grant;
}

function judgeNousPoll(portal: string, reply: HttpReply, now: number) {
  const verdict = judgeTokenReply(reply, now);
  if (verdict.kind === 'refused' && isOwnCode(verdict.refusal.code)) {
    throw refused(portal, verdict.refusal);
  }
  return judgePoll(NAME, verdict);
}

/** @throws `login_failed` when Nous would not take the token for inference */
function newGrant(tokens: Tokens, facts: JsonObject): Grant {
  const problem = tokenProblem(tokens.accessToken, stringAt(facts, 'scope'), tokens.obtainedAt);
  if (problem !== undefined) throw loginFailed(NAME, TOKEN_PROBLEMS[problem]);
  if (tokens.refreshToken === undefined)
    throw loginFailed(NAME, 'the answer holds no refresh token');
  return grantOf(tokens, {
    account: accountOf(tokens.accessToken),
    facts,
    expiresAt: tokenEnd(tokens.accessToken),
  });
}

const TOKEN_PROBLEMS = {
  access_token_not_jwt: 'its token is not one that inference takes (access_token_not_jwt)',
  missing_inference_invoke_scope:
    'its token lacks the scope inference:invoke (missing_inference_invoke_scope)',
  invoke_jwt_expiry_unknown_or_expiring:
    'its token does not say how long it lives (invoke_jwt_expiry_unknown_or_expiring)',
  invoke_jwt_expiring: 'its token runs out at once (invoke_jwt_expiring)',
} as const;

/** Why inference would refuse an access token, in Hermes' codes; undefined when it would not. */
export function tokenProblem(
  token: Secret,
  scope: string | undefined,
  now: number,
): keyof typeof TOKEN_PROBLEMS | undefined {
  const claims = token.reveal().split('.').length === 3 ? readClaims(token) : undefined;
  if (claims === undefined) return 'access_token_not_jwt';
  const scopes = [scope, claims.scope, claims.scp].flatMap(wordsOf);
  if (!scopes.includes('inference:invoke')) return 'missing_inference_invoke_scope';
  const end = tokenEnd(token);
  if (end === undefined) return 'invoke_jwt_expiry_unknown_or_expiring';
  return end > now + SKEW_MS ? undefined : 'invoke_jwt_expiring';
}

/** Scopes stand as one text, by spaces or commas, or as a list. */
function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.split(/[\s,]+/);
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}

function tokenEnd(token: Secret): number | undefined {
  const exp = readClaims(token)?.exp;
  return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
}

function noteDifferences(
  { show, options }: LoginContext,
  tokens: Tokens,
  grant: Grant,
  asked: string,
): void {
  const used = String(grant.facts.inference_base_url);
  if (namesForeignHost(tokens.body.inference_base_url)) {
    show({ kind: 'note', text: `The portal names another inference host; ${used} is used` });
  } else if (used !== asked) {
    show({ kind: 'note', text: `Using portal-provided inference URL: ${used}` });
  }
  const life = grant.expiresAt === undefined ? undefined : grant.expiresAt - grant.obtainedAt;
  if (life !== undefined && options.minKeyTtlMs !== undefined && life < options.minKeyTtlMs) {
    const minutes = Math.floor(life / 60_000);
    show({ kind: 'note', text: `Tokens of this portal live ${minutes} min, less than asked for` });
  }
}

const BUSY = 'temporarily_unavailable';

/** Refusals that a new login does not mend (oauth-flows §1.3). */
const BILLING: Readonly<Record<string, string>> = {
  subscription_required: 'there is no active subscription',
  subscription_expired: 'the subscription has ended',
  insufficient_credits: 'the credits are used up',
  no_usable_credits: 'there are no usable credits',
  account_missing: 'the portal does not know the account',
  member_spend_cap_exceeded: 'the spending limit of the account is reached',
};

function isOwnCode(code: string | undefined): code is string {
  return code !== undefined && (code === BUSY || Object.hasOwn(BILLING, code));
}

function refused(portal: string, refusal: Refusal) {
  const code = refusal.code ?? '';
  if (code === BUSY) {
    return loginFailed(NAME, 'the portal is busy', {
      hint: 'run the command again in some seconds',
    });
  }
  if (!Object.hasOwn(BILLING, code)) return refusedLogin(NAME, refusal);
  return loginFailed(NAME, `${BILLING[code]} (${code})`, { hint: `see ${portal}/billing` });
}

async function refresh(context: RefreshContext, grant: Grant): Promise<RefreshResult> {
  const portal = portalOfGrant(stringAt(grant.facts, 'portal_base_url'), context.env);
  if (portal === undefined) {
    return { failure: { kind: 'retry', reason: 'portal_not_allowed', retryAfterMs: undefined } };
  }
  return spendOnce(context, grant, { refusal: judgeRefusal, more: refreshedFacts }, (token) =>
    context.http({
      ...formRequest(
        `${portal}/api/oauth/token`,
        {
          grant_type: 'refresh_token',
          client_id: stringAt(grant.facts, 'client_id') ?? CLIENT_ID,
        },
        { 'x-nous-refresh-token': token.reveal() },
      ),
      timeoutMs: TIMEOUT_MS,
      signal: context.signal,
    }),
  );
}

/** None of Nous' own codes speaks of the refresh token: it is as good as before. */
function judgeRefusal({ code }: Refusal): RefreshFailure | undefined {
  return isOwnCode(code) ? { kind: 'retry', reason: code, retryAfterMs: undefined } : undefined;
}

function refreshedFacts(tokens: Tokens, before: Grant) {
  const named = tokens.body.inference_base_url ?? before.facts.inference_base_url;
  return {
    account: accountOf(tokens.accessToken) ?? before.account,
    expiresAt: tokenEnd(tokens.accessToken),
    facts: {
      ...before.facts,
      inference_base_url: inferenceUrl(named, {}),
      scope: tokens.scope ?? before.facts.scope ?? SCOPE,
      token_type: tokens.tokenType ?? before.facts.token_type ?? 'Bearer',
    },
  };
}
