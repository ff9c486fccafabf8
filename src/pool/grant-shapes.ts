import { isJsonObject, type JsonObject } from '../base/json.ts';
import { readClaims } from '../base/jwt.ts';
import type { Grant } from '../providers/oauth.ts';
import { hermesTime } from './entry.ts';

// How Hermes writes a login: field by field from oauth-flows §2–9 and pool-store §2.1, §7. Everything
// here holds secrets and is for the store alone.

/** What a grant looks like in the files of a home. */
export interface GrantShape {
  /** Fields of a pool row that holds the tokens itself, besides the tokens. */
  readonly row: (grant: Grant) => JsonObject;
  /** `providers.<id>`, where Hermes keeps a single login. */
  readonly state?: (grant: Grant) => JsonObject;
  /** Whether a login makes the provider the active one: always, or as the first of all. */
  readonly activates?: 'always' | 'first';
  /** Hermes labels the entry by the account, whatever the token says (Google). */
  readonly labelledByAccount?: boolean;
}

/** By provider; every other one keeps its tokens in a row without further fields. */
const GRANT_SHAPES: Readonly<Record<string, GrantShape>> = {
  anthropic: { row: expiresAtMs },
  nous: { row: nousRow, state: nousState, activates: 'always' },
  'openai-codex': { row: lastRefresh, state: codexState, activates: 'first' },
  'xai-oauth': { row: lastRefresh, state: xaiState, activates: 'first' },
  'minimax-oauth': { row: expiresAtMs, state: minimaxState, activates: 'always' },
  'qwen-oauth': {
    row: expiresAtMs,
    state: (grant) => facts(grant, ['base_url']), // the tokens are in the vendor's file
    activates: 'always',
  },
  // Hermes writes no expiry here, and so never refreshes the row (oauth-flows §16.2).
  'google-gemini-cli': { row: expiresAtMs, labelledByAccount: true },
  spotify: { row: expiresAtMs, state: spotifyState },
};

const PLAIN_SHAPE: GrantShape = { row: expiresAtMs };

export function shapeOf(provider: string): GrantShape {
  const shape = Object.hasOwn(GRANT_SHAPES, provider) ? GRANT_SHAPES[provider] : undefined;
  return shape ?? PLAIN_SHAPE;
}

/** Access and refresh token under their names, where there are such. */
export function tokensOf(grant: Grant): JsonObject {
  return defined({
    access_token: grant.accessToken.reveal(),
    refresh_token: grant.refreshToken?.reveal(),
  });
}

function expiresAtMs(grant: Grant): JsonObject {
  return defined({ expires_at_ms: grant.expiresAt });
}

/** Codex and xAI tell the expiry inside of the token only. */
function lastRefresh(grant: Grant): JsonObject {
  return { last_refresh: isoZ(grant.obtainedAt), ...facts(grant, ['account_id']) };
}

const NOUS_FACTS = ['token_type', 'scope', 'client_id', 'portal_base_url'] as const;

function nousRow(grant: Grant): JsonObject {
  return defined({
    expires_at: iso(grant.expiresAt),
    ...facts(grant, ['inference_base_url']),
    agent_key: grant.accessToken.reveal(),
    agent_key_expires_at: secondsIso(tokenEnd(grant)),
    ...facts(grant, NOUS_FACTS),
    obtained_at: iso(grant.obtainedAt),
    expires_in: lifeSeconds(grant, grant.expiresAt),
    ...facts(grant, ['tls']),
  });
}

/** Since August the access token is the agent key: nothing is minted (oauth-flows §4). */
function nousState(grant: Grant): JsonObject {
  const end = tokenEnd(grant);
  return defined({
    ...facts(grant, ['portal_base_url', 'inference_base_url', 'client_id', 'scope', 'token_type']),
    ...tokensOf(grant),
    obtained_at: iso(grant.obtainedAt),
    expires_at: iso(grant.expiresAt),
    expires_in: lifeSeconds(grant, grant.expiresAt),
    tls: grant.facts.tls ?? { insecure: false, ca_bundle: null },
    agent_key: grant.accessToken.reveal(),
    agent_key_id: null,
    agent_key_expires_at: secondsIso(end),
    agent_key_expires_in: lifeSeconds(grant, end),
    agent_key_reused: false,
    agent_key_obtained_at: iso(grant.obtainedAt),
  });
}

function codexState(grant: Grant): JsonObject {
  const tokens = defined({
    ...tokensOf(grant),
    id_token: grant.idToken?.reveal(),
    ...facts(grant, ['account_id']),
  });
  return { tokens, last_refresh: isoZ(grant.obtainedAt), auth_mode: 'chatgpt' };
}

function xaiState(grant: Grant): JsonObject {
  const tokens = defined({
    ...tokensOf(grant),
    id_token: grant.idToken?.reveal(),
    expires_in: lifeSeconds(grant, grant.expiresAt),
    ...facts(grant, ['token_type']),
  });
  return {
    tokens,
    last_refresh: isoZ(grant.obtainedAt),
    auth_mode: 'oauth_device_code',
    ...facts(grant, ['discovery', 'redirect_uri']),
  };
}

function minimaxState(grant: Grant): JsonObject {
  return defined({
    ...facts(grant, [
      'provider',
      'region',
      'portal_base_url',
      'inference_base_url',
      'client_id',
      'scope',
      'token_type',
    ]),
    ...tokensOf(grant),
    ...facts(grant, ['resource_url']),
    obtained_at: iso(grant.obtainedAt),
    expires_at: iso(grant.expiresAt),
    expires_in: lifeSeconds(grant, grant.expiresAt),
  });
}

function spotifyState(grant: Grant): JsonObject {
  return defined({
    ...facts(grant, [
      'client_id',
      'redirect_uri',
      'accounts_base_url',
      'api_base_url',
      'scope',
      'granted_scope',
      'token_type',
    ]),
    ...tokensOf(grant),
    obtained_at: iso(grant.obtainedAt),
    expires_at: iso(grant.expiresAt),
    expires_in: lifeSeconds(grant, grant.expiresAt),
    auth_type: 'oauth_pkce',
  });
}

/** The named facts that a grant has. */
function facts(grant: Grant, names: readonly string[]): JsonObject {
  return defined(Object.fromEntries(names.map((name) => [name, grant.facts[name]])));
}

/** When the token itself says that it ends, else when the answer said so. */
function tokenEnd(grant: Grant): number | undefined {
  const exp = readClaims(grant.accessToken)?.exp;
  return typeof exp === 'number' ? exp * 1000 : grant.expiresAt;
}

function lifeSeconds(grant: Grant, end: number | undefined): number | undefined {
  return end === undefined ? undefined : Math.max(0, Math.round((end - grant.obtainedAt) / 1000));
}

function iso(unixMs: number | undefined): string | undefined {
  return unixMs === undefined ? undefined : hermesTime(unixMs);
}

/** Python's form of a time that has no fraction. */
function secondsIso(unixMs: number | undefined): string | undefined {
  return iso(unixMs === undefined ? undefined : Math.floor(unixMs / 1000) * 1000)?.replace(
    '.000000',
    '',
  );
}

function isoZ(unixMs: number): string {
  return hermesTime(unixMs).replace('+00:00', 'Z');
}

type Fields = { readonly [key: string]: JsonObject[string] | undefined };

function defined(fields: Fields): JsonObject {
  const object: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) object[name] = value;
  }
  return object;
}

/** The tokens of a state, which stand at its top or under `tokens` (codex, xai). */
export function tokensIn(state: JsonObject): JsonObject {
  return isJsonObject(state.tokens) ? state.tokens : state;
}
