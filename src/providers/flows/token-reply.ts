import type { HttpReply } from '../../base/deps.ts';
import { isJsonObject, type JsonObject, parseObject } from '../../base/json.ts';
import { childSpans, memberValue, skipSpace, stringEnd } from '../../base/json-spans.ts';
import { LIMITS } from '../../base/limits.ts';
import { Secret } from '../../base/secret.ts';
import type { Grant } from '../oauth.ts';

/**
 * Judges what a token endpoint answers (RFC 6749 §5).
 *
 * oauth4webapi's judges are stricter than is good here: they refuse a 200 without `token_type` or
 * with an unexpected `id_token`, and at a refresh that throws a grant away whose predecessor is
 * spent. This one looks at what gets stored: type, characters, size. Nothing here is trusted for more.
 */
export type TokenVerdict =
  | { readonly kind: 'tokens'; readonly tokens: Tokens }
  /** The server says no. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** No answer of a token endpoint: a redirect, a page, half a body, a token that no header takes. */
  | { readonly kind: 'unusable'; readonly status: number; readonly why: string };

export interface Tokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly idToken: Secret | undefined;
  /** Unix milliseconds; undefined when the answer does not say, or says what nobody can mean. */
  readonly expiresAt: number | undefined;
  readonly expiresIn: number | undefined;
  readonly obtainedAt: number;
  readonly tokenType: string | undefined;
  readonly scope: string | undefined;
  /** The whole answer, secrets included, for the fields of one provider; must not be stored. */
  readonly body: JsonObject;
}

export interface Refusal {
  readonly status: number;
  /** The `error` code, when it looks like one; undefined when the answer names none. */
  readonly code: string | undefined;
  /** Server text as it came: only for `loginDenied` and `loginFailed`, which clean it. */
  readonly description: string | undefined;
}

/** Lives of more than ten years are mistakes: milliseconds for seconds, or "for ever". */
const LONGEST_S = 10 * 366 * 86_400;

/** @param now when the answer came, in Unix milliseconds; `expires_in` counts from there */
export function judgeTokenReply(reply: HttpReply, now: number): TokenVerdict {
  const { status } = reply;
  const unusable = (why: string): TokenVerdict => ({ kind: 'unusable', status, why });
  const body = parseObject(reply.body);
  if (status !== 200 && status !== 201) {
    if (status >= 300 && status < 400)
      return unusable('it redirects, which a token must not follow');
    if (status < 300) return unusable(`HTTP ${status} is no answer of a token endpoint`);
    return { kind: 'refused', refusal: refusalOf(status, body) };
  }
  if (body === undefined) return unusable('the answer is no JSON object');

  const { access_token, refresh_token, id_token } = body;
  // GitHub answers errors with 200; so may others.
  if (access_token === undefined && body.error !== undefined) {
    return { kind: 'refused', refusal: refusalOf(status, body) };
  }
  // Which of two is meant nobody can tell (RFC 6749 §3.2 forbids it), and only one can be kept.
  if (namesTwice(reply.body, ['access_token', 'refresh_token'])) {
    return unusable('the answer names a token twice');
  }
  if (!isToken(access_token)) return unusable('the answer holds no usable access token');
  const refresh = refresh_token === null || refresh_token === '' ? undefined : refresh_token;
  if (refresh !== undefined && !isToken(refresh)) {
    return unusable('the answer holds no usable refresh token');
  }
  const expiresIn = saneSeconds(body.expires_in);
  return {
    kind: 'tokens',
    tokens: {
      accessToken: new Secret(access_token),
      refreshToken: refresh === undefined ? undefined : new Secret(refresh),
      idToken: isToken(id_token) ? new Secret(id_token) : undefined,
      expiresAt: expiresIn === undefined ? undefined : now + Math.ceil(expiresIn * 1000),
      expiresIn,
      obtainedAt: now,
      tokenType: plainText(body.token_type),
      scope: plainText(body.scope),
      body,
    },
  };
}

/** The grant of an answer. A refresh passes the old refresh token (RFC 6749 §6: it may stay). */
export function grantOf(
  tokens: Tokens,
  more: Partial<Pick<Grant, 'account' | 'facts' | 'expiresAt' | 'refreshToken'>> = {},
): Grant {
  return {
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken ?? more.refreshToken,
    idToken: tokens.idToken,
    expiresAt: tokens.expiresAt ?? more.expiresAt,
    obtainedAt: tokens.obtainedAt,
    account: more.account,
    facts: more.facts ?? {},
  };
}

/** Error body of RFC 6749 §5.2, and the shapes in which providers nest it (oauth-flows §3). */
export function refusalOf(status: number, body: JsonObject | undefined): Refusal {
  const error = body?.error;
  const nested = isJsonObject(error) ? error : undefined;
  const codes = [error, nested?.code, nested?.type, nested?.error, body?.code];
  const texts = [body?.error_description, nested?.message, body?.message];
  return {
    status,
    code: codes.find(isErrorCode),
    description: texts.find((text) => typeof text === 'string'),
  };
}

function isErrorCode(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(value);
}

/** True when one of these fields of an object stands there with two values. Expects valid JSON. */
function namesTwice(text: string, names: readonly string[]): boolean {
  const values = new Map<unknown, string>();
  return childSpans(text, skipSpace(text, 0)).some(({ start, end }) => {
    const at = memberValue(text, start);
    const key: unknown = JSON.parse(text.slice(start, stringEnd(text, start)));
    const value = text.slice(at, end);
    const before = values.get(key);
    values.set(key, value);
    return before !== undefined && before !== value && names.some((name) => name === key);
  });
}

/** Visible ASCII (RFC 6749 appendix A, without the space that no header takes), at most 64 KiB. */
export function isToken(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= LIMITS.secretBytes && /^[\x21-\x7e]+$/.test(value)
  );
}

/** Seconds that a server can mean: a positive number, or one as text, of at most ten years. */
export function saneSeconds(value: unknown): number | undefined {
  const seconds =
    typeof value === 'string' && /^\d{1,12}(\.\d{1,6})?$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number' || !(seconds > 0) || seconds > LONGEST_S) return undefined;
  return seconds;
}

/** Short printable text for a fact to store; undefined for anything else. */
export function plainText(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x20-\x7e]{1,4096}$/.test(value) ? value : undefined;
}
