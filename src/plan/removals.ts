import { groupBy } from '../base/group-by.ts';
import { memo } from '../base/memo.ts';
import type { DesiredCredential } from '../config/desired.ts';
import { isManual } from '../pool/entry.ts';
import type { LiveEntry } from '../pool/live.ts';
import { isIgnored, providerOf } from './addresses.ts';
import type { Change, Effect, Reason, RemoveChange } from './change.ts';
import { entriesOf, type PlanInput, rowOf } from './context.ts';
import { droppedBindings, ownedEntry } from './diff-stale.ts';
import { entryIndexes } from './entry-index.ts';
import { stopped, stoppedByLimit, stoppedByProtection } from './removal-guards.ts';
import { ownedIds } from './unmanaged.ts';

/** An entry that should go, before limits and protection are asked. */
interface Candidate {
  readonly address: string;
  readonly entry: LiveEntry;
  readonly reason: Extract<
    Reason,
    'declared_absent' | 'not_declared' | 'unmanaged' | 'resurrected'
  >;
  readonly protect: boolean;
}

export interface RemovalInput {
  /** Ids of live entries that the declaration names, by provider. */
  readonly claimed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly absent: readonly { readonly credential: DesiredCredential; readonly entry: LiveEntry }[];
  /** Additions and logins of the plan, by provider. */
  readonly arriving: readonly Change[];
  /** Sources that the plan suppresses: their entries go with the suppression. */
  readonly suppressing: ReadonlySet<string>;
  /** How many logins outside the pool end in the same plan: one limit holds for both. */
  readonly logouts: number;
}

/** Removals that a declaration asks for, each with its effect, or blocked with the reason (design §5, §16). */
export function diffRemovals(input: PlanInput, given: RemovalInput): Change[] {
  const candidates = findCandidates(input, given);
  const balanceOf = balances(input, given, candidates);
  const removals = candidates.length + given.logouts;
  return candidates.map((candidate) => {
    const balance = balanceOf(candidate.entry.provider);
    return guard(input, removals, candidate, balance) ?? removal(input, candidate, balance);
  });
}

function findCandidates(input: PlanInput, given: RemovalInput): Candidate[] {
  const { desired, ledger, live } = input;
  const found = new Map<string, Candidate>();
  const add = (candidate: Candidate): void => {
    const key = `${candidate.entry.provider}/${candidate.entry.id}`;
    const suppressed = given.suppressing.has(
      `${candidate.entry.provider}#${candidate.entry.source}`,
    );
    if (!found.has(key) && !suppressed) found.set(key, candidate);
  };
  for (const { credential, entry } of given.absent) {
    const protect = ledger.entries.get(credential.address)?.protect ?? false;
    add({ address: credential.address, entry, reason: 'declared_absent', protect });
  }
  const isFree = (entry: LiveEntry): boolean => !given.claimed.get(entry.provider)?.has(entry.id);
  const indexOf = entryIndexes(live);
  for (const [address, binding] of droppedBindings(input)) {
    const entry = ownedEntry(indexOf(providerOf(address)), binding, isFree);
    if (entry === undefined || isIgnored(desired.ignore, address, entry.source)) continue;
    add({ address, entry, reason: 'not_declared', protect: binding.protect });
  }
  for (const tombstone of ledger.tombstones) {
    const provider = providerOf(tombstone.address);
    const [entry] = indexOf(provider).with('id', tombstone.id);
    // What a source feeds may come back by a person's word, under the same id.
    if (entry === undefined || !isFree(entry) || !isManual(entry.source)) continue;
    if (isIgnored(desired.ignore, tombstone.address, entry.source)) continue;
    add({ address: tombstone.address, entry, reason: 'resurrected', protect: false });
  }
  if (desired.unmanaged === 'remove') {
    const owned = ownedIds(ledger);
    const forgotten = new Set(desired.forget);
    for (const entry of [...live.entries.values()].flat()) {
      const address = `${entry.provider}/${entry.label}`;
      if (
        !isFree(entry) ||
        forgotten.has(address) ||
        isIgnored(desired.ignore, address, entry.source) ||
        owned.has(`${entry.provider}/${entry.id}`)
      )
        continue;
      add({ address, entry, reason: 'unmanaged', protect: false });
    }
  }
  return [...found.values()];
}

/** The change that stands in place of a removal which must not happen. */
function guard(
  input: PlanInput,
  removals: number,
  candidate: Candidate,
  { arrivals, effect }: Balance,
): Change | undefined {
  const { address, entry } = candidate;
  const subject = { address, provider: entry.provider, blocks: 'remove' } as const;
  if (candidate.protect) return stoppedByProtection(subject);
  const { maxRemovals, keepOneUsable } = input.desired.limits;
  const limit = stoppedByLimit(subject, removals, maxRemovals);
  if (limit !== undefined) return limit;
  const explicit = candidate.reason === 'declared_absent' || candidate.reason === 'resurrected';
  if (explicit || !keepOneUsable || input.allowEmpty.includes(entry.provider)) return undefined;
  if (arrivals.length > 0) return undefined;
  if (effect.usableBefore === 0 || effect.usableAfter > 0) return undefined;
  return stopped(
    subject,
    'last_usable',
    `the last usable credential of ${entry.provider} would be removed`,
    `allow it once with --allow-empty ${entry.provider}`,
  );
}

function removal(
  input: PlanInput,
  candidate: Candidate,
  { arrivals, effect }: Balance,
): RemoveChange {
  const { entry } = candidate;
  return {
    action: 'remove',
    address: candidate.address,
    provider: entry.provider,
    reason: candidate.reason,
    row: rowOf(entry),
    type: entry.type,
    effect,
    cleanup: isManual(entry.source) ? 'entry' : 'suppress',
    waitsFor: arrivals,
    managed: { declaration: input.desired.name, protect: false },
  };
}

/** What comes to one provider and what is left of it: the same for each of its removals. */
interface Balance {
  /** Addresses of what the plan adds: a removal waits for them. */
  readonly arrivals: readonly string[];
  readonly effect: Effect;
}

function balances(
  input: PlanInput,
  given: RemovalInput,
  candidates: readonly Candidate[],
): (provider: string) => Balance {
  const going = groupBy(candidates, ({ entry }) => entry.provider);
  const arriving = groupBy(given.arriving, (change) => change.provider);
  return memo((provider) => {
    const usable = entriesOf(input.live, provider).filter((entry) => entry.usable);
    const lost = (going.get(provider) ?? []).filter(({ entry }) => entry.usable).length;
    const suppressed = usable.filter((entry) =>
      given.suppressing.has(`${provider}#${entry.source}`),
    ).length;
    const coming = arriving.get(provider) ?? [];
    const added = coming.filter((change) => change.action === 'add').length;
    return {
      arrivals: coming.map((change) => change.address),
      effect: {
        usableBefore: usable.length,
        usableAfter: usable.length - lost - suppressed + added,
        modelUses: input.live.model.provider === provider,
      },
    };
  });
}
