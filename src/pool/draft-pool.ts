import { isJsonObject, type JsonObject, objectAt } from '../base/json.ts';
import type { Entry } from './entry.ts';
import { loadPool, suppressedSources, withRow } from './pools.ts';
import type { Draft } from './store.ts';

/** The pool of a provider in a draft, its sources imported and stored as Hermes would. */
export function importPool(draft: Draft, provider: string): readonly Entry[] {
  const pool = loadPool(provider, draft.auth, draft.inputs);
  if (pool.changed) setPool(draft, provider, pool.entries);
  return pool.entries;
}

/** Stores the rows of a provider; the order of the list becomes the order in the file. */
export function setPool(draft: Draft, provider: string, entries: readonly Entry[]): void {
  const pools = objectAt(draft.auth, 'credential_pool');
  Object.defineProperty(pools, provider, {
    value: entries.map((entry) => entry.raw),
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Gives entries the priorities 0..n-1 in their order. */
export function renumber(entries: readonly Entry[]): Entry[] {
  return entries.map((entry, priority) =>
    entry.priority === priority ? entry : withRow(entry, { ...entry.raw, priority }),
  );
}

/** Adds a marker against importing a source. */
export function suppress(draft: Draft, provider: string, sources: readonly string[]): void {
  const present = suppressedSources(draft.auth, provider);
  const added = sources.filter((source) => !present.includes(source));
  if (added.length > 0) setSuppressed(draft, provider, [...present, ...added]);
}

/** Takes markers away, all of a provider's when no sources are named; empty objects go, as in Hermes. */
export function unsuppress(draft: Draft, provider: string, sources?: readonly string[]): void {
  const present = suppressedSources(draft.auth, provider);
  const kept = sources === undefined ? [] : present.filter((source) => !sources.includes(source));
  if (kept.length < present.length) setSuppressed(draft, provider, kept);
}

function setSuppressed(draft: Draft, provider: string, sources: readonly string[]): void {
  const all = objectAt(draft.auth, 'suppressed_sources');
  if (sources.length > 0) all[provider] = [...sources];
  else delete all[provider];
  if (Object.keys(all).length === 0) delete draft.auth.suppressed_sources;
}

/** Single-login state of a provider; undefined when there is none. */
export function loginState(
  { auth }: Pick<Draft, 'auth'>,
  provider: string,
): JsonObject | undefined {
  const logins = auth.providers;
  const state =
    isJsonObject(logins) && Object.hasOwn(logins, provider) ? logins[provider] : undefined;
  return isJsonObject(state) ? state : undefined;
}

/** Deletes the single-login state of a provider; true when there was some. */
export function endLogin(draft: Draft, provider: string): boolean {
  if (loginState(draft, provider) === undefined) return false;
  delete objectAt(draft.auth, 'providers')[provider];
  return true;
}
