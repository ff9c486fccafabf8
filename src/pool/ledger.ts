import { GormesError } from '../base/errors.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import type { AuthType } from './entry.ts';
import type { OwnedPin, Pin } from './pins.ts';

/** What we last applied to an entry, and how to know it again (design §5). Holds no secret. */
export interface Binding {
  /** Name of the declaration that manages the entry. */
  readonly declaration: string;
  readonly id: string;
  readonly type: AuthType;
  readonly source: string;
  readonly label: string;
  readonly fingerprint: string | undefined;
  readonly account: string | undefined;
  readonly protect: boolean;
  /** The entry was dead at the last apply: Hermes deletes such entries in time. */
  readonly dead?: { readonly at: number | undefined; readonly reason: string | undefined };
}

/** Whose an address is, as an apply writes it along with a change; absent for imperative ones. */
export interface Managed {
  readonly declaration: string;
  readonly protect: boolean;
}

/** A login outside the pool that an apply made or took over (design §5). Holds no secret. */
export interface SessionBinding {
  /** Name of the declaration that manages it. */
  readonly declaration: string;
  /** Client id of the login: with another one it is another login. */
  readonly client: string | undefined;
  readonly protect: boolean;
}

/** An entry that we removed: if its id comes back, a running Hermes wrote an old copy. */
export interface Tombstone {
  readonly address: string;
  readonly id: string;
  readonly fingerprint: string | undefined;
}

/** Which entries, suppressions and definitions gormes manages in a home, and logins. */
export interface Ledger {
  /** By address. */
  readonly entries: ReadonlyMap<string, Binding>;
  /** `<provider>#<source>` → name of the declaration. */
  readonly suppressions: ReadonlyMap<string, string>;
  /** Custom providers that an apply defined → name of the declaration. */
  readonly definitions: ReadonlyMap<string, string>;
  /** Logins outside the pool by address: `spotify`, `mcp:<server>`. */
  readonly sessions: ReadonlyMap<string, SessionBinding>;
  readonly tombstones: readonly Tombstone[];
  /** The entry that is used and no other, by provider; whoever chose it. */
  readonly pins: ReadonlyMap<string, Pin>;
  /**
   * The pin that an apply set, by provider. Stays when a person pins another entry over it or lifts it:
   * so the next plan knows that this happened outside, and which pin is not ours to lift.
   */
  readonly ownedPins: ReadonlyMap<string, OwnedPin>;
  /** Unix milliseconds of the last apply; undefined before the first. */
  readonly appliedAt: number | undefined;
}

export const EMPTY_LEDGER: Ledger = {
  entries: new Map(),
  suppressions: new Map(),
  definitions: new Map(),
  sessions: new Map(),
  tombstones: [],
  pins: new Map(),
  ownedPins: new Map(),
  appliedAt: undefined,
};

/** Enough to notice an old copy for months; bounded so that the file stays small. */
const MAX_TOMBSTONES = 500;

/** Parses `ledger.json`. Throws `ledger_not_understood`: a ledger that can't be read owns nothing safely. */
export function parseLedger(text: string, path: string): Ledger {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    throw notUnderstood(path);
  }
  if (!isJsonObject(value) || value.version !== 1) throw notUnderstood(path);
  return ledgerOf(value);
}

/** The ledger that an object of its file holds, whole or in part; what is no note of ours is left out. */
export function ledgerOf(value: JsonObject): Ledger {
  return {
    entries: new Map(
      objectsOf(value.entries).map(([address, row]) => [
        address,
        {
          declaration: stringAt(row, 'declaration') ?? '',
          id: stringAt(row, 'id') ?? '',
          type: row.type === 'oauth' ? 'oauth' : 'api_key',
          source: stringAt(row, 'source') ?? 'manual',
          label: stringAt(row, 'label') ?? '',
          fingerprint: stringAt(row, 'fingerprint'),
          account: stringAt(row, 'account'),
          protect: row.protect === true,
          ...deadOf(row.dead),
        },
      ]),
    ),
    suppressions: stringsOf(value.suppressions),
    definitions: stringsOf(value.definitions),
    sessions: new Map(
      objectsOf(value.sessions).map(([address, row]) => [
        address,
        {
          declaration: stringAt(row, 'declaration') ?? '',
          client: stringAt(row, 'client'),
          protect: row.protect === true,
        },
      ]),
    ),
    tombstones: (Array.isArray(value.tombstones) ? value.tombstones : [])
      .filter(isJsonObject)
      .map((row) => ({
        address: stringAt(row, 'address') ?? '',
        id: stringAt(row, 'id') ?? '',
        fingerprint: stringAt(row, 'fingerprint'),
      })),
    pins: parsePins(value.pins),
    ownedPins: parseOwnedPins(value.owned_pins),
    appliedAt: typeof value.applied_at === 'number' ? value.applied_at : undefined,
  };
}

/** The text of `ledger.json`. */
export function renderLedger(ledger: Ledger): string {
  return `${JSON.stringify({ version: 1, ...ledgerJson(ledger) }, null, 2)}\n`;
}

/** What `ledger.json` holds; `ledgerOf` reads it. */
export function ledgerJson(ledger: Ledger): object {
  return {
    applied_at: ledger.appliedAt,
    entries: bindingsJson(ledger.entries),
    suppressions: Object.fromEntries(ledger.suppressions),
    definitions: Object.fromEntries(ledger.definitions),
    sessions: ledger.sessions.size === 0 ? undefined : bindingsJson(ledger.sessions),
    tombstones: ledger.tombstones.slice(-MAX_TOMBSTONES),
    pins: ledger.pins.size === 0 ? undefined : Object.fromEntries(ledger.pins),
    owned_pins: ledger.ownedPins.size === 0 ? undefined : Object.fromEntries(ledger.ownedPins),
  };
}

function bindingsJson(
  bindings: ReadonlyMap<string, Binding | SessionBinding>,
): Record<string, object> {
  return Object.fromEntries(
    [...bindings].map(([address, binding]) => [
      address,
      { ...binding, protect: binding.protect || undefined },
    ]),
  );
}

/** Pins by provider, as ledgers and snapshots write them. */
export function parsePins(value: Json | undefined): Map<string, Pin> {
  return new Map(objectsOf(value).map(([provider, row]) => [provider, pinOf(row)]));
}

/** Pins that applies set, by provider, as ledgers and snapshots write them. */
export function parseOwnedPins(value: Json | undefined): Map<string, OwnedPin> {
  return new Map(
    objectsOf(value).map(([provider, row]) => [
      provider,
      { ...pinOf(row), declaration: stringAt(row, 'declaration') ?? '' },
    ]),
  );
}

function pinOf(row: JsonObject): Pin {
  return { id: stringAt(row, 'id') ?? '', label: stringAt(row, 'label') ?? '' };
}

function deadOf(value: Json | undefined): Pick<Binding, 'dead'> {
  if (!isJsonObject(value)) return {};
  const at = typeof value.at === 'number' ? value.at : undefined;
  return { dead: { at, reason: stringAt(value, 'reason') } };
}

function objectsOf(value: Json | undefined): [string, JsonObject][] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, row]) => (isJsonObject(row) ? [[key, row]] : []));
}

function stringsOf(value: Json | undefined): Map<string, string> {
  if (!isJsonObject(value)) return new Map();
  return new Map(
    Object.entries(value).flatMap(([key, word]) => (typeof word === 'string' ? [[key, word]] : [])),
  );
}

function notUnderstood(path: string): GormesError {
  return new GormesError(
    'ledger_not_understood',
    `${path} is not a ledger that this version understands`,
    {
      hint: 'move it away: nothing is removed without it, and the next apply adopts what is declared',
    },
  );
}
