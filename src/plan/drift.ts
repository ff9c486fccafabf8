import type { Binding } from '../pool/ledger.ts';
import { providerOf } from './addresses.ts';
import { entriesOf, type PlanInput } from './context.ts';
import type { Drift } from './plan.ts';

/** What became of an entry that the ledger knows and the home no longer holds, with the cause if one is known. */
export function driftOfGone(input: PlanInput, address: string, binding: Binding): Drift {
  const provider = providerOf(address);
  const old = input.ledger.tombstones.find(
    (tombstone) =>
      tombstone.address === address &&
      entriesOf(input.live, provider).some((entry) => entry.id === tombstone.id && entry.stored),
  );
  if (old !== undefined) {
    const detail = 'undone: a process that held an old copy wrote it over ours';
    return { address, cause: 'lost_write', detail };
  }
  const dead = binding.dead ?? deadLogin(input, provider, binding);
  if (dead === undefined)
    return { address, cause: 'gone', detail: 'gone: removed outside of gormes' };
  const reason = dead.reason === undefined ? '' : ` (${dead.reason})`;
  const detail = `gone: pruned by Hermes${reason}`;
  const since = dead.at === undefined ? undefined : { deadAt: dead.at };
  return { address, cause: 'pruned_dead', detail, ...since };
}

/** Hermes deletes the entries of a login whose refresh token is dead, and notes why (pool-store §2.1). */
function deadLogin(input: PlanInput, provider: string, binding: Binding): Binding['dead'] {
  if (binding.type !== 'oauth' || !binding.source.endsWith('device_code')) return undefined;
  return input.live.deadLogins.get(provider);
}

/**
 * What happened, in words.
 *
 * @param when writes a time; left out, as it reads the same everywhere: `2026-08-10 14:02 UTC`
 */
export function driftText({ detail, deadAt }: Drift, when = minuteOf): string {
  return deadAt === undefined ? detail : `${detail}, dead since ${when(deadAt)}`;
}

/** JSON of drift. */
export function driftToJson(drift: Drift): object {
  const { address, cause } = drift;
  return { address, cause, detail: driftText(drift) };
}

function minuteOf(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
