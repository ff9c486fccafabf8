import { isJsonObject, stringAt } from '../../base/json.ts';
import { accountOf, readClaims } from '../../base/jwt.ts';
import type { Secret } from '../../base/secret.ts';
import type { Grant } from '../oauth.ts';

/**
 * The account of a login: the claims that Hermes reads, else the place where OpenAI puts the
 * address (oauth-flows §3), else the same of the ID token.
 */
export function accountIn(tokens: Pick<Grant, 'accessToken' | 'idToken'>): string | undefined {
  return accountInToken(tokens.accessToken) ?? (tokens.idToken && accountInToken(tokens.idToken));
}

function accountInToken(token: Secret): string | undefined {
  const profile = readClaims(token)?.['https://api.openai.com/profile'];
  return accountOf(token) ?? (isJsonObject(profile) ? stringAt(profile, 'email') : undefined);
}

/** Unix milliseconds; OpenAI tells the end inside of the token only. */
export function tokenEnd(token: Secret): number | undefined {
  const exp = readClaims(token)?.exp;
  return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
}
