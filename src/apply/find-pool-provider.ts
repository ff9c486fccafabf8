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
 * name or key, and pools that are in the store whatever made them.
 *
 * @throws `unknown_provider` with the nearest name
 */
export function getPoolProvider(snapshot: Snapshot, given: string): PoolProvider {
  const { customs } = snapshot.settings;
  const found = resolveProvider(given, customs);
  if (found?.kind === 'catalog') return { id: found.row.id, name: found.row.name, row: found.row };
  if (found?.kind === 'custom')
    return { id: found.custom.id, name: found.custom.name, row: undefined };
  const id = given.trim().toLowerCase();
  if (rowsOf(snapshot.auth, id).length > 0) return { id, name: id, row: undefined };
  throw unknownProvider(given, customs);
}
