import type { Deps } from '../base/deps.ts';
import type { ResetChange } from '../plan/request.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import { loadPool } from '../pool/pools.ts';
import type { PoolStore } from '../pool/store.ts';
import { executeChange } from './executor.ts';
import { getPoolProvider } from './find-pool-provider.ts';
import { getOwnTarget } from './find-target.ts';
import { newIdFrom } from './new-id.ts';

export interface ResetResult {
  readonly provider: string;
  /** Entries whose marks were cleared. */
  readonly count: number;
  /** The one entry that was asked for. */
  readonly target: { readonly id: string; readonly label: string } | undefined;
  /** What to know. */
  readonly notes: readonly string[];
}

/**
 * Clears cooldowns and dead marks: of a whole provider, or of one entry.
 *
 * @throws `unknown_provider`, `target_not_found`, `ambiguous_target`, `inherited_entry`
 */
export async function resetEntries(
  deps: Deps,
  store: PoolStore,
  input: { readonly provider: string; readonly target: string | undefined },
): Promise<ResetResult> {
  const snapshot = await store.read();
  const provider = getPoolProvider(snapshot, input.provider).id;
  const entry =
    input.target === undefined
      ? undefined
      : getOwnTarget(snapshot, provider, input.target, 'reset').entry;
  const target = entry === undefined ? undefined : { id: entry.id, label: entry.label };
  const pool = loadEffectivePool(snapshot, provider);
  const notes = pool.entries.some(pool.isInherited)
    ? [
        `Note: entries of the default profile stay as they are: gormes -p default auth reset ${provider}`,
      ]
    : [];
  // Nothing to clear must not create a home.
  if (loadPool(provider, snapshot.auth, snapshot.inputs).entries.length === 0)
    return { provider, count: 0, target, notes };
  const change: ResetChange = {
    action: 'reset',
    address: entry === undefined ? provider : `${provider}/${entry.label}`,
    provider,
    reason: 'requested',
    ids: entry === undefined ? [] : [entry.id],
  };
  const supply = { env: deps.env, newId: newIdFrom(deps.random) };
  const done = await executeChange(deps, store, change, supply);
  return { provider, count: done.count ?? 0, target, notes };
}
