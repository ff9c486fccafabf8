import type { HttpReply, HttpRequest } from '../../base/deps.ts';
import { isJsonObject, parseObject, stringAt } from '../../base/json.ts';
import { accountOf, readClaims } from '../../base/jwt.ts';
import { NetworkError } from '../../base/network-error.ts';
import { allowedUrl } from '../flows/allow-hosts.ts';
import { deviceCodeLogin } from '../flows/device-login.ts';
import { loginFailed } from '../flows/login-errors.ts';
import { networkOutcome, type RefreshRules, refreshGrant } from '../flows/refresh-grant.ts';
import { sendLogin } from '../flows/send.ts';
import type { Server } from '../flows/server.ts';
import { grantOf, type Tokens } from '../flows/token-reply.ts';
import type { Grant, OAuthDriver } from '../oauth.ts';

// All facts: oauth-flows §5.
const PROVIDER = 'xAI';
const ISSUER = 'https://auth.x.ai';
const DISCOVERY_URL = `${ISSUER}/.well-known/openid-configuration`;
const DEVICE_URL = `${ISSUER}/oauth2/device/code`;
const CLIENT_ID = 'b1a00492-073a-47ea-816f-4c329264a828';
const SCOPE = 'openid profile email offline_access grok-cli:access api:access';
/** Endpoints that discovery or a stored state names must be here. */
const HOSTS = ['x.ai', '*.x.ai'];
const DISCOVERY_TIMEOUT_MS = 15_000;

/** A token that lives this long or shorter is a device token, refreshed late (design §15). */
const SHORT_LIFE_MS = 45 * 60_000;

/** Endpoints as Hermes stores them under `discovery`. */
interface Endpoints {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
}

/**
 * Device code (RFC 8628) at a token endpoint that discovery names (RFC 8414). Refresh tokens are
 * single-use: store the new one before using the access token.
 *
 * Of the discovery document only the two endpoints count that Hermes reads and stores; the device
 * endpoint is a constant there too (oauth-flows §5).
 */
export const xai: OAuthDriver = {
  flow: 'device_code',
  takes: [],
  singleUse: true,
  refreshSkewMs: (grant) => ((lifeOf(grant) ?? 0) <= SHORT_LIFE_MS ? 120_000 : 3_600_000),
  login: async (context) => {
    const found = await discover((request) => sendLogin(context, request));
    if ('why' in found) throw loginFailed(PROVIDER, found.why);
    const tokens = await deviceCodeLogin(context, serverOf(found.endpoints), SCOPE);
    if (tokens.refreshToken === undefined) {
      throw loginFailed(PROVIDER, 'the answer holds no refresh token');
    }
    const facts = { discovery: { ...found.endpoints }, token_type: tokens.tokenType ?? 'Bearer' };
    return grantOf(tokens, { ...moreOf(tokens), facts });
  },
  refresh: async (context, grant) => {
    const stored = storedEndpoints(grant);
    if (stored) return refreshGrant(context, serverOf(stored), grant, rules);
    try {
      // Once and quickly: this happens under the lock.
      const found = await discover((request) =>
        context.http({ ...request, timeoutMs: 5_000, signal: context.signal }),
      );
      if ('endpoints' in found) {
        return refreshGrant(context, serverOf(found.endpoints), grant, rules);
      }
      return { failure: { kind: 'retry', reason: found.why, retryAfterMs: undefined } };
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      // The token has not been sent, whatever became of the discovery.
      return {
        failure: { kind: 'retry', reason: networkOutcome(error).reason, retryAfterMs: undefined },
      };
    }
  },
};

const rules: RefreshRules = {
  refusal: ({ status, code }) => {
    if (status === 403) {
      // The plan does not include it; the grant is good (advice: an API key of the provider xai).
      return { kind: 'retry', reason: 'xai_oauth_tier_denied', retryAfterMs: undefined };
    }
    if (code !== 'invalid_client' && (status === 400 || status === 401)) {
      return { kind: 'dead', reason: code ?? 'xai_refresh_failed', status };
    }
    return undefined;
  },
  more: moreOf,
};

function serverOf(endpoints: Endpoints): Server {
  return {
    provider: PROVIDER,
    issuer: ISSUER,
    tokenUrl: endpoints.token_endpoint,
    deviceUrl: DEVICE_URL,
    clientId: CLIENT_ID,
  };
}

/** Asks for the endpoints. An answer that cannot be used is a finding; HTTP throws as it does. */
async function discover(
  send: (request: HttpRequest) => Promise<HttpReply>,
): Promise<{ readonly endpoints: Endpoints } | { readonly why: string }> {
  const reply = await send({
    method: 'GET',
    url: DISCOVERY_URL,
    headers: { accept: 'application/json' },
    timeoutMs: DISCOVERY_TIMEOUT_MS,
  });
  const document = reply.status === 200 ? parseObject(reply.body) : undefined;
  // RFC 8414 §3.3: metadata of another issuer is not ours.
  const issuer = document && (stringAt(document, 'issuer') ?? ISSUER).replace(/\/$/, '');
  const endpoints = issuer === ISSUER ? endpointsOf(document) : undefined;
  if (endpoints) return { endpoints };
  return { why: `the discovery document of auth.x.ai cannot be used (HTTP ${reply.status})` };
}

function storedEndpoints(grant: Grant): Endpoints | undefined {
  return endpointsOf(grant.facts.discovery);
}

/** Both endpoints, or undefined when one is missing or lies outside x.ai. */
function endpointsOf(value: unknown): Endpoints | undefined {
  if (!isJsonObject(value)) return undefined;
  const authorization = allowedUrl(stringAt(value, 'authorization_endpoint'), HOSTS);
  const token = allowedUrl(stringAt(value, 'token_endpoint'), HOSTS);
  if (authorization === undefined || token === undefined) return undefined;
  return { authorization_endpoint: authorization, token_endpoint: token };
}

/** The account of the id token, else of the access token; the expiry, where only that token says. */
function moreOf(tokens: Tokens) {
  const account = (tokens.idToken && accountOf(tokens.idToken)) ?? accountOf(tokens.accessToken);
  const exp = readClaims(tokens.accessToken)?.exp;
  return {
    ...(account === undefined ? {} : { account }),
    ...(typeof exp === 'number' && exp > 0 ? { expiresAt: Math.floor(exp * 1000) } : {}),
  };
}

/** The whole life of an access token: `exp − iat`, else from its receipt to its end. */
function lifeOf(grant: Grant): number | undefined {
  const claims = readClaims(grant.accessToken);
  if (typeof claims?.exp === 'number' && typeof claims.iat === 'number') {
    return (claims.exp - claims.iat) * 1000;
  }
  return grant.expiresAt === undefined ? undefined : grant.expiresAt - grant.obtainedAt;
}
