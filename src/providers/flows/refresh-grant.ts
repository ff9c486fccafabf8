import type { HttpReply } from '../../base/deps.ts';
import { NetworkError } from '../../base/network-error.ts';
import type { Secret } from '../../base/secret.ts';
import type { Grant, RefreshContext, RefreshFailure, RefreshResult } from '../oauth.ts';
import type { Server } from './server.ts';
import { grantOf, judgeTokenReply, type Refusal, type Tokens } from './token-reply.ts';

/** Nobody waits longer than this for a provider that asks to wait (reliability.md §4b). */
const LONGEST_WAIT_MS = 60_000;

/** Codes that end a refresh token (oauth-flows §1.4). */
const DEAD_CODES: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_token',
  'refresh_token_reused',
  'refresh_token_expired',
  'refresh_token_invalidated',
  'token_invalidated',
  'token_revoked',
  'unauthorized_client',
]);

/** What one provider does differently. */
export interface RefreshRules {
  /** Judges a refusal first; undefined leaves it to the general rule. */
  readonly refusal?: (refusal: Refusal) => RefreshFailure | undefined;
  /** Account, facts or an expiry that the answer does not give in the standard way. */
  readonly more?: (
    tokens: Tokens,
    before: Grant,
  ) => Partial<Pick<Grant, 'account' | 'facts' | 'expiresAt'>>;
}

/** Refresh at a server that speaks the standard (RFC 6749 §6). Sends at most one request. */
export async function refreshGrant(
  context: RefreshContext,
  server: Server,
  grant: Grant,
  rules: RefreshRules = {},
): Promise<RefreshResult> {
  const { requestRefresh } = await import('./standard-requests.ts');
  return spendOnce(context, grant, rules, (token) => requestRefresh(context, server, token));
}

/**
 * One refresh: the token goes out once, whatever comes back.
 *
 * @param send sends the token; called at most once
 * @throws the reason of the signal, when that ends it: nobody knows then whether the token is spent
 */
export async function spendOnce(
  context: RefreshContext,
  grant: Grant,
  rules: RefreshRules,
  send: (token: Secret) => Promise<HttpReply>,
): Promise<RefreshResult> {
  if (grant.refreshToken === undefined) {
    return { failure: { kind: 'dead', reason: 'no_refresh_token', status: undefined } };
  }
  let reply: HttpReply;
  try {
    reply = await send(grant.refreshToken);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return { failure: networkOutcome(error) };
  }
  return judgeRefresh(reply, grant, context.clock.now(), rules);
}

/** Nothing sent: as good as before. Perhaps sent: perhaps spent (reliability.md §4c). */
export function networkOutcome(error: NetworkError): RefreshFailure {
  const reason = `${error.code}: ${error.host} ${error.why}`;
  return error.maybeSent
    ? { kind: 'uncertain', reason }
    : { kind: 'retry', reason, retryAfterMs: undefined };
}

/** The answer to a refresh, by the table of reliability.md §4c. */
export function judgeRefresh(
  reply: HttpReply,
  before: Grant,
  now: number,
  rules: RefreshRules = {},
): RefreshResult {
  const verdict = judgeTokenReply(reply, now);
  switch (verdict.kind) {
    case 'tokens': {
      const kept = {
        account: before.account,
        facts: before.facts,
        refreshToken: before.refreshToken,
      };
      return {
        grant: grantOf(verdict.tokens, { ...kept, ...rules.more?.(verdict.tokens, before) }),
      };
    }
    case 'unusable':
      return { failure: { kind: 'uncertain', reason: `HTTP ${verdict.status}: ${verdict.why}` } };
    case 'refused': {
      const own = rules.refusal?.(verdict.refusal);
      return { failure: own ?? refusalOutcome(verdict.refusal, retryAfterMs(reply, now)) };
    }
    default:
      return verdict satisfies never;
  }
}

function refusalOutcome(refusal: Refusal, waitMs: number | undefined): RefreshFailure {
  const { status, code } = refusal;
  const reason = code ?? `http_${status}`;
  // The client is unknown or its secret wrong (RFC 6749 §5.2): the token was not looked at, and
  // calling it dead would let Hermes prune it.
  if (code === 'invalid_client') return { kind: 'retry', reason, retryAfterMs: undefined };
  if (status === 429 || (status === 503 && waitMs !== undefined)) {
    return { kind: 'retry', reason, retryAfterMs: waitMs };
  }
  if (status >= 500) return { kind: 'uncertain', reason };
  if (status === 401 || (code !== undefined && DEAD_CODES.has(code))) {
    return { kind: 'dead', reason, status };
  }
  // An OAuth error of another kind refused the request before the token; a 4xx without a code may
  // come from anybody on the way.
  return code === undefined
    ? { kind: 'uncertain', reason }
    : { kind: 'retry', reason, retryAfterMs: undefined };
}

/**
 * `Retry-After` as seconds or as date (RFC 9110 §10.2.3), in milliseconds. Undefined when there is
 * none, when it is not understood and when it is beyond a minute, which nobody waits.
 */
export function retryAfterMs(reply: HttpReply, now: number): number | undefined {
  const text = (reply.headers['retry-after'] ?? '').trim();
  const ms = /^\d{1,10}$/.test(text)
    ? Number(text) * 1000
    : /^[A-Z][a-z]{2}, /.test(text)
      ? Date.parse(text) - now
      : Number.NaN;
  return ms <= LONGEST_WAIT_MS ? Math.max(0, ms) : undefined;
}
