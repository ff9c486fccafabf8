import type { Deps } from '../base/deps.ts';
import type { UseChange } from '../plan/change.ts';
import { type Standing, standings } from '../pool/choose.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import type { PoolStore } from '../pool/store.ts';
import { executeChange } from './executor.ts';
import { getPoolProvider } from './find-pool-provider.ts';
import { getListedTarget } from './find-target.ts';
import { newIdFrom } from './new-id.ts';

export interface UseInput {
  readonly provider: string;
  /** Undefined lifts the pin. */
  readonly target: string | undefined;
}

export interface Used {
  readonly provider: string;
  readonly pinned: { readonly id: string; readonly label: string } | undefined;
  /** How the pinned entry stands now; a pin is kept whatever that is. */
  readonly standing: Standing | undefined;
  /** Label of the pin that was there before. */
  readonly before: string | undefined;
  /** The pin that an apply set, when this is another: the next apply of that declaration puts it back. */
  readonly declared: { readonly label: string; readonly declaration: string } | undefined;
}

/**
 * Pins a provider to one entry, or lifts the pin. `token` and `exec` honour it; Hermes does not know
 * it. An entry that a profile inherits can be pinned too: the pin is the profile's.
 *
 * @throws `unknown_provider`, `no_target`, `target_not_found`, `ambiguous_target`
 */
export async function useCredential(deps: Deps, store: PoolStore, input: UseInput): Promise<Used> {
  const snapshot = await store.read();
  const { id: provider } = getPoolProvider(snapshot, input.provider);
  const ledger = store.readLedger();
  const before = ledger.pins.get(provider)?.label;
  const pool = loadEffectivePool(snapshot, provider);
  const entry =
    input.target === undefined ? undefined : getListedTarget(pool, provider, input.target).entry;
  const found = standings(pool.entries, deps.clock.now()).find((each) => each.entry === entry);
  const pinned = entry === undefined ? undefined : { id: entry.id, label: entry.label };
  const owned = ledger.ownedPins.get(provider);
  const declared = owned?.label === entry?.label ? undefined : owned;
  const used = { provider, pinned, standing: found?.standing, before, declared };
  // Nothing to lift must not create a home.
  if (entry === undefined && before === undefined) return used;
  const change: UseChange = {
    action: 'use',
    address: entry === undefined ? provider : `${provider}/${entry.label}`,
    provider,
    reason: 'requested',
    label: entry?.label,
    row: entry && { id: entry.id, label: entry.label, source: entry.source },
    before,
    managed: undefined,
  };
  const supply = { env: deps.env, newId: newIdFrom(deps.random) };
  await executeChange(deps, store, change, supply);
  return used;
}
