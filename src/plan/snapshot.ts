import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import {
  type Binding,
  EMPTY_LEDGER,
  type Ledger,
  parseOwnedPins,
  parsePins,
  type SessionBinding,
} from '../pool/ledger.ts';
import type { Live, LiveEntry } from '../pool/live.ts';
import type { LiveMcp, LiveMcps } from '../pool/mcp-logins.ts';
import { mcpAddress } from '../pool/session.ts';
import { parseStrategy, type Strategy } from '../pool/strategy.ts';
import { providerOf } from './addresses.ts';
import { isBound } from './sessions.ts';

/** What a home holds, for planning somewhere else: no secret, no fingerprint, no account. */
export interface HomeSnapshot {
  readonly live: Live;
  readonly ledger: Ledger;
  /** Directory of the home, and its profile: overlays match on them. */
  readonly home: { readonly dir: string; readonly profile: string | undefined };
}

const FORMAT = 'gormes-snapshot';
const VERSION = 1;

/** The document of a snapshot. */
export function snapshotToJson({ live, ledger, home }: HomeSnapshot, nowMs: number): JsonObject {
  const entries = [...live.entries.values()].flat();
  return {
    format: FORMAT,
    format_version: VERSION,
    taken_at: new Date(nowMs).toISOString(),
    home: home.dir,
    profile: home.profile ?? null,
    applied_at: ledger.appliedAt ?? null,
    entries: entries.map((entry) => entryToJson(entry, ledger)),
    strategies: Object.fromEntries(live.strategies),
    suppressed: Object.fromEntries([...live.suppressed].map(([id, list]) => [id, [...list]])),
    owned_suppressions: Object.fromEntries(ledger.suppressions),
    owned_definitions: Object.fromEntries(ledger.definitions),
    pins: Object.fromEntries([...ledger.pins].map(([id, pin]) => [id, { ...pin }])),
    owned_pins: Object.fromEntries([...ledger.ownedPins].map(([id, pin]) => [id, { ...pin }])),
    model: modelToJson(live.model),
    custom_providers: live.customs.map(({ id, name, baseUrl, apiMode }) => ({
      id,
      name,
      base_url: withoutPassword(baseUrl),
      api_mode: apiMode ?? null,
    })),
    sessions: live.sessions.map(({ provider, usable, clientId, scopes }) => ({
      provider,
      usable,
      client_id: clientId ?? null,
      scopes: [...scopes],
      owner: sessionOwner(ledger, provider, clientId),
    })),
    ...(live.mcp === undefined ? {} : { mcp_servers: mcpToJson(live.mcp, ledger) }),
  };
}

function entryToJson(entry: LiveEntry, ledger: Ledger): JsonObject {
  const owner = [...ledger.entries].find(
    ([address, binding]) => binding.id === entry.id && providerOf(address) === entry.provider,
  );
  return {
    address: `${entry.provider}/${entry.label}`,
    id: entry.id,
    source: entry.source,
    type: entry.type,
    status: entry.status ?? null,
    usable: entry.usable,
    expired: entry.expired,
    expires_at: entry.expiresAt === undefined ? null : new Date(entry.expiresAt).toISOString(),
    stored: entry.stored,
    base_url: entry.baseUrl === undefined ? null : withoutPassword(entry.baseUrl),
    owner:
      owner === undefined
        ? null
        : { address: owner[0], declaration: owner[1].declaration, protect: owner[1].protect },
  };
}

/** By name; a server's own names of things (its address, its client) stay here. */
function mcpToJson(mcp: LiveMcps, ledger: Ledger): JsonObject {
  return Object.fromEntries(
    [...mcp].map(([name, { obstacle, login, client }]) => [
      name,
      { obstacle: obstacle ?? null, login, owner: sessionOwner(ledger, mcpAddress(name), client) },
    ]),
  );
}

function sessionOwner(ledger: Ledger, address: string, client: string | undefined): Json {
  const binding = ledger.sessions.get(address);
  if (!isBound(binding, { client })) return null;
  return { declaration: binding.declaration, protect: binding.protect };
}

function modelToJson(model: Live['model']): JsonObject {
  return { provider: model.provider ?? null, default: model.default ?? null };
}

function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href;
}

/** A snapshot from its document; undefined when it is none of our version. */
export function snapshotFromJson(value: Json): HomeSnapshot | undefined {
  if (!isJsonObject(value) || value.format !== FORMAT || value.format_version !== VERSION) {
    return undefined;
  }
  const rows = objectsOf(value.entries);
  const live = rows.flatMap(entryFromJson);
  const entries = new Map<string, LiveEntry[]>();
  for (const entry of live) {
    entries.set(entry.provider, [...(entries.get(entry.provider) ?? []), entry]);
  }
  const model = isJsonObject(value.model) ? value.model : {};
  return {
    home: { dir: stringAt(value, 'home') ?? '', profile: stringAt(value, 'profile') },
    live: {
      entries,
      strategies: new Map(
        pairsOf(value.strategies).map(([id, word]): [string, Strategy] => [
          id,
          parseStrategy(word),
        ]),
      ),
      suppressed: new Map(pairsOf(value.suppressed).map(([id, list]) => [id, stringsOf(list)])),
      deadLogins: new Map(),
      model: { provider: stringAt(model, 'provider'), default: stringAt(model, 'default') },
      customs: objectsOf(value.custom_providers).map((row) => ({
        id: stringAt(row, 'id') ?? '',
        name: stringAt(row, 'name') ?? '',
        baseUrl: stringAt(row, 'base_url') ?? '',
        apiMode: stringAt(row, 'api_mode'),
      })),
      sessions: objectsOf(value.sessions).map((row) => ({
        provider: stringAt(row, 'provider') ?? '',
        usable: row.usable === true,
        clientId: stringAt(row, 'client_id'),
        scopes: stringsOf(row.scopes),
      })),
      mcp: isJsonObject(value.mcp_servers) ? mcpFromJson(value.mcp_servers) : undefined,
    },
    ledger: {
      ...EMPTY_LEDGER,
      entries: new Map(rows.flatMap(bindingFromJson)),
      suppressions: textsOf(value.owned_suppressions),
      definitions: textsOf(value.owned_definitions),
      sessions: new Map([
        ...objectsOf(value.sessions).flatMap((row) =>
          sessionFromJson(stringAt(row, 'provider') ?? '', row, stringAt(row, 'client_id')),
        ),
        ...pairsOf(value.mcp_servers).flatMap(([name, row]) =>
          isJsonObject(row) ? sessionFromJson(mcpAddress(name), row, undefined) : [],
        ),
      ]),
      pins: parsePins(value.pins),
      ownedPins: parseOwnedPins(value.owned_pins),
      appliedAt: timeAt(value, 'applied_at'),
    },
  };
}

function mcpFromJson(servers: JsonObject): LiveMcps {
  return new Map(
    pairsOf(servers).flatMap(([name, row]): [string, LiveMcp][] => {
      if (!isJsonObject(row)) return [];
      const obstacle = OBSTACLES.find((word) => word === row.obstacle);
      const login = LOGIN_STATES.find((word) => word === row.login) ?? 'absent';
      return [[name, { obstacle, login, client: undefined }]];
    }),
  );
}

const OBSTACLES = ['no_url', 'not_oauth', 'not_configured', 'same_file'] as const;
const LOGIN_STATES = ['absent', 'usable', 'expired'] as const;

function sessionFromJson(
  address: string,
  { owner }: JsonObject,
  client: string | undefined,
): [string, SessionBinding][] {
  const declaration = isJsonObject(owner) ? stringAt(owner, 'declaration') : undefined;
  if (!isJsonObject(owner) || declaration === undefined) return [];
  return [[address, { declaration, client, protect: owner.protect === true }]];
}

function entryFromJson(row: JsonObject, priority: number): LiveEntry[] {
  const address = stringAt(row, 'address') ?? '';
  const slash = address.indexOf('/');
  if (slash < 1) return [];
  const id = stringAt(row, 'id') ?? '';
  const { status } = row;
  return [
    {
      provider: address.slice(0, slash),
      id,
      label: address.slice(slash + 1),
      type: row.type === 'oauth' ? 'oauth' : 'api_key',
      source: stringAt(row, 'source') ?? 'manual',
      priority,
      status: status === 'ok' || status === 'exhausted' || status === 'dead' ? status : undefined,
      errorReason: undefined,
      usable: row.usable === true,
      fingerprint: markOf(id),
      account: undefined,
      baseUrl: stringAt(row, 'base_url'),
      expiresAt: timeAt(row, 'expires_at'),
      expired: row.expired === true,
      stored: row.stored !== false,
    },
  ];
}

function bindingFromJson(row: JsonObject): [string, Binding][] {
  const { owner } = row;
  const address = isJsonObject(owner) ? stringAt(owner, 'address') : undefined;
  if (!isJsonObject(owner) || address === undefined) return [];
  const id = stringAt(row, 'id') ?? '';
  const live = stringAt(row, 'address') ?? '';
  return [
    [
      address,
      {
        declaration: stringAt(owner, 'declaration') ?? '',
        id,
        type: row.type === 'oauth' ? 'oauth' : 'api_key',
        source: stringAt(row, 'source') ?? 'manual',
        label: live.slice(live.indexOf('/') + 1),
        fingerprint: markOf(id),
        account: undefined,
        protect: owner.protect === true,
      },
    ],
  ];
}

/** In the place of a fingerprint: a binding and its entry belong together by their id. */
function markOf(id: string): string {
  return `id ${id}`;
}

function objectsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function pairsOf(value: Json | undefined): [string, Json][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

function stringsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function textsOf(value: Json | undefined): Map<string, string> {
  return new Map(
    pairsOf(value).flatMap(([key, word]) => (typeof word === 'string' ? [[key, word]] : [])),
  );
}

/** Unix milliseconds of a number or an ISO time. */
function timeAt(row: JsonObject, key: string): number | undefined {
  const value = row[key];
  if (typeof value === 'number') return value;
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}
