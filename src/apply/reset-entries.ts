import type { Deps } from '../base/deps.ts';
import type { ResetChange } from '../plan/change.ts';
import { loadPool } from '../pool/pools.ts';
import type { PoolStore } from '../pool/store.ts';
import { getTarget } from '../pool/target.ts';
import { executeChange } from './executor.ts';
import { getPoolProvider } from './find-pool-provider.ts';
import { newIdFrom } from './new-id.ts';

export interface ResetResult {
  readonly provider: string;
  /** Entries whose marks were cleared. */
  readonly count: number;
  /** The one entry that was asked for. */
  readonly label: string | undefined;
}

/** Clears cooldowns and dead marks: of a whole provider, or of one entry. */
export async function resetEntries(
  deps: Deps,
  store: PoolStore,
  input: { readonly provider: string; readonly target: string | undefined },
): Promise<ResetResult> {
  const snapshot = await store.read();
  const provider = getPoolProvider(snapshot, input.provider).id;
  const { entries } = loadPool(provider, snapshot.auth, snapshot.inputs);
  const entry = input.target === undefined ? undefined : getTarget(entries, provider, input.target);
  if (entries.length === 0) return { provider, count: 0, label: undefined };
  const change: ResetChange = {
    action: 'reset',
    address: entry === undefined ? provider : `${provider}/${entry.label}`,
    provider,
    reason: 'requested',
    ids: entry === undefined ? [] : [entry.id],
  };
  const done = await executeChange(deps, store, change, {
    env: deps.env,
    newId: newIdFrom(deps.random),
  });
  return { provider, count: done.count ?? 0, label: entry?.label };
}
