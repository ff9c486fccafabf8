import type { Deps } from '../base/deps.ts';
import type { Desired } from '../config/desired.ts';
import { editLedger } from '../pool/draft-ledger.ts';
import type { Ledger } from '../pool/ledger.ts';
import { isSamePin } from '../pool/pins.ts';
import { loadPool } from '../pool/pools.ts';
import type { Draft, PoolStore } from '../pool/store.ts';

/** Notes the time of an apply, and what the next plan could not see any more. */
export async function stampApplied(
  deps: Pick<Deps, 'clock'>,
  store: PoolStore,
  desired: Desired,
): Promise<void> {
  await store.update((draft) =>
    editLedger(draft, (ledger) => ({
      appliedAt: deps.clock.now(),
      entries: withDeadNoted(draft, ledger.entries),
      ownedPins: withoutStalePins(ledger, desired),
    })),
  );
}

/** The pins that applies set, without those that are neither declared any more nor in force. */
function withoutStalePins({ pins, ownedPins }: Ledger, desired: Desired): Ledger['ownedPins'] {
  const isDeclared = (id: string): boolean =>
    desired.providers.some((provider) => provider.id === id && provider.pin !== undefined);
  const kept = [...ownedPins].filter(
    ([id, owned]) =>
      owned.declaration !== desired.name || isDeclared(id) || isSamePin(owned, pins.get(id)),
  );
  return kept.length === ownedPins.size ? ownedPins : new Map(kept);
}

/** Notes which managed logins are dead now: Hermes deletes them in time, and then nothing else tells why. */
function withDeadNoted(draft: Draft, entries: Ledger['entries']): Ledger['entries'] {
  return new Map(
    [...entries].map(([address, { dead: _dead, ...binding }]) => {
      if (binding.type !== 'oauth') return [address, binding];
      const provider = address.slice(0, address.indexOf('/'));
      const pool = loadPool(provider, draft.auth, draft.inputs).entries;
      const entry = pool.find((candidate) => candidate.id === binding.id);
      if (entry?.status !== 'dead') return [address, binding];
      return [address, { ...binding, dead: { at: entry.statusAt, reason: entry.errorReason } }];
    }),
  );
}
