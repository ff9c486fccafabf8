import type { Deps } from '../base/deps.ts';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { DesiredCredential } from '../config/desired.ts';
import type { Change, LoginChange } from '../plan/change.ts';
import { isEmpty, type Plan } from '../plan/plan.ts';
import type { PoolStore } from '../pool/store.ts';
import { resolveReference } from '../secrets/resolve-reference.ts';
import { applyLogins } from './apply-logins.ts';
import { editLedger } from './bind.ts';
import { detectFor } from './detect-for.ts';
import { executeChange, type Origin } from './executor.ts';
import type { Done, Supply } from './handler.ts';
import type { LoginIo } from './log-in.ts';
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
 *
 * @param io undefined: nobody is there to log in, so logins stay pending
 */
export async function applyPlan(
  deps: Deps,
  store: PoolStore,
  prepared: Prepared,
  options: PlanOptions,
  onOutcome: OnOutcome,
  io?: LoginIo,
): Promise<ApplyResult> {
  const { plan, desired, context } = prepared;
  const origin: Origin = { declaration: desired.name, sha256: desired.files[0]?.sha256 ?? '' };
  const secrets = await resolveNeeded(deps, prepared);
  const outcomes: Outcome[] = [];
  const settle = (outcome: Outcome): void => {
    outcomes.push(outcome);
    onOutcome(outcome);
  };
  const make = async (change: Change, more: Pick<Supply, 'secret' | 'grant'>): Promise<void> => {
    try {
      const detected = await detectFor(deps, change, more.secret);
      const supply = { env: deps.env, newId: newIdFrom(deps.random), detected, ...more };
      const done = await executeChange(deps, store, change, supply, origin);
      settle({ state: 'done', change, done });
    } catch (error) {
      if (!(error instanceof GormesError)) throw error;
      settle({ state: 'failed', change, error });
    }
  };

  const logins: LoginChange[] = [];
  for (const change of [...plan.changes, undefined]) {
    // Logins stand together in the order of a plan, and are under way together.
    if (logins.length > 0 && io !== undefined && !isLogin(change)) {
      await applyLogins(deps, io, logins.splice(0), context.env, async (login, result) => {
        if (!(result instanceof GormesError)) await make(login, { grant: result });
        else if (deps.signal.aborted) settle({ state: 'left', change: login, why: 'interrupted' });
        else settle({ state: 'failed', change: login, error: result });
      });
    }
    if (change === undefined) break;
    const secret = secrets.get(change.address);
    const early = earlyOutcome(change, outcomes, secret, io !== undefined, deps.signal.aborted);
    if (early !== undefined) settle(early);
    else if (isLogin(change)) logins.push(change);
    else await make(change, { secret: secret instanceof GormesError ? undefined : secret });
  }
  if (outcomes.some((outcome) => outcome.state === 'done')) await stampApplied(deps, store);
  const after = (await preparePlan(deps, store, desired, options)).plan;
  const interrupted = deps.signal.aborted;
  return { outcomes, after, interrupted, exitCode: exitCodeOf(outcomes, after, interrupted) };
}

function isLogin(change: Change | undefined): change is LoginChange {
  return change?.action === 'login' || change?.action === 'relogin';
}

function exitCodeOf(outcomes: readonly Outcome[], after: Plan, interrupted: boolean): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (outcomes.some(isLocked)) return EXIT.locked;
  if (outcomes.some((outcome) => outcome.state === 'failed')) return EXIT.partlyApplied;
  if (outcomes.some((outcome) => outcome.state === 'pending')) return EXIT.needsPerson;
  return isEmpty(after) ? EXIT.ok : EXIT.partlyApplied;
}

/** An outcome that needs no write: unfulfillable, waiting for a person, or waiting for something that failed. */
function earlyOutcome(
  change: Change,
  outcomes: readonly Outcome[],
  secret: Secret | GormesError | undefined,
  canLogIn: boolean,
  aborted: boolean,
): Outcome | undefined {
  if (aborted) return { state: 'left', change, why: 'interrupted' };
  if (outcomes.some(isLocked)) return { state: 'left', change, why: 'the home is locked' };
  if (change.action === 'unknown') {
    if (!change.unfulfilled) return { state: 'left', change, why: change.detail };
    return { state: 'failed', change, error: new GormesError(change.reason, change.detail) };
  }
  if (isLogin(change) && !canLogIn) {
    return { state: 'pending', change, why: 'finish it with: gormes auth apply --only-logins' };
  }
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

function isLocked(outcome: Outcome): boolean {
  return outcome.state === 'failed' && outcome.error.exitCode === EXIT.locked;
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
