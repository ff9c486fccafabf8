import { createHash } from 'node:crypto';
import type { HttpReply } from '../../base/deps.ts';
import { isJsonObject, type JsonObject, parseObject } from '../../base/json.ts';
import { NetworkError } from '../../base/network-error.ts';
import { Secret } from '../../base/secret.ts';
import { allowedUrl } from '../flows/allow-hosts.ts';
import { isToken, saneSeconds } from '../flows/token-reply.ts';
import type { RefreshContext } from '../oauth.ts';

// All facts: oauth-flows §11.
const EXCHANGE_URL = 'https://api.github.com/copilot_internal/v2/token';
const BASE_URL = 'https://api.githubcopilot.com';
const TIMEOUT_MS = 10_000;
const MARGIN_MS = 120_000;
const DEFAULT_LIFE_MS = 30 * 60_000;
/** Pauses before the second and the third try. */
const PAUSES_MS = [1500, 3000];
/** How long a failure is remembered: refusals, and all others. */
const REFUSED_MS = 30 * 60_000;
const FAILED_MS = 60_000;
/** GitHub's own hosts; the exchange names the one of the account's plan. */
const HOSTS = ['*.githubcopilot.com'];

/** The token that the Copilot API takes, made from a GitHub token. */
export interface CopilotToken {
  readonly token: Secret;
  readonly baseUrl: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

export type CopilotExchange =
  | ({ readonly kind: 'exchanged' } & CopilotToken)
  /** Nobody exchanged it: the API may take the GitHub token itself, with fewer models. */
  | {
      readonly kind: 'raw';
      readonly token: Secret;
      readonly baseUrl: string;
      readonly reason: string;
    };

/** Where exchanged tokens and failures are kept between calls, by the name of the GitHub token. */
export interface CopilotCache {
  /** Row as Hermes writes it to `.copilot_jwt.json`; undefined when there is none. */
  find(name: string): JsonObject | undefined;
  /** Keeps a row as well as it can; never fails because it could not. */
  put(name: string, row: JsonObject): Promise<void>;
  /** Failures of this process only, as in Hermes: another one may have a better network. */
  readonly failures: Map<string, { readonly reason: string; readonly untilMs: number }>;
}

type Context = Pick<RefreshContext, 'clock' | 'http' | 'signal' | 'env'>;

/**
 * Exchanges a GitHub token for one of the Copilot API: from the cache while it has two minutes left,
 * else by one request of at most three tries. Never throws for a failure of GitHub.
 *
 * @param github as found in a variable or told by `gh`; classic `ghp_` tokens must not come here
 */
export async function exchangeCopilotToken(
  context: Context,
  github: Secret,
  cache: CopilotCache,
): Promise<CopilotExchange> {
  const now = context.clock.now();
  const name = createHash('sha256').update(github.reveal(), 'utf8').digest('hex').slice(0, 16);
  const cached = parseRow(cache.find(name));
  if (cached !== undefined && cached.expiresAt > now + MARGIN_MS) {
    return { kind: 'exchanged', ...cached };
  }
  const failure = cache.failures.get(name);
  if (failure !== undefined && failure.untilMs > now) return raw(context, github, failure.reason);
  const verdict = await ask(context, github);
  if (verdict.kind === 'failed') {
    const { reason, refused } = verdict;
    const untilMs = context.clock.now() + (refused ? REFUSED_MS : FAILED_MS);
    cache.failures.set(name, { reason, untilMs });
    return raw(context, github, reason);
  }
  const { token, expiresAt } = verdict;
  const baseUrl = verdict.baseUrl ?? defaultBase(context);
  await cache.put(name, {
    api_token: token.reveal(),
    expires_at: Math.floor(expiresAt / 1000),
    base_url: baseUrl,
  });
  return { kind: 'exchanged', token, baseUrl, expiresAt };
}

function raw(context: Context, github: Secret, reason: string): CopilotExchange {
  return { kind: 'raw', token: github, baseUrl: defaultBase(context), reason };
}

/** The variable counts only where the exchange names no host. */
function defaultBase({ env }: Context): string {
  return env('COPILOT_API_BASE_URL')?.trim().replace(/\/+$/, '') || BASE_URL;
}

type Verdict =
  | {
      readonly kind: 'token';
      readonly token: Secret;
      readonly expiresAt: number;
      readonly baseUrl: string | undefined;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly refused: boolean };

async function ask(context: Context, github: Secret): Promise<Verdict> {
  for (const pause of PAUSES_MS) {
    const verdict = await askOnce(context, github);
    if (verdict.kind === 'token' || verdict.refused) return verdict;
    await context.clock.sleep(pause, context.signal);
  }
  return askOnce(context, github);
}

async function askOnce(context: Context, github: Secret): Promise<Verdict> {
  try {
    const reply = await context.http({
      method: 'GET',
      url: EXCHANGE_URL,
      headers: {
        authorization: `token ${github.reveal()}`, // the word is "token", not "Bearer"
        'user-agent': 'GitHubCopilotChat/0.26.7',
        accept: 'application/json',
        'editor-version': 'vscode/1.104.1',
      },
      timeoutMs: TIMEOUT_MS,
      signal: context.signal,
    });
    return judgeCopilotReply(reply, context.clock.now());
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return { kind: 'failed', reason: `${error.code}: ${error.why}`, refused: false };
  }
}

/** The answer of the exchange; its token is a text of `key=value;` parts. */
export function judgeCopilotReply(reply: HttpReply, now: number): Verdict {
  const { status } = reply;
  if (status !== 200) {
    return { kind: 'failed', reason: `http_${status}`, refused: [401, 403, 404].includes(status) };
  }
  const body = parseObject(reply.body);
  if (!isToken(body?.token)) return { kind: 'failed', reason: 'malformed_reply', refused: false };
  const seconds = typeof body.expires_at === 'number' ? body.expires_at : 0;
  return {
    kind: 'token',
    token: new Secret(body.token),
    expiresAt:
      seconds > 0 && saneSeconds(seconds - now / 1000) !== undefined
        ? seconds * 1000
        : now + DEFAULT_LIFE_MS,
    baseUrl: baseUrlIn(body, body.token),
  };
}

/** `endpoints.api`, else the proxy host in the token, `proxy.` read as `api.`. */
function baseUrlIn(body: JsonObject, token: string): string | undefined {
  const named = isJsonObject(body.endpoints) ? allowedUrl(body.endpoints.api, HOSTS) : undefined;
  if (named !== undefined) return named.replace(/\/+$/, '');
  const proxy = /(?:^|;)\s*proxy-ep=([^;\s]+)/.exec(token)?.[1];
  if (proxy === undefined) return undefined;
  const host = proxy.replace(/^https?:\/\//, '').replace(/^proxy\./, 'api.');
  return allowedUrl(`https://${host}`, HOSTS)?.replace(/\/+$/, '');
}

function parseRow(row: JsonObject | undefined): CopilotToken | undefined {
  if (row === undefined || !isToken(row.api_token) || typeof row.expires_at !== 'number') {
    return undefined;
  }
  const baseUrl = allowedUrl(row.base_url, HOSTS)?.replace(/\/+$/, '') ?? BASE_URL;
  return { token: new Secret(row.api_token), baseUrl, expiresAt: row.expires_at * 1000 };
}
