import { sha256Hex } from '../base/digest.ts';
import { parseTime } from '../base/hermes-time.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import { rowOf } from '../providers/find-provider.ts';

export type AuthType = 'api_key' | 'oauth';
export type EntryStatus = 'ok' | 'exhausted' | 'dead';

/**
 * One row of `credential_pool.<provider>` as Hermes understands it (pool-store §7). `raw` is the row
 * as it stands in the file, secrets included: only the store's writer may use it.
 */
export interface Entry {
  readonly provider: string;
  readonly id: string;
  readonly label: string;
  readonly type: AuthType;
  readonly priority: number;
  readonly source: string;
  /** The key or access token; empty for a borrowed entry whose source is not there. */
  readonly secret: Secret;
  readonly refreshToken: Secret | undefined;
  readonly baseUrl: string | undefined;
  readonly status: EntryStatus | undefined;
  readonly statusAt: number | undefined;
  readonly errorCode: number | undefined;
  readonly errorReason: string | undefined;
  readonly errorMessage: string | undefined;
  readonly errorResetAt: number | undefined;
  /** Hermes' own class of the last failure, `billing` among them (August). */
  readonly failureReason: string | undefined;
  /** When the access token ends, as the row says it. */
  readonly expiresAt: number | undefined;
  readonly requestCount: number;
  readonly raw: JsonObject;
}

/** The six fields of a status, all null on a fresh entry. */
export const STATUS_FIELDS = [
  'last_status',
  'last_status_at',
  'last_error_code',
  'last_error_reason',
  'last_error_message',
  'last_error_reset_at',
] as const;

/** True for an entry that a person or a login put into the store, not a source that Hermes imports. */
export function isManual(source: string): boolean {
  return source === 'manual' || source.startsWith('manual:');
}

/** True when the store itself holds the secret; false for a borrowed one (pool-store §7). */
export function ownsSecret(provider: string, source: string): boolean {
  return isManual(source) || rowOf(provider)?.login?.ownedSources?.includes(source) === true;
}

/** `sha256:` and 16 hex digits: what Hermes writes in place of a borrowed secret. */
export function secretFingerprint(secret: Secret): string {
  return `sha256:${sha256Hex(secret.reveal()).slice(0, 16)}`;
}

/** An entry from its row, with Hermes' defaults for what is missing or of the wrong type. */
export function parseEntry(provider: string, row: Json, fallbackId: string): Entry {
  const raw = isJsonObject(row) ? row : {};
  const source = stringAt(raw, 'source') ?? 'manual';
  const token = stringAt(raw, 'access_token') ?? '';
  const declaredType = raw.auth_type === 'oauth' ? 'oauth' : 'api_key';
  const refresh = stringAt(raw, 'refresh_token');
  return {
    provider,
    id: stringAt(raw, 'id') ?? fallbackId,
    label: stringAt(raw, 'label') ?? source,
    type: isOauthKey(provider, token) ? 'oauth' : declaredType,
    priority: typeof raw.priority === 'number' ? raw.priority : 0,
    source,
    secret: new Secret(token),
    refreshToken: refresh === undefined ? undefined : new Secret(refresh),
    baseUrl: stringAt(raw, 'base_url'),
    status: parseStatus(raw.last_status),
    statusAt: parseTime(raw.last_status_at),
    errorCode: typeof raw.last_error_code === 'number' ? raw.last_error_code : undefined,
    errorReason: stringAt(raw, 'last_error_reason'),
    errorMessage: stringAt(raw, 'last_error_message'),
    errorResetAt: parseTime(raw.last_error_reset_at),
    failureReason: stringAt(raw, 'failure_reason'),
    expiresAt: parseTime(raw.expires_at_ms) ?? parseTime(raw.expires_at),
    requestCount: typeof raw.request_count === 'number' ? raw.request_count : 0,
    raw,
  };
}

function isOauthKey(provider: string, token: string): boolean {
  const prefix = rowOf(provider)?.oauthPrefix;
  return prefix !== undefined && token.startsWith(prefix);
}

function parseStatus(value: Json | undefined): EntryStatus | undefined {
  return value === 'ok' || value === 'exhausted' || value === 'dead' ? value : undefined;
}

/** What a new row says; fields that Hermes writes only when set are optional. */
export interface NewEntry {
  readonly id: string;
  readonly label: string;
  readonly type: AuthType;
  readonly priority: number;
  readonly source: string;
  readonly secret: Secret;
  readonly baseUrl: string | undefined;
}

/**
 * The row of a new entry, with Hermes' fields in Hermes' order (pool-store §7, examples §13). A
 * borrowed secret is replaced by its fingerprint. Holds the secret otherwise: for the store only.
 */
export function newRow(provider: string, entry: NewEntry): JsonObject {
  const owned = ownsSecret(provider, entry.source);
  const row: JsonObject = {
    id: entry.id,
    label: entry.label,
    auth_type: entry.type,
    priority: entry.priority,
    source: entry.source,
  };
  if (owned) row.access_token = entry.secret.reveal();
  for (const field of STATUS_FIELDS) row[field] = null;
  if (entry.baseUrl !== undefined) row.base_url = entry.baseUrl;
  row.request_count = 0;
  if (!owned) row.secret_fingerprint = secretFingerprint(entry.secret);
  return row;
}

/** The order in which Hermes writes the fields of a row (examples in pool-store §13). */
const FIELD_ORDER: readonly string[] = [
  'id',
  'label',
  'auth_type',
  'priority',
  'source',
  'access_token',
  'refresh_token',
  ...STATUS_FIELDS,
  'base_url',
  'expires_at',
  'expires_at_ms',
  'last_refresh',
  'inference_base_url',
  'agent_key',
  'agent_key_expires_at',
  'request_count',
];

/** The same row in Hermes' order; what Hermes has no place for stands behind. */
export function inOrder(row: JsonObject): JsonObject {
  const known = FIELD_ORDER.flatMap((name) =>
    row[name] === undefined ? [] : [[name, row[name]] as const],
  );
  return { ...Object.fromEntries(known), ...row };
}

/** Entries by ascending priority, equal ones in file order: the order of every index that people see. */
export function byPriority(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => a.priority - b.priority);
}
