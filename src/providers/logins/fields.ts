import { hermesTime } from '../../base/hermes-time.ts';
import { type JsonObject, stringAt } from '../../base/json.ts';
import { accountOf, readClaims } from '../../base/jwt.ts';
import { Secret } from '../../base/secret.ts';
import type { Seed, VendorLogin } from '../login-storage.ts';
import type { Grant } from '../oauth.ts';

// Fields as Hermes writes them, for the files beside this one. What is made here holds secrets and
// is for the store alone.

/** Access and refresh token under their names, where there are such. */
export function tokensOf(grant: Grant): JsonObject {
  return defined({
    access_token: grant.accessToken.reveal(),
    refresh_token: grant.refreshToken?.reveal(),
  });
}

export function expiresAtMs(grant: Pick<Grant, 'expiresAt'>): JsonObject {
  return defined({ expires_at_ms: grant.expiresAt });
}

/** Codex and xAI tell the expiry inside of the token only. */
export function lastRefresh(grant: Grant): JsonObject {
  return { last_refresh: isoZ(grant.obtainedAt), ...facts(grant, ['account_id']) };
}

/** The named facts that a grant has. */
export function facts(grant: Grant, names: readonly string[]): JsonObject {
  return defined(Object.fromEntries(names.map((name) => [name, grant.facts[name]])));
}

/** The named fields that a state has; null counts as none. */
export function copyFields(state: JsonObject, names: readonly string[]): JsonObject {
  const fields = names.map((name) => [name, state[name] ?? undefined] as const);
  return defined(Object.fromEntries(fields));
}

/** When the token itself says that it ends, else when the answer said so. */
export function tokenEnd(grant: Grant): number | undefined {
  const exp = readClaims(grant.accessToken)?.exp;
  return typeof exp === 'number' ? exp * 1000 : grant.expiresAt;
}

export function lifeSeconds(grant: Grant, end: number | undefined): number | undefined {
  return end === undefined ? undefined : Math.max(0, Math.round((end - grant.obtainedAt) / 1000));
}

export function iso(unixMs: number | undefined): string | undefined {
  return unixMs === undefined ? undefined : hermesTime(unixMs);
}

/** Python's form of a time that has no fraction. */
export function secondsIso(unixMs: number | undefined): string | undefined {
  return iso(unixMs === undefined ? undefined : Math.floor(unixMs / 1000) * 1000)?.replace(
    '.000000',
    '',
  );
}

export function isoZ(unixMs: number): string {
  return hermesTime(unixMs).replace('+00:00', 'Z');
}

type Fields = { readonly [key: string]: JsonObject[string] | undefined };

/** The fields that have a value. */
export function defined(fields: Fields): JsonObject {
  const object: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) object[name] = value;
  }
  return object;
}

/** A token of a state or of what stands in it. */
export function tokenAt(state: JsonObject | undefined, field: string): Secret | undefined {
  const value = state === undefined ? undefined : stringAt(state, field);
  return value === undefined ? undefined : new Secret(value);
}

/** The seed of another program's login; its label is the account that its token tells. */
export function vendorSeeds(
  login: VendorLogin | undefined,
  source: string,
  baseUrl: string,
  label = source,
): Seed[] {
  if (login === undefined) return [];
  const { accessToken, refreshToken } = login;
  return [
    {
      source,
      type: 'oauth',
      label: accountOf(accessToken) ?? label,
      secret: accessToken,
      refreshToken,
      baseUrl,
      extras: expiresAtMs(login),
    },
  ];
}
