import { parseTime } from '../base/hermes-time.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../base/json.ts';
import { accountOf, readClaims } from '../base/jwt.ts';
import { Secret } from '../base/secret.ts';
import { rowOf } from '../providers/find-provider.ts';
import { expiresAtMs, tokensOf } from '../providers/logins/fields.ts';
import type { Grant } from '../providers/oauth.ts';
import { importPool, loginState, setPool, unsuppress } from './draft-pool.ts';
import {
  type Entry,
  inOrder,
  newRow,
  ownsSecret,
  parseEntry,
  STATUS_FIELDS,
  secretFingerprint,
} from './entry.ts';
import { withRow } from './pools.ts';
import type { Draft } from './store.ts';
import { mirrorFile } from './vendor-write.ts';

/** A login that is to be kept. */
export interface GrantToStore {
  readonly provider: string;
  /** Undefined: as Hermes derives one; an entry that is renewed keeps its own. */
  readonly label: string | undefined;
  readonly grant: Grant;
  /** The entry that this login renews; undefined adds one, or renews the only one that there can be. */
  readonly entryId?: string | undefined;
  /** Six hex digits. */
  readonly newId: () => string;
}

/**
 * Stores a login as Hermes does: a pool row, or `providers.<id>` with the row that is seeded from
 * it; one row for one login (design §15). A renewed entry keeps id, label and priority and loses its
 * status. Sets `active_provider` where Hermes does. Lifts the suppression of the own source only.
 *
 * @returns the entry; undefined for a single session outside the pool (Spotify)
 */
export function storeGrant(draft: Draft, input: GrantToStore): Entry | undefined {
  const { provider, grant } = input;
  const row = rowOf(provider);
  const seeded = row?.login?.seededSource;
  if (row?.session) {
    setState(draft, provider, grant, undefined);
    return undefined;
  }
  if (seeded !== undefined && row?.login?.writes === 'seeded')
    unsuppress(draft, provider, [seeded]);
  const before = importPool(draft, provider);
  const renewed = before.find((entry) => entry.id === input.entryId);
  const bySeed = renewed ? renewed.source === seeded : row?.login?.writes === 'seeded';
  const entry =
    bySeed && seeded !== undefined
      ? storeSeeded(draft, input, seeded)
      : storeRow(draft, input, before, renewed);
  const activates = row?.login?.activates;
  const isFirst = before.length === 0 && !stringAt(draft.auth, 'active_provider');
  if (activates === 'always' || (activates === 'first' && isFirst)) {
    draft.auth.active_provider = provider;
  }
  return entry;
}

/**
 * Stores what a refresh of an entry yielded, wherever its tokens live: row, `providers.<id>`, and
 * the file of another program that it was imported from. Neither label nor `active_provider` change.
 *
 * @param entry as the draft holds it now; undefined for a single session
 */
export function storeRefreshed(
  draft: Draft,
  provider: string,
  entry: Entry | undefined,
  grant: Grant,
): Entry | undefined {
  if (entry === undefined) {
    setState(draft, provider, grant, undefined);
    return undefined;
  }
  const { source } = entry;
  if (source === rowOf(provider)?.login?.seededSource && ownsSecret(provider, source)) {
    setState(draft, provider, grant, undefined);
    return importPool(draft, provider).find((other) => other.id === entry.id);
  }
  const place = { home: draft.home, vendor: draft.inputs.vendor };
  const file = mirrorFile(provider, source, grant, place, entry.refreshToken?.reveal());
  if (file !== undefined) draft.writeFile(file.path, file.text);
  const next = withGrant(
    entry,
    ownsSecret(provider, source) ? rowWith(entry, grant) : borrowedRow(entry, grant),
    grant,
  );
  replaceEntry(draft, next);
  return next;
}

/** `providers.<id>` with the tokens of a grant; what else stands there stays. */
function setState(draft: Draft, provider: string, grant: Grant, label: string | undefined): void {
  const before = loginState(draft, provider) ?? {};
  const { last_auth_error: _over, ...kept } = before;
  const fields = rowOf(provider)?.login?.state?.(grant) ?? {};
  const state: JsonObject = {
    ...replaced(kept, fields),
    ...(label === undefined ? {} : { label }),
  };
  if (isJsonObject(before.tokens) && isJsonObject(fields.tokens)) {
    state.tokens = { ...before.tokens, ...fields.tokens };
  }
  Object.defineProperty(objectAt(draft.auth, 'providers'), provider, {
    value: state,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function storeSeeded(draft: Draft, input: GrantToStore, source: string): Entry {
  const { provider, grant } = input;
  // A state without tokens has no label either: the row carries it.
  setState(draft, provider, grant, ownsSecret(provider, source) ? input.label : undefined);
  const found = importPool(draft, provider).find((entry) => entry.source === source);
  if (found === undefined) throw new Error(`${provider} has no entry from its own login`);
  const label = input.label ?? found.label;
  const entry = withRow(found, cleared({ ...found.raw, label }));
  replaceEntry(draft, entry);
  return entry;
}

function storeRow(
  draft: Draft,
  input: GrantToStore,
  before: readonly Entry[],
  renewed: Entry | undefined,
): Entry {
  const { provider, grant } = input;
  // Another program's login is not ours to replace: it stays, and this one stands beside it.
  const kept = renewed && ownsSecret(provider, renewed.source) ? renewed : undefined;
  const base = kept ?? newEntry(input, before);
  const { refresh_token: _old, ...raw } = base.raw;
  const label = input.label ?? base.label;
  const row = rowWith({ ...base, raw: { ...raw, label } }, grant);
  const entry = withGrant(base, kept === undefined ? inOrder(row) : row, grant);
  const place = { home: draft.home, vendor: draft.inputs.vendor };
  const file = mirrorFile(provider, entry.source, grant, place, undefined);
  if (file !== undefined) draft.writeFile(file.path, file.text);
  setPool(
    draft,
    provider,
    kept ? before.map((other) => (other.id === kept.id ? entry : other)) : [...before, entry],
  );
  return entry;
}

function newEntry(input: GrantToStore, before: readonly Entry[]): Entry {
  const { provider, grant } = input;
  const row = rowOf(provider);
  const taken = new Set(before.map((entry) => entry.id));
  let id = input.newId();
  while (taken.has(id)) id = input.newId();
  const fields = newRow(provider, {
    id,
    label: input.label ?? derivedLabel(provider, grant, before),
    type: 'oauth',
    priority: Math.max(-1, ...before.map((entry) => entry.priority)) + 1,
    source: row?.login?.manualSource ?? 'manual:device_code',
    secret: grant.accessToken,
    // The address of Code Assist is a marker, not a URL: Hermes writes none.
    baseUrl: row?.baseUrl.startsWith('https://') ? row.baseUrl : undefined,
  });
  return parseEntry(provider, fields, id);
}

/** The account in the token, else `<provider>-oauth-<n>` (oauth-flows §1.2). */
function derivedLabel(provider: string, grant: Grant, before: readonly Entry[]): string {
  return (
    (rowOf(provider)?.login?.labelledByAccount ? grant.account : undefined) ??
    accountOf(grant.accessToken) ??
    `${provider}-oauth-${before.length + 1}`
  );
}

/** A row that holds its tokens, with those of a grant and no status. */
function rowWith(entry: Entry, grant: Grant): JsonObject {
  return cleared(replaced(entry.raw, { ...tokensOf(grant), ...rowFields(entry.provider, grant) }));
}

/** New fields over old ones; an end that the new ones do not tell was that of the old token. */
function replaced(old: JsonObject, fields: JsonObject): JsonObject {
  const next = { ...old, ...fields };
  for (const name of ['expires_at', 'expires_at_ms', 'expires_in']) {
    if (fields[name] === undefined) delete next[name];
  }
  return next;
}

/** A row whose tokens live elsewhere: it says which token it means, and when that ends. */
function borrowedRow(entry: Entry, grant: Grant): JsonObject {
  const { access_token: _access, refresh_token: _refresh, ...rest } = entry.raw;
  return cleared({
    ...rest,
    ...rowFields(entry.provider, grant),
    secret_fingerprint: secretFingerprint(grant.accessToken),
  });
}

function cleared(row: JsonObject): JsonObject {
  const { failure_reason: _reason, ...rest } = row;
  for (const field of STATUS_FIELDS) rest[field] = null;
  return rest;
}

function withGrant(entry: Entry, raw: JsonObject, grant: Grant): Entry {
  return {
    ...parseEntry(entry.provider, raw, entry.id),
    secret: grant.accessToken,
    refreshToken: grant.refreshToken,
  };
}

function replaceEntry(draft: Draft, entry: Entry): void {
  const entries = importPool(draft, entry.provider);
  setPool(
    draft,
    entry.provider,
    entries.map((other) => (other.id === entry.id ? entry : other)),
  );
}

/** Fields of rows and states that are no facts of a grant. */
const NO_FACTS: ReadonlySet<string> = new Set([
  ...STATUS_FIELDS,
  'tokens',
  'label',
  'last_auth_error',
  'id',
  'auth_type',
  'priority',
  'request_count',
  'secret_fingerprint',
  'secret_source',
  'failure_reason',
]);
const SECRET_NAME = /(^|_)(token|key|secret|password)$/;

/**
 * The grant behind an entry or, without one, a single session.
 *
 * @param state `providers.<id>`; counts only where the entry is seeded from it
 * @returns undefined where there is no access token, such as a borrowed entry whose source is away
 */
export function grantOf(
  provider: string,
  entry: Entry | undefined,
  state: JsonObject | undefined,
): Grant | undefined {
  const isState = entry === undefined || entry.source === rowOf(provider)?.login?.seededSource;
  const own = isState && state !== undefined ? state : {};
  const tokens = tokensIn(own);
  const access = entry?.secret ?? secretAt(tokens, 'access_token');
  if (access === undefined || access.isEmpty) return undefined;
  const fields: JsonObject = { ...entry?.raw, ...own };
  return {
    accessToken: access,
    refreshToken: entry ? entry.refreshToken : secretAt(tokens, 'refresh_token'),
    idToken: secretAt(tokens, 'id_token'),
    expiresAt: earliest(entry?.expiresAt, parseTime(own.expires_at), tokenEnd(access)),
    obtainedAt: parseTime(fields.obtained_at) ?? parseTime(fields.last_refresh) ?? 0,
    account: accountOf(access),
    facts: Object.fromEntries(
      Object.entries({ ...fields, ...factsIn(tokens) }).filter(
        ([name]) => !NO_FACTS.has(name) && !SECRET_NAME.test(name),
      ),
    ),
  };
}

/** Of the tokens of codex and xAI: `account_id`, `token_type`, `expires_in`. */
function factsIn(tokens: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(tokens).filter(([, value]) => !isJsonObject(value)));
}

function secretAt(object: JsonObject, name: string): Secret | undefined {
  const text = stringAt(object, name);
  return text === undefined ? undefined : new Secret(text);
}

function tokenEnd(token: Secret): number | undefined {
  const exp = readClaims(token)?.exp;
  return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
}

/** Fields of a row that holds the tokens itself, besides the tokens. */
function rowFields(provider: string, grant: Grant): JsonObject {
  return (rowOf(provider)?.login?.row ?? expiresAtMs)(grant);
}

/** The tokens of a state, which stand at its top or under `tokens` (codex, xai). */
function tokensIn(state: JsonObject): JsonObject {
  return isJsonObject(state.tokens) ? state.tokens : state;
}

/** Whoever says that the token is over is right. */
function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
