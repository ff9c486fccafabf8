import { sha256Hex } from '../base/digest.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { Secret } from '../base/secret.ts';

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

/** Sources whose secret lives in the store; every other entry is written without it (pool-store §7). */
const OWNED_SINGLE_SOURCES: Readonly<Record<string, readonly string[]>> = {
  anthropic: ['hermes_pkce'],
  'minimax-oauth': ['oauth'],
  nous: ['device_code'],
  'openai-codex': ['device_code'],
  'xai-oauth': ['device_code'],
};

/** True for an entry that a person or a login put into the store, not a source that Hermes imports. */
export function isManual(source: string): boolean {
  return source === 'manual' || source.startsWith('manual:');
}

/** True when the store itself holds the secret; false for a borrowed one. */
export function ownsSecret(provider: string, source: string): boolean {
  if (isManual(source)) return true;
  // The name comes from a file: `constructor` is none of ours.
  if (!Object.hasOwn(OWNED_SINGLE_SOURCES, provider)) return false;
  return OWNED_SINGLE_SOURCES[provider]?.includes(source) ?? false;
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
    type: provider === 'anthropic' && token.startsWith('sk-ant-oat') ? 'oauth' : declaredType,
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

function parseStatus(value: Json | undefined): EntryStatus | undefined {
  return value === 'ok' || value === 'exhausted' || value === 'dead' ? value : undefined;
}

/** Unix milliseconds of seconds, milliseconds (above 10^12) or an ISO string, as Hermes reads them. */
export function parseTime(value: Json | undefined): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) {
    return saneTime(value > 1e12 ? value : value * 1000);
  }
  if (typeof value !== 'string' || value === '') return undefined;
  // Python writes microseconds; Date.parse keeps three digits of them.
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** The last moment that a `Date` can hold (ECMA-262 §21.4.1.1); one beyond it throws when it is shown. */
const LAST_MS = 8.64e15;

/** A time that a `Date` can hold, in Unix milliseconds: what others write may be far beyond. */
export function saneTime(unixMs: number): number {
  return Math.max(-LAST_MS, Math.min(unixMs, LAST_MS));
}

/** `2026-08-10T09:03:21.481000+00:00`: Python's form, milliseconds padded to microseconds. */
export function hermesTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/(\.\d{3})Z$/, '$1000+00:00');
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
