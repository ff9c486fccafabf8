import { type JsonObject, parseObject, stringAt } from './json.ts';
import type { Secret } from './secret.ts';

/**
 * Claims of a JWT, read for display and expiry only: no signature is checked, nothing is trusted.
 * Undefined when the token is not a JWT.
 */
export function readClaims(token: Secret): JsonObject | undefined {
  const payload = token.reveal().split('.')[1];
  if (payload === undefined) return undefined;
  return parseObject(Buffer.from(payload, 'base64url').toString('utf8'));
}

/** The account that a token names: `email`, else `preferred_username`, else `upn` (pool-store §7). */
export function accountOf(token: Secret): string | undefined {
  const claims = readClaims(token);
  if (claims === undefined) return undefined;
  return (
    stringAt(claims, 'email') ?? stringAt(claims, 'preferred_username') ?? stringAt(claims, 'upn')
  );
}
