import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import type { PickChange } from '../plan/request.ts';
import { type Choice, chooseEntry, standings } from '../pool/choose.ts';
import type { Entry } from '../pool/entry.ts';
import { type EffectivePool, loadEffectivePool } from '../pool/inherit.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import type { Strategy } from '../pool/strategy.ts';
import type { PoolProvider } from './find-pool-provider.ts';
import { getListedTarget } from './find-target.ts';
import { noneUsable, oneNotUsable } from './no-credential.ts';

export interface PickInput {
  /** As the home stood before the pick. */
  readonly snapshot: Snapshot;
  readonly provider: PoolProvider;
  /** Label or id: this entry and no other. */
  readonly label: string | undefined;
  /** Ids that were tried in vain. */
  readonly skip: readonly string[];
}

type PickDeps = Pick<Deps, 'clock' | 'random' | 'env' | 'notice'>;

/**
 * The entry for one request, as Hermes picks (pool-store §9). Writes only where the strategy keeps
 * something: under `fill_first` and `random`, with a pin, or with one usable entry nothing is written.
 *
 * @throws `no_credentials`, `all_cooling`, `all_dead`, `source_not_set`, `credential_cooling`,
 *   `credential_dead`, and what finding a target can throw
 */
export async function pickCredential(
  deps: PickDeps,
  store: PoolStore,
  input: PickInput,
): Promise<Entry> {
  const { snapshot, provider, label, skip } = input;
  const pool = loadEffectivePool(snapshot, provider.id);
  const nowMs = deps.clock.now();
  if (label !== undefined) return named(pool, provider.id, label, nowMs);
  const strategy = strategyOf(snapshot, provider.id);
  const pin = store.readLedger().pins.get(provider.id);
  // The system's generator takes a while to load.
  const chance = strategy === 'random' ? deps.random(4).readUInt32BE() / 2 ** 32 : 0;
  const choice = chooseEntry(pool.entries, { strategy, pin, nowMs, chance, skip });
  if (pin !== undefined && choice.pinned === undefined)
    deps.notice(
      `Note: the pinned credential "${escapeControls(pin.label)}" is gone; gormes auth use ${provider.id} --auto lifts the pin.`,
    );
  if (choice.pick === undefined) throw noneUsable(provider, choice, nowMs);
  const { entry, order, counts } = choice.pick;
  // What stands in the root's store is only read from a profile: its rotation stands still.
  const writes = (order !== undefined || counts) && !pool.entries.some(pool.isInherited);
  return writes ? await pickUnderLock(deps, store, provider, strategy, choice, skip) : entry;
}

export function strategyOf(snapshot: Snapshot, provider: string): Strategy {
  return snapshot.settings.strategies.get(provider) ?? 'fill_first';
}

function named(pool: EffectivePool, provider: string, label: string, nowMs: number): Entry {
  const { entry } = getListedTarget(pool, provider, label);
  const found = standings(pool.entries, nowMs).find((each) => each.entry === entry);
  if (found === undefined || found.standing.state === 'available') return entry;
  throw oneNotUsable(found, nowMs, '');
}

/** Another process may pick at the same moment: who gets which entry is decided under the lock. */
async function pickUnderLock(
  deps: PickDeps,
  store: PoolStore,
  provider: PoolProvider,
  strategy: Strategy,
  choice: Choice,
  skip: readonly string[],
): Promise<Entry> {
  const { executeChange } = await import('./executor.ts');
  const { newIdFrom } = await import('./new-id.ts');
  const { id } = provider;
  const change: PickChange = {
    action: 'pick',
    address: id,
    provider: id,
    reason: 'requested',
    strategy,
    skip,
  };
  const supply = { env: deps.env, newId: newIdFrom(deps.random) };
  const done = await executeChange(deps, store, change, supply);
  if (done.entry === undefined)
    throw noneUsable(provider, { ...choice, pick: undefined }, deps.clock.now());
  const { entries } = loadEffectivePool(await store.read(), id);
  const entry = entries.find((candidate) => candidate.id === done.entry?.id);
  if (entry !== undefined) return entry;
  throw new GormesError('entry_gone', `the ${id} credential is not in the pool any more`, {
    hint: 'run the command again',
  });
}
