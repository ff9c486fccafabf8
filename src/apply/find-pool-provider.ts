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
  /** False for a pool that only the store knows: its endpoint is defined nowhere. */
  readonly defined: boolean;
}

/**
 * Resolves what a person typed: ids and aliases of the catalog, custom providers by id, display
 * name or key, and pools that are in the store whatever made them.
 *
 * @throws `unknown_provider` with the nearest name; a word that looks like a key is not repeated
 */
export function getPoolProvider(snapshot: Snapshot, given: string): PoolProvider {
  const { customs } = snapshot.settings;
  const found = resolveProvider(given, customs);
  if (found?.kind === 'catalog') {
    const { row } = found;
    return { id: row.id, name: row.name, row, defined: true };
  }
  if (found?.kind === 'custom') {
    const { id, name } = found.custom;
    return { id, name, row: undefined, defined: true };
  }
  const id = given.trim().toLowerCase();
  const stores = [snapshot.auth, snapshot.rootAuth ?? {}];
  if (stores.some((auth) => rowsOf(auth, id).length > 0)) {
    return { id, name: id, row: undefined, defined: false };
  }
  if (findMasked(given).length > 0) throw keyForProvider();
  throw unknownProvider(given, customs);
}

function keyForProvider(): GormesError {
  return new GormesError(
    'unknown_provider',
    'this names no provider: it looks like a key, and is not repeated here',
    { hint: 'a key comes on standard input: gormes auth add PROVIDER --type api-key < key.txt' },
  );
}
