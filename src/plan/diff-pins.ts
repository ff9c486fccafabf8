import type { DesiredProvider } from '../config/desired.ts';
import { isSamePin, pinnedEntry } from '../pool/pins.ts';
import type { Change } from './change.ts';
import { entriesOf, type PlanInput, rowOf } from './context.ts';
import type { ProviderDiff } from './diff-provider.ts';
import type { Drift, Note } from './plan.ts';

/** What declared pins come to. */
export interface PinDiff {
  readonly changes: readonly Change[];
  readonly drift: readonly Drift[];
  readonly notes: readonly Note[];
}

/**
 * Compares declared pins with the live ones. Where no pin is declared a person's is left alone and
 * told; only a pin that an apply of this declaration set is lifted.
 */
export function diffPins(
  input: PlanInput,
  perProvider: readonly { readonly provider: DesiredProvider; readonly diff: ProviderDiff }[],
): PinDiff {
  const { desired, ledger } = input;
  const found = { changes: [] as Change[], drift: [] as Drift[], notes: [] as Note[] };
  for (const { provider, diff } of perProvider) {
    const change = diffPin(input, provider, diff);
    if (change === undefined) continue;
    found.changes.push(change);
    found.drift.push(...driftOf(input, provider.id));
  }
  for (const [id, owned] of ledger.ownedPins) {
    const isDeclared = desired.providers.some((each) => each.id === id && each.pin !== undefined);
    const isOurs = owned.declaration === desired.name && isSamePin(owned, ledger.pins.get(id));
    if (isOurs && !isDeclared) found.changes.push(lift(desired.name, id, owned.label));
  }
  for (const { id, pin } of desired.providers) {
    const live = ledger.pins.get(id);
    const isLifted = found.changes.some((change) => change.provider === id);
    if (live === undefined || pin !== undefined || isLifted) continue;
    const detail = `pinned: nothing else is used until gormes auth use ${id} --auto`;
    found.notes.push({ address: `${id}/${live.label}`, code: 'pinned', detail });
  }
  return found;
}

function diffPin(
  { live, ledger, desired, takeOver }: PlanInput,
  { id, pin }: DesiredProvider,
  diff: ProviderDiff,
): Change | undefined {
  if (pin === undefined) return undefined;
  const address = `${id}/${pin}`;
  const entries = entriesOf(live, id);
  const before = ledger.pins.get(id);
  const entry = entries.find((each) => diff.labels.get(each.id) === pin);
  // What is added or logged in gets its id then, and a pin that means it by its label alone may not.
  const isComing = diff.changes.some(
    (change) => change.address === address && ['add', 'login', 'import'].includes(change.action),
  );
  const isThere = entry !== undefined && pinnedEntry(entries, before) === entry;
  if (isThere && !isComing) return undefined;
  // Blocked, or its reference fails: there is nothing yet to pin.
  if (entry === undefined && !isComing) return undefined;
  const owned = ledger.ownedPins.get(id);
  const isForeign = owned !== undefined && owned.declaration !== desired.name;
  if (isForeign && !takeOver && isSamePin(owned, before)) {
    return {
      action: 'blocked',
      address,
      provider: id,
      reason: 'other_declaration',
      blocks: 'use',
      detail: `"${owned.label}" is pinned by another declaration (${owned.declaration})`,
      hint: 'remove it from one of the two, or take it over with --take-over',
    };
  }
  return {
    action: 'use',
    address,
    provider: id,
    reason: 'pin_changed',
    label: pin,
    row: entry === undefined || isComing ? undefined : rowOf(entry),
    before: before?.label,
    managed: { declaration: desired.name, protect: false },
  };
}

function lift(declaration: string, id: string, before: string): Change {
  return {
    action: 'use',
    address: id,
    provider: id,
    reason: 'pin_dropped',
    label: undefined,
    row: undefined,
    before,
    managed: { declaration, protect: false },
  };
}

/** A person pinned another entry over ours, or lifted our pin. */
function driftOf({ desired, ledger }: PlanInput, id: string): Drift[] {
  const owned = ledger.ownedPins.get(id);
  const live = ledger.pins.get(id);
  if (owned?.declaration !== desired.name || isSamePin(owned, live)) return [];
  const detail =
    live === undefined
      ? 'its pin was lifted outside'
      : `its pin was moved to "${live.label}" outside`;
  return [{ address: `${id}/${owned.label}`, cause: 'repinned', detail }];
}
