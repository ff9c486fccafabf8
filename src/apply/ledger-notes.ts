import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { providerOf } from '../plan/addresses.ts';
import { loginState } from '../pool/draft-pool.ts';
import { type Ledger, ledgerJson, ledgerOf } from '../pool/ledger.ts';
import { readMcpClient, readMcpLogin } from '../pool/mcp-tokens.ts';
import type { Pin } from '../pool/pins.ts';
import { rowsOf, suppressedSources } from '../pool/pools.ts';
import { mcpServerOf } from '../pool/session.ts';
import type { Snapshot } from '../pool/snapshot.ts';

/** The maps of a ledger. */
const MAPS = [
  'entries',
  'suppressions',
  'definitions',
  'sessions',
  'pins',
  'ownedPins',
] as const satisfies readonly (keyof Ledger)[];

/** What a change is about to make of a ledger. */
export interface Notes {
  /** What it says anew, and the tombstones that come. */
  readonly set: Ledger;
  /** Keys that go from one of its maps. */
  readonly goneFrom: (map: (typeof MAPS)[number]) => readonly string[];
}

/** What tells of a home whether notes have come true in it. */
type Live = Pick<Snapshot, 'home' | 'auth' | 'inputs'>;

/** The difference between two ledgers in the form of `Notes` on disk; undefined when there is none. */
export function notesBetween(before: Ledger, after: Ledger): object | undefined {
  if (before === after) return undefined;
  const known = new Set(before.tombstones);
  const set = {
    entries: newIn(before.entries, after.entries),
    suppressions: newIn(before.suppressions, after.suppressions),
    definitions: newIn(before.definitions, after.definitions),
    sessions: newIn(before.sessions, after.sessions),
    pins: newIn(before.pins, after.pins),
    ownedPins: newIn(before.ownedPins, after.ownedPins),
    tombstones: after.tombstones.filter((tombstone) => !known.has(tombstone)),
    appliedAt: undefined,
  };
  const dropped = Object.fromEntries(
    MAPS.map((map) => [map, [...before[map].keys()].filter((key) => !after[map].has(key))]),
  );
  const notes = withoutEmpty({ ...ledgerJson(set), dropped: withoutEmpty(dropped) });
  return Object.keys(notes).length === 0 ? undefined : notes;
}

/** Parses what `notesBetween` wrote. */
export function parseNotes(notes: JsonObject): Notes {
  const dropped = isJsonObject(notes.dropped) ? notes.dropped : {};
  const goneFrom = (map: (typeof MAPS)[number]): string[] => {
    const list: Json | undefined = dropped[map];
    return Array.isArray(list) ? list.filter((key) => typeof key === 'string') : [];
  };
  return { set: ledgerOf(notes), goneFrom };
}

/** The ledger with those of the notes that have come true; the same object when there is none. */
export function withNotes(ledger: Ledger, { set, goneFrom }: Notes, live: Live): Ledger {
  const hasRow = (provider: string, { id }: Pick<Pin, 'id'>): boolean =>
    findRow(live, provider, id) !== undefined;
  // Under another label it is what a relabelling that never came about was to change.
  const hasLabelled = (provider: string, { id, label }: Pin): boolean =>
    findRow(live, provider, id)?.label === label;
  const isDefined = (provider: string): boolean =>
    live.inputs.settings.customs.some(({ id }) => id === provider);
  const next: Ledger = {
    ...ledger,
    entries: merged(
      ledger.entries,
      [...set.entries].filter(
        ([address, binding]) =>
          hasLabelled(providerOf(address), binding) &&
          !isBoundElsewhere(ledger, address, binding.id),
      ),
      goneFrom('entries'),
      (address, binding) => hasRow(providerOf(address), binding),
    ),
    suppressions: merged(
      ledger.suppressions,
      [...set.suppressions].filter(([address]) => isSuppressed(live, address)),
      goneFrom('suppressions'),
      (address) => isSuppressed(live, address),
    ),
    definitions: merged(
      ledger.definitions,
      [...set.definitions].filter(([provider]) => isDefined(provider)),
      goneFrom('definitions'),
      isDefined,
    ),
    sessions: merged(
      ledger.sessions,
      [...set.sessions].filter(([address, { client }]) => {
        const login = findLogin(live, address);
        return login !== undefined && login.client === client;
      }),
      goneFrom('sessions'),
      (address) => findLogin(live, address) !== undefined,
    ),
    pins: merged(
      ledger.pins,
      [...set.pins].filter(([provider, pin]) => hasLabelled(provider, pin)),
      goneFrom('pins'),
      hasRow,
    ),
    ownedPins: merged(
      ledger.ownedPins,
      [...set.ownedPins].filter(([provider, pin]) => hasLabelled(provider, pin)),
      goneFrom('ownedPins'),
      hasRow,
    ),
    tombstones: [
      ...ledger.tombstones,
      ...set.tombstones.filter(
        (tombstone) =>
          !hasRow(providerOf(tombstone.address), tombstone) &&
          !ledger.tombstones.some((other) => isDeepStrictEqual(other, tombstone)),
      ),
    ],
  };
  return isDeepStrictEqual(next, ledger) ? ledger : next;
}

/** Whether a ledger holds all that its maps were to become. */
export function holdsAll(ledger: Ledger, { set, goneFrom }: Notes): boolean {
  return MAPS.every(
    (map) =>
      [...set[map]].every(([key, value]) => isDeepStrictEqual(ledger[map].get(key), value)) &&
      goneFrom(map).every((key) => !ledger[map].has(key)),
  );
}

/** @param isThere whether what a key stood for is still in the home: then it is not dropped */
function merged<T>(
  map: ReadonlyMap<string, T>,
  set: readonly [string, T][],
  dropped: readonly string[],
  isThere: (key: string, value: T) => boolean,
): ReadonlyMap<string, T> {
  const next = new Map([...map, ...set]);
  for (const key of dropped) {
    const value = map.get(key);
    if (value !== undefined && !isThere(key, value)) next.delete(key);
  }
  return next;
}

function newIn<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...after].filter(([key, value]) => !isDeepStrictEqual(before.get(key), value)));
}

function withoutEmpty(parts: object): object {
  return Object.fromEntries(
    Object.entries(parts).filter(([, part]) => part && Object.keys(part).length > 0),
  );
}

function findRow({ auth }: Live, provider: string, id: string): JsonObject | undefined {
  return rowsOf(auth, provider)
    .filter(isJsonObject)
    .find((row) => row.id === id);
}

/** A `move` that was killed before its one write: the old address still holds the entry. */
function isBoundElsewhere(ledger: Ledger, address: string, id: string): boolean {
  return [...ledger.entries].some(
    ([other, binding]) =>
      other !== address && binding.id === id && providerOf(other) === providerOf(address),
  );
}

/** Of an address `<provider>#<source>`. */
function isSuppressed({ auth }: Live, address: string): boolean {
  const at = address.indexOf('#');
  return suppressedSources(auth, address.slice(0, at)).includes(address.slice(at + 1));
}

/** The login outside the pool that an address stands for. */
function findLogin(
  live: Live,
  address: string,
): { readonly client: string | undefined } | undefined {
  const server = mcpServerOf(address);
  if (server === undefined) {
    const state = loginState(live, address);
    return state && { client: stringAt(state, 'client_id') };
  }
  if (readMcpLogin(live.home, server, 0) === 'absent') return undefined;
  return { client: readMcpClient(live.home, server) };
}
