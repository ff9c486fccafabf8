import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { escapeControls, shellWord } from '../base/text.ts';
import type { RemoveChange } from '../plan/change.ts';
import { availability, isSole } from '../pool/cooldown.ts';
import type { Entry } from '../pool/entry.ts';
import { loadPool } from '../pool/pools.ts';
import type { PoolStore } from '../pool/store.ts';
import { executeChange } from './executor.ts';
import { getPoolProvider } from './find-pool-provider.ts';
import { getOwnTarget } from './find-target.ts';
import { newIdFrom } from './new-id.ts';
import { strategyOf } from './pick-credential.ts';

export interface Removed {
  readonly provider: string;
  readonly id: string;
  readonly label: string;
  /** Position that it had in the list, from 1. */
  readonly index: number;
  /** What was cleaned up, and what to know. */
  readonly lines: readonly string[];
}

/**
 * Removes one entry with what feeds it, as `auth remove` does (cli-surface §4, pool-store §11).
 *
 * @throws `unknown_provider`, `target_not_found`, `ambiguous_target`, `inherited_entry`,
 *   `positions_move`
 */
export async function removeEntry(
  deps: Deps,
  store: PoolStore,
  input: { readonly provider: string; readonly target: string },
): Promise<Removed> {
  const snapshot = await store.read();
  const provider = getPoolProvider(snapshot, input.provider).id;
  const { entry, index, byPosition } = getOwnTarget(snapshot, provider, input.target, 'remove');
  const { entries } = loadPool(provider, snapshot.auth, snapshot.inputs);
  if (byPosition && entries.length > 1 && strategyOf(snapshot, provider) === 'round_robin')
    throw positionsMove(provider, entry, index);
  const sole = isSole(entries);
  const usable = entries.filter(
    (other) => !['dead', 'empty'].includes(availability(other, deps.clock.now(), sole).state),
  );
  const change: RemoveChange = {
    action: 'remove',
    address: `${provider}/${entry.label}`,
    provider,
    reason: 'requested',
    row: { id: entry.id, label: entry.label, source: entry.source },
    type: entry.type,
    effect: {
      usableBefore: usable.length,
      usableAfter: usable.filter((other) => other.id !== entry.id).length,
      modelUses: snapshot.settings.model.providerId === provider,
    },
    cleanup: 'source',
    waitsFor: [],
    managed: undefined,
  };
  const supply = { env: deps.env, newId: newIdFrom(deps.random) };
  const { lines } = await executeChange(deps, store, change, supply);
  return { provider, id: entry.id, label: entry.label, index, lines };
}

/** Each pick moves the entry that it takes to the end: what was #2 in a list may be another one now. */
function positionsMove(provider: string, { id, label }: Entry, index: number): GormesError {
  const name = escapeControls(provider);
  return new GormesError(
    'positions_move',
    `positions move under round_robin: #${index} of ${name} is "${escapeControls(label)}" now`,
    { hint: `to remove that one: gormes auth remove ${shellWord(name)} ${escapeControls(id)}` },
  );
}
