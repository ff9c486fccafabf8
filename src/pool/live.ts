import { parseTime } from '../base/hermes-time.ts';
import { isJsonObject, type JsonObject, stringAt } from '../base/json.ts';
import { accountOf } from '../base/jwt.ts';
import { availability, isSole } from './cooldown.ts';
import type { AuthType, Entry, EntryStatus } from './entry.ts';
import type { Fingerprinter } from './fingerprint.ts';
import type { LiveMcps } from './mcp-logins.ts';
import { knownProviders, loadPool, rowsOf, suppressedSources } from './pools.ts';
import type { SeedInputs } from './seeds.ts';
import { type LiveSession, observeSessions } from './session.ts';
import type { Strategy } from './strategy.ts';

/** One entry as planning sees it: no secret. */
export interface LiveEntry {
  readonly provider: string;
  readonly id: string;
  readonly label: string;
  readonly type: AuthType;
  readonly source: string;
  readonly priority: number;
  readonly status: EntryStatus | undefined;
  readonly errorReason: string | undefined;
  /** A request could use it now or after a wait: not dead, not empty. */
  readonly usable: boolean;
  /** Undefined when the entry holds no secret. */
  readonly fingerprint: string | undefined;
  readonly account: string | undefined;
  readonly baseUrl: string | undefined;
  /** Unix milliseconds. */
  readonly expiresAt: number | undefined;
  /** Its login has run out and can't be refreshed. */
  readonly expired: boolean;
  /** False for what a source offers and Hermes has not written yet. */
  readonly stored: boolean;
}

/** When a login was found dead, and the provider's word for it. */
export interface DeadLogin {
  /** Unix milliseconds. */
  readonly at: number | undefined;
  readonly reason: string | undefined;
}

/** What a home holds now, for planning. */
export interface Live {
  /** Entries by ascending priority; providers without entries are missing. */
  readonly entries: ReadonlyMap<string, readonly LiveEntry[]>;
  readonly strategies: ReadonlyMap<string, Strategy>;
  readonly suppressed: ReadonlyMap<string, readonly string[]>;
  /** Single logins that Hermes ended because their refresh token was dead, by provider. */
  readonly deadLogins: ReadonlyMap<string, DeadLogin>;
  readonly model: { readonly provider: string | undefined; readonly default: string | undefined };
  readonly customs: readonly {
    readonly id: string;
    readonly name: string;
    readonly baseUrl: string;
    readonly apiMode: string | undefined;
  }[];
  /** Providers with a single login outside the pool. */
  readonly sessions: readonly LiveSession[];
  /** Logins at MCP servers; undefined where nobody looked. */
  readonly mcp: LiveMcps | undefined;
}

/** Looks at a home's content: what is stored, and what Hermes would import at its next start. */
export function observe(
  auth: JsonObject,
  inputs: SeedInputs,
  fingerprint: Fingerprinter,
  nowMs: number,
  mcp?: LiveMcps,
): Live {
  const entries = new Map<string, readonly LiveEntry[]>();
  const suppressed = new Map<string, readonly string[]>();
  for (const provider of knownProviders(auth, inputs)) {
    const pool = loadPool(provider, auth, inputs).entries;
    const storedIds = new Set(
      rowsOf(auth, provider).map((row) => (isJsonObject(row) ? row.id : undefined)),
    );
    const sole = isSole(pool);
    if (pool.length > 0) {
      entries.set(
        provider,
        pool.map((entry) => liveEntry(entry, fingerprint, nowMs, sole, storedIds.has(entry.id))),
      );
    }
    const sources = suppressedSources(auth, provider);
    if (sources.length > 0) suppressed.set(provider, sources);
  }
  const { settings } = inputs;
  return {
    entries,
    strategies: settings.strategies,
    suppressed,
    model: { provider: settings.model.provider, default: settings.model.default },
    deadLogins: observeDeadLogins(inputs.logins),
    customs: settings.customs.map(({ id, name, baseUrl, apiMode }) => ({
      id,
      name,
      baseUrl,
      apiMode,
    })),
    sessions: observeSessions(inputs.logins, nowMs),
    mcp,
  };
}

function observeDeadLogins(logins: JsonObject): Map<string, DeadLogin> {
  return new Map(
    Object.entries(logins).flatMap(([provider, login]) => {
      const error = isJsonObject(login) ? login.last_auth_error : undefined;
      if (!isJsonObject(error)) return [];
      const reason = stringAt(error, 'code') ?? stringAt(error, 'reason');
      return [[provider, { at: parseTime(error.at), reason }]];
    }),
  );
}

function liveEntry(
  entry: Entry,
  fingerprint: Fingerprinter,
  nowMs: number,
  sole: boolean,
  stored: boolean,
): LiveEntry {
  const { state } = availability(entry, nowMs, sole);
  return {
    provider: entry.provider,
    id: entry.id,
    label: entry.label,
    type: entry.type,
    source: entry.source,
    priority: entry.priority,
    status: entry.status,
    errorReason: entry.errorReason,
    usable: state === 'available' || state === 'cooling',
    fingerprint: entry.secret.isEmpty ? undefined : fingerprint(entry.secret),
    account: entry.type === 'oauth' ? accountOf(entry.secret) : undefined,
    baseUrl: entry.baseUrl,
    expiresAt: entry.expiresAt,
    expired:
      entry.type === 'oauth' &&
      entry.refreshToken === undefined &&
      entry.expiresAt !== undefined &&
      entry.expiresAt <= nowMs,
    stored,
  };
}
