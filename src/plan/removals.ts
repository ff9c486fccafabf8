import type { DesiredCredential } from '../config/desired.ts';
import { isManual } from '../pool/entry.ts';
import type { LiveEntry } from '../pool/live.ts';
import { isIgnored, providerOf } from './addresses.ts';
import type { Change, Effect, Reason, RemoveChange } from './change.ts';
import { entriesOf, type PlanInput, rowOf } from './context.ts';
import { droppedBindings, ownedEntry } from './diff-stale.ts';

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
}

/** Removals that a declaration asks for, each with its effect, or blocked with the reason (design §5, §16). */
export function diffRemovals(input: PlanInput, given: RemovalInput): Change[] {
  const candidates = findCandidates(input, given);
  const blocked = new Map<Candidate, Change>();
  for (const candidate of candidates) {
    const change = guard(input, given, candidates, candidate);
    if (change !== undefined) blocked.set(candidate, change);
  }
  return candidates.map((candidate) => {
    const stop = blocked.get(candidate);
    return stop ?? removal(input, given, candidates, candidate);
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
  for (const [address, binding] of droppedBindings(input)) {
    const entry = ownedEntry(input, address, binding, isFree);
    if (entry === undefined || isIgnored(desired.ignore, address, entry.source)) continue;
    add({ address, entry, reason: 'not_declared', protect: binding.protect });
  }
  for (const tombstone of ledger.tombstones) {
    const provider = providerOf(tombstone.address);
    const entry = entriesOf(live, provider).find((candidate) => candidate.id === tombstone.id);
    // What a source feeds may come back by a person's word, under the same id.
    if (entry === undefined || !isFree(entry) || !isManual(entry.source)) continue;
    if (isIgnored(desired.ignore, tombstone.address, entry.source)) continue;
    add({ address: tombstone.address, entry, reason: 'resurrected', protect: false });
  }
  if (desired.unmanaged === 'remove') {
    for (const entry of [...live.entries.values()].flat()) {
      const address = `${entry.provider}/${entry.label}`;
      if (
        !isFree(entry) ||
        desired.forget.includes(address) ||
        isIgnored(desired.ignore, address, entry.source) ||
        isOwned(input, entry)
      )
        continue;
      add({ address, entry, reason: 'unmanaged', protect: false });
    }
  }
  return [...found.values()];
}

function isOwned(input: PlanInput, entry: LiveEntry): boolean {
  for (const [address, binding] of input.ledger.entries) {
    if (providerOf(address) === entry.provider && binding.id === entry.id) return true;
  }
  return false;
}

/** The change that stands in place of a removal which must not happen. */
function guard(
  input: PlanInput,
  given: RemovalInput,
  candidates: readonly Candidate[],
  candidate: Candidate,
): Change | undefined {
  const { address, entry } = candidate;
  const stop = (reason: Reason, detail: string, hint: string): Change => ({
    action: 'blocked',
    address,
    provider: entry.provider,
    reason,
    blocks: 'remove',
    detail,
    hint,
  });
  if (candidate.protect) {
    return stop(
      'protected',
      'protected: it would be removed',
      `declare ${address} with protect: false first`,
    );
  }
  const { maxRemovals, keepOneUsable } = input.desired.limits;
  if (candidates.length > maxRemovals) {
    return stop(
      'too_many_removals',
      `${candidates.length} removals in one plan, the limit is ${maxRemovals}`,
      `allow them once with --max-removals ${candidates.length}`,
    );
  }
  const explicit = candidate.reason === 'declared_absent' || candidate.reason === 'resurrected';
  if (explicit || !keepOneUsable || input.allowEmpty.includes(entry.provider)) return undefined;
  if (arrivals(given, entry.provider).length > 0) return undefined;
  const effect = effectOf(input, given, candidates, entry.provider);
  if (effect.usableBefore === 0 || effect.usableAfter > 0) return undefined;
  return stop(
    'last_usable',
    `the last usable credential of ${entry.provider} would be removed`,
    `allow it once with --allow-empty ${entry.provider}`,
  );
}

function removal(
  input: PlanInput,
  given: RemovalInput,
  candidates: readonly Candidate[],
  candidate: Candidate,
): RemoveChange {
  const { entry } = candidate;
  return {
    action: 'remove',
    address: candidate.address,
    provider: entry.provider,
    reason: candidate.reason,
    row: rowOf(entry),
    type: entry.type,
    effect: effectOf(input, given, candidates, entry.provider),
    cleanup: isManual(entry.source) ? 'entry' : 'suppress',
    waitsFor: arrivals(given, entry.provider),
    managed: { declaration: input.desired.name, protect: false },
  };
}

/** Addresses of what the plan adds to a provider: a removal waits for them. */
function arrivals(given: RemovalInput, provider: string): string[] {
  return given.arriving
    .filter((change) => change.provider === provider)
    .map((change) => change.address);
}

function effectOf(
  input: PlanInput,
  given: RemovalInput,
  candidates: readonly Candidate[],
  provider: string,
): Effect {
  const usable = entriesOf(input.live, provider).filter((entry) => entry.usable);
  const going = candidates.filter(
    ({ entry }) => entry.provider === provider && entry.usable,
  ).length;
  const suppressed = usable.filter((entry) =>
    given.suppressing.has(`${provider}#${entry.source}`),
  ).length;
  const coming = given.arriving.filter(
    (change) => change.provider === provider && change.action === 'add',
  ).length;
  return {
    usableBefore: usable.length,
    usableAfter: usable.length - going - suppressed + coming,
    modelUses: input.live.model.provider === provider,
  };
}
