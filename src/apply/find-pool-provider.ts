import { GormesError } from '../base/errors.ts';
import { findMasked } from '../config/looks-like-key.ts';
import { rowsOf } from '../pool/pools.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import { resolveProvider, unknownProvider } from '../providers/find-provider.ts';
import type { ProviderRow } from '../providers/provider.ts';

/** A provider as a person named it, resolved. */
export interface PoolProvider {
  /** Key of the pool. */
  readonly id: string;
  readonly name: string;
  /** Undefined for custom providers, and for pools that only the store knows. */
  readonly row: ProviderRow | undefined;
}

/**
 * Resolves what a person typed: ids and aliases of the catalog, custom providers by id, display
 * name or key, and pools that are in the store whatever made them. Hermes makes pools under some
 * aliases (cli-surface §0): such a pool is meant by its own name.
 *
 * @throws `unknown_provider` with the nearest name; a word that looks like a key is not repeated
 */
export function getPoolProvider(snapshot: Snapshot, given: string): PoolProvider {
  const id = given.trim().toLowerCase();
  const found = findDefined(snapshot, given);
  if (found?.id === id) return found;
  // Names are case-less as in Hermes; a pool that only its own spelling reaches is still reached.
  const held = [id, ...(found ? [] : [given.trim()])].find((name) => isStored(snapshot, name));
  if (held === undefined) return found ?? refuse(snapshot, given);
  return { id: held, name: held, row: undefined };
}

/**
 * The provider of a key that the home itself holds, by exactly that key: Hermes' files may hold any,
 * such as `toString` or `XAI`.
 */
export function getHeldProvider(snapshot: Snapshot, id: string): PoolProvider {
  const found = findDefined(snapshot, id);
  return found?.id === id ? found : { id, name: id, row: undefined };
}

/**
 * As `getPoolProvider`, for a new entry: a pool that only the store knows has no endpoint, and takes
 * none.
 *
 * @throws `unknown_provider`
 */
export function getDefinedProvider(snapshot: Snapshot, given: string): PoolProvider {
  return findDefined(snapshot, given) ?? refuse(snapshot, given);
}

function findDefined(snapshot: Snapshot, given: string): PoolProvider | undefined {
  const found = resolveProvider(given, snapshot.settings.customs);
  if (found === undefined) return undefined;
  if (found.kind === 'catalog') return { id: found.row.id, name: found.row.name, row: found.row };
  return { id: found.custom.id, name: found.custom.name, row: undefined };
}

function isStored({ auth, rootAuth }: Snapshot, id: string): boolean {
  return [auth, rootAuth ?? {}].some((store) => rowsOf(store, id).length > 0);
}

function refuse(snapshot: Snapshot, given: string): never {
  if (findMasked(given).length > 0) throw keyForProvider();
  throw unknownProvider(given, snapshot.settings.customs);
}

function keyForProvider(): GormesError {
  return new GormesError(
    'unknown_provider',
    'this names no provider: it looks like a key, and is not repeated here',
    { hint: 'a key comes on standard input: gormes auth add PROVIDER --type api-key < key.txt' },
  );
}
