import type { Desired } from '../config/desired.ts';
import type { Change } from '../plan/change.ts';
import { groundOf, movedBetween } from '../plan/stable.ts';
import type { PoolStore } from '../pool/store.ts';
import { type PlanOptions, type Prepared, preparePlan } from './prepare-plan.ts';
import { keyName, ledgerDigest, machineName, secretPrint } from './save-plan.ts';
import type { SavedPlan } from './saved-plan.ts';

/** Something that is no longer as it was when the plan was saved. */
export interface Moved {
  /** Address of the step, or `machine`, `home`, `declaration`, `ledger`. */
  readonly subject: string;
  readonly what: string;
}

export type CheckedPlan =
  | { readonly state: 'stale'; readonly moved: readonly Moved[] }
  /** The saved changes, made anew from the home as it is. */
  | { readonly state: 'fresh'; readonly prepared: Prepared };

/** What of a saved plan concerns neither declaration nor pool: asked before anything is read. */
export function checkPlace(saved: SavedPlan, homeDir: string): Moved[] {
  if (saved.machine !== machineName()) {
    return [{ subject: 'machine', what: 'it was saved on another one' }];
  }
  return saved.home === homeDir ? [] : [{ subject: 'home', what: `it is for ${saved.home}` }];
}

/**
 * Checks a saved plan step by step against the home and the declaration as they are. What Hermes does
 * to entries that no step touches, and to statuses, counters and priorities, does not matter.
 *
 * @param store made by `withPlanKey`
 * @param desired undefined: the declaration is no longer valid
 */
export async function checkSavedPlan(
  deps: Parameters<typeof preparePlan>[0],
  store: PoolStore,
  saved: SavedPlan,
  desired: Desired | undefined,
  options: PlanOptions,
): Promise<CheckedPlan> {
  const moved: Moved[] = [];
  if (desired === undefined || !sameFiles(saved, desired)) {
    moved.push({ subject: 'declaration', what: 'it changed' });
  }
  if (saved.key !== keyName(store) || saved.ledger !== ledgerDigest(store.readLedger())) {
    moved.push({ subject: 'ledger', what: 'an apply or another command changed what is managed' });
  }
  if (desired === undefined || moved.length > 0) return { state: 'stale', moved };
  const prepared = await preparePlan(deps, store, desired, options);
  const changes: Change[] = [];
  for (const step of saved.steps) {
    const { address: subject } = step;
    const change = prepared.plan.changes.find(
      ({ action, address }) => action === step.action && address === step.address,
    );
    const planned = saved.plan.changes.find(
      ({ action, address }) => action === step.action && address === step.address,
    );
    const before = moved.length;
    const touching = change ?? planned;
    const ground = touching && groundOf(prepared.live, touching);
    for (const what of ground ? movedBetween(step.ground, ground) : [])
      moved.push({ subject, what });
    if (change === undefined) {
      if (moved.length === before)
        moved.push({ subject, what: 'the plan of today does not do this' });
      continue;
    }
    if (step.secret !== undefined && step.secret !== secretPrint(store, prepared, change)) {
      moved.push({ subject, what: 'its reference gives another secret' });
    }
    changes.push(change);
  }
  if (moved.length > 0) return { state: 'stale', moved };
  return { state: 'fresh', prepared: { ...prepared, plan: { ...prepared.plan, changes } } };
}

function sameFiles(saved: SavedPlan, desired: Desired): boolean {
  const text = (files: Desired['files']): string =>
    files.map(({ path, sha256 }) => `${sha256} ${path}`).join('\n');
  return text(saved.files) === text(desired.files);
}
