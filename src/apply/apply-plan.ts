import type { Deps } from '../base/deps.ts';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { DesiredCredential } from '../config/desired.ts';
import type { Change } from '../plan/change.ts';
import { isEmpty, type Plan } from '../plan/plan.ts';
import type { PoolStore } from '../pool/store.ts';
import { resolveReference } from '../secrets/resolve-reference.ts';
import { editLedger } from './bind.ts';
import { detectFor } from './detect-for.ts';
import { executeChange, type Origin } from './executor.ts';
import type { Done, Supply } from './handler.ts';
import { newIdFrom } from './new-id.ts';
import { type PlanOptions, type Prepared, preparePlan } from './prepare-plan.ts';

/** What became of one change of an apply. */
export type Outcome =
  | { readonly state: 'done'; readonly change: Change; readonly done: Done }
  | { readonly state: 'failed'; readonly change: Change; readonly error: GormesError }
  | { readonly state: 'pending'; readonly change: Change; readonly why: string }
  | { readonly state: 'left'; readonly change: Change; readonly why: string };

export interface ApplyResult {
  readonly outcomes: readonly Outcome[];
  /** The plan after it all: what still differs. */
  readonly after: Plan;
  readonly interrupted: boolean;
  readonly exitCode: ExitCode;
}

/** Called after each change, for progress. */
export type OnOutcome = (outcome: Outcome) => void;

/**
 * Makes a plan true, one change at a time, then plans again. A failed change fails only what waits
 * for it. Every secret that the changes need is resolved before the first write.
 */
export async function applyPlan(
  deps: Deps,
  store: PoolStore,
  prepared: Prepared,
  options: PlanOptions,
  onOutcome: OnOutcome,
): Promise<ApplyResult> {
  const { plan, desired } = prepared;
  const origin: Origin = { declaration: desired.name, sha256: desired.files[0]?.sha256 ?? '' };
  const secrets = await resolveNeeded(deps, prepared);
  const outcomes: Outcome[] = [];
  const settle = (outcome: Outcome): void => {
    outcomes.push(outcome);
    onOutcome(outcome);
  };
  for (const change of plan.changes) {
    const early = earlyOutcome(change, outcomes, secrets, deps.signal.aborted);
    if (early !== undefined) {
      settle(early);
      continue;
    }
    const secret = secrets.get(change.address);
    const supply: Supply = {
      env: deps.env,
      newId: newIdFrom(deps.random),
      secret: secret instanceof GormesError ? undefined : secret,
    };
    try {
      const detected = await detectFor(deps, change, supply.secret);
      settle({
        state: 'done',
        change,
        done: await executeChange(deps, store, change, { ...supply, detected }, origin),
      });
    } catch (error) {
      if (!(error instanceof GormesError)) throw error;
      settle({ state: 'failed', change, error });
      if (error.exitCode === EXIT.locked) break;
    }
  }
  for (const change of plan.changes.slice(outcomes.length))
    settle({ state: 'left', change, why: 'the home is locked' });
  if (outcomes.some((outcome) => outcome.state === 'done')) await stampApplied(deps, store);
  const after = (await preparePlan(deps, store, desired, options)).plan;
  const interrupted = deps.signal.aborted;
  return { outcomes, after, interrupted, exitCode: exitCodeOf(outcomes, after, interrupted) };
}

function exitCodeOf(outcomes: readonly Outcome[], after: Plan, interrupted: boolean): ExitCode {
  if (interrupted) return EXIT.interrupted;
  const locked = outcomes.find(
    (outcome) => outcome.state === 'failed' && outcome.error.exitCode === EXIT.locked,
  );
  if (locked !== undefined) return EXIT.locked;
  if (outcomes.some((outcome) => outcome.state === 'failed')) return EXIT.partlyApplied;
  if (outcomes.some((outcome) => outcome.state === 'pending')) return EXIT.needsPerson;
  return isEmpty(after) ? EXIT.ok : EXIT.partlyApplied;
}

/** An outcome that needs no write: unfulfillable, waiting for a person, or waiting for something that failed. */
function earlyOutcome(
  change: Change,
  outcomes: readonly Outcome[],
  secrets: ReadonlyMap<string, Secret | GormesError>,
  aborted: boolean,
): Outcome | undefined {
  if (aborted) return { state: 'left', change, why: 'interrupted' };
  if (change.action === 'unknown') {
    if (!change.unfulfilled) return { state: 'left', change, why: change.detail };
    return { state: 'failed', change, error: new GormesError(change.reason, change.detail) };
  }
  if (change.action === 'login' || change.action === 'relogin') {
    return { state: 'pending', change, why: 'logging in is not part of this version yet' };
  }
  const secret = secrets.get(change.address);
  if (secret instanceof GormesError) {
    if (secret.exitCode === EXIT.needsPerson)
      return { state: 'pending', change, why: secret.message };
    return { state: 'failed', change, error: secret };
  }
  if (change.action !== 'remove') return undefined;
  const waiting = outcomes.filter((outcome) => change.waitsFor.includes(outcome.change.address));
  if (waiting.some((outcome) => outcome.state === 'pending')) {
    return { state: 'pending', change, why: 'waits for what replaces it' };
  }
  if (waiting.some((outcome) => outcome.state !== 'done')) {
    return { state: 'left', change, why: 'what replaces it failed' };
  }
  return undefined;
}

/** Secrets by address; an error where one can't be had. */
async function resolveNeeded(
  deps: Deps,
  prepared: Prepared,
): Promise<Map<string, Secret | GormesError>> {
  const { plan, desired, context } = prepared;
  const credentials = new Map<string, DesiredCredential>();
  for (const provider of desired.providers) {
    for (const credential of provider.credentials) credentials.set(credential.address, credential);
  }
  const byText = new Map<string, Secret | GormesError>(prepared.secrets);
  const needed = new Map<string, Secret | GormesError>();
  for (const change of plan.changes) {
    const stores =
      change.action === 'rotate' || (change.action === 'add' && change.source === 'manual');
    const reference = credentials.get(change.address)?.reference;
    if (!stores || reference === undefined) continue;
    // Every prompt is a question of its own, whatever else is asked by prompt.
    const key = reference.scheme === 'prompt' ? change.address : reference.text;
    const known =
      byText.get(key) ?? (await resolveOrError(deps, reference, change.address, context));
    byText.set(key, known);
    needed.set(change.address, known);
  }
  return needed;
}

async function resolveOrError(
  deps: Deps,
  reference: NonNullable<DesiredCredential['reference']>,
  address: string,
  context: Prepared['context'],
): Promise<Secret | GormesError> {
  try {
    return (await resolveReference(deps, reference, context, address)).secret;
  } catch (error) {
    if (error instanceof GormesError) return error;
    throw error;
  }
}

/** Notes the time of the apply. */
async function stampApplied(deps: Pick<Deps, 'clock'>, store: PoolStore): Promise<void> {
  await store.update((draft) => editLedger(draft, () => ({ appliedAt: deps.clock.now() })));
}
