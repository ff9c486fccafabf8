import { isDeepStrictEqual } from 'node:util';
import { sha256Hex } from '../base/digest.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { CATALOG } from '../providers/catalog.ts';
import { rowOf } from '../providers/find-provider.ts';
import type { Seed } from '../providers/login-storage.ts';
import {
  byPriority,
  type Entry,
  inOrder,
  newRow,
  ownsSecret,
  parseEntry,
  STATUS_FIELDS,
  secretFingerprint,
} from './entry.ts';
import { type SeedInputs, type Seeds, seedsOfCustom, seedsOfProvider } from './seeds.ts';

/** The pool of one provider as Hermes would load it, sources imported. */
export interface Pool {
  readonly provider: string;
  /** By ascending priority. */
  readonly entries: readonly Entry[];
  /** Whether the store holds other rows than these: what importing changed. Compared when asked. */
  readonly changed: boolean;
}

/**
 * Loads the pool of one provider from the store's content: imports its sources, removes entries
 * whose source is gone, ranks (pool-store §8). Pure: what Hermes would write is in `entries`, and
 * only a command that changes the home stores it.
 */
export function loadPool(provider: string, auth: JsonObject, inputs: SeedInputs): Pool {
  const rows = rowsOf(auth, provider);
  const stored = rows.map((row, index) => parseStored(provider, row, index));
  const { seeds, vanishing } = seedsFor(provider, inputs, stored);
  // A login in the root's store feeds the rows that Hermes copied into a profile: they stay.
  const isInherited =
    !Object.hasOwn(inputs.logins, provider) && Object.hasOwn(inputs.inheritedLogins, provider);
  const suppressed = suppressedSources(auth, provider);
  const offered = seeds.filter((seed) => !suppressed.includes(seed.source));

  const kept = stored.filter(
    (entry, index) =>
      !isSecondOfSource(stored, entry, index, offered) &&
      (isInherited ||
        !vanishing(entry.source) ||
        offered.some((seed) => seed.source === entry.source)),
  );
  const entries = [...kept];
  for (const seed of offered) {
    const index = entries.findIndex((entry) => entry.source === seed.source);
    const present = entries[index];
    if (present === undefined) entries.push(entryOfSeed(provider, seed, entries));
    else entries[index] = refreshedBySeed(present, seed);
  }
  const ranked = rank(provider, byPriority(entries));
  return {
    provider,
    entries: ranked,
    get changed() {
      return !isDeepStrictEqual(
        ranked.map((entry) => entry.raw),
        byPriority(stored).map((entry) => entry.raw),
      );
    },
  };
}

/** Every provider that may have entries: the catalog's, the custom endpoints, and what the store holds. */
export function knownProviders(auth: JsonObject, inputs: SeedInputs): string[] {
  const stored = isJsonObject(auth.credential_pool) ? Object.keys(auth.credential_pool) : [];
  const ids = [
    ...CATALOG.map((row) => row.id),
    ...inputs.settings.customs.map((c) => c.id),
    ...stored,
  ];
  // Plain string order, as Hermes lists them (cli-surface §3).
  return [...new Set(ids)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The rows of a provider as they stand in the store. */
export function rowsOf(auth: JsonObject, provider: string): readonly Json[] {
  const pool = auth.credential_pool;
  const rows = isJsonObject(pool) && Object.hasOwn(pool, provider) ? pool[provider] : undefined;
  return Array.isArray(rows) ? rows : [];
}

/** Sources of a provider that must not be imported. */
export function suppressedSources(auth: JsonObject, provider: string): string[] {
  const all = auth.suppressed_sources;
  const list = isJsonObject(all) && Object.hasOwn(all, provider) ? all[provider] : undefined;
  return Array.isArray(list) ? list.filter((source) => typeof source === 'string') : [];
}

/** A stored entry; one that lost its id gets one that stays the same between runs. */
function parseStored(provider: string, row: Json, index: number): Entry {
  const hasId = isJsonObject(row) && stringAt(row, 'id') !== undefined;
  return parseEntry(provider, row, hasId ? '' : derivedId(provider, `row ${index}`));
}

/** Six hex digits that stay the same between runs, for entries that are not stored yet. */
function derivedId(provider: string, what: string): string {
  return sha256Hex(`${provider}\n${what}`).slice(0, 6);
}

function seedsFor(provider: string, inputs: SeedInputs, stored: readonly Entry[]): Seeds {
  const custom = inputs.settings.customs.find((candidate) => candidate.id === provider);
  if (custom !== undefined) return seedsOfCustom(custom, inputs);
  const row = rowOf(provider);
  if (row === undefined) return { seeds: [], vanishing: () => false };
  const hasManual = stored.some(
    (entry) => entry.source.startsWith('manual') || entry.source === 'hermes_pkce',
  );
  return seedsOfProvider(row, inputs, hasManual);
}

/** Imported sources are unique: a second row of the same source is dropped. */
function isSecondOfSource(
  stored: readonly Entry[],
  entry: Entry,
  index: number,
  offered: readonly Seed[],
): boolean {
  return (
    offered.some((seed) => seed.source === entry.source) &&
    stored.findIndex((other) => other.source === entry.source) !== index
  );
}

function entryOfSeed(provider: string, seed: Seed, others: readonly Entry[]): Entry {
  const taken = new Set(others.map((entry) => entry.id));
  let id = derivedId(provider, seed.source);
  for (let turn = 1; taken.has(id); turn++) id = derivedId(provider, `${seed.source} ${turn}`);
  const row = newRow(provider, {
    id,
    label: seed.label,
    type: seed.type,
    priority: Math.max(-1, ...others.map((entry) => entry.priority)) + 1,
    source: seed.source,
    secret: seed.secret,
    baseUrl: seed.baseUrl,
  });
  return withSeed(provider, inOrder({ ...row, ...tokenFields(provider, seed) }), seed);
}

/** An entry that follows its source: id, priority and label stay; a new secret clears the status. */
function refreshedBySeed(entry: Entry, seed: Seed): Entry {
  const row: JsonObject = {
    ...entry.raw,
    auth_type: seed.type,
    ...tokenFields(entry.provider, seed),
  };
  if (seed.baseUrl !== undefined) row.base_url = seed.baseUrl;
  if (!ownsSecret(entry.provider, seed.source)) {
    delete row.access_token;
    delete row.refresh_token;
    row.secret_fingerprint = secretFingerprint(seed.secret);
  }
  const sameSecret = entry.secret.isEmpty
    ? entry.raw.secret_fingerprint === secretFingerprint(seed.secret)
    : entry.secret.equals(seed.secret);
  // A row without fingerprint tells nothing about its secret: its status stays.
  const known = !entry.secret.isEmpty || entry.raw.secret_fingerprint !== undefined;
  if (known && !sameSecret) for (const field of STATUS_FIELDS) row[field] = null;
  return withSeed(entry.provider, row, seed);
}

function tokenFields(provider: string, seed: Seed): JsonObject {
  const fields: JsonObject = { ...seed.extras };
  if (!ownsSecret(provider, seed.source)) return fields;
  fields.access_token = seed.secret.reveal();
  if (seed.refreshToken !== undefined) fields.refresh_token = seed.refreshToken.reveal();
  return fields;
}

function withSeed(provider: string, row: JsonObject, seed: Seed): Entry {
  return { ...parseEntry(provider, row, ''), secret: seed.secret, refreshToken: seed.refreshToken };
}

/** The order that Hermes enforces for entries in a wanted order; other providers keep theirs. */
export function rankOrder<T extends { readonly source: string }>(
  provider: string,
  entries: readonly T[],
): T[] {
  const sources = rowOf(provider)?.sourceOrder;
  if (sources === undefined) return [...entries];
  const rankOf = (entry: T): number => {
    const index = sources.indexOf(entry.source);
    return index < 0 ? 0 : index + 1;
  };
  return [...entries].sort((a, b) => rankOf(a) - rankOf(b));
}

function rank(provider: string, sorted: readonly Entry[]): readonly Entry[] {
  if (rowOf(provider)?.sourceOrder === undefined) return sorted;
  return rankOrder(provider, sorted).map((entry, priority) =>
    entry.priority === priority ? entry : withRow(entry, { ...entry.raw, priority }),
  );
}

/** The same entry with other fields in its row; the secret in memory stays. */
export function withRow(entry: Entry, row: JsonObject): Entry {
  const parsed = parseEntry(entry.provider, row, entry.id);
  return { ...parsed, secret: entry.secret, refreshToken: entry.refreshToken };
}
