import type { Deps } from '../base/deps.ts';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { Desired } from '../config/desired.ts';
import type { Change } from '../plan/change.ts';
import { isEmpty, type Plan } from '../plan/plan.ts';
import type { PoolStore } from '../pool/store.ts';
import { type AnyLogin, applyLogins } from './apply-logins.ts';
import { editLedger, withDeadNoted, withoutStalePins } from './bind.ts';
import { detectFor } from './detect-for.ts';
import { executeChange, type Origin } from './executor.ts';
import type { Done, Supply } from './handler.ts';
import type { LoginIo } from './log-in.ts';
import { newIdFrom } from './new-id.ts';
import { type PlanOptions, type Prepared, preparePlan } from './prepare-plan.ts';
import { lookUp, secretsByAddress, wantedBy, withPermission } from './resolve-secrets.ts';

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
  const { plan, desired } = prepared;
  const origin: Origin = { declaration: desired.name, sha256: desired.files[0]?.sha256 ?? '' };
  const wanted = wantedBy(plan.changes, desired);
  const allow = options.allowCommands === true;
  const context = await withPermission(deps, desired, wanted, prepared.context, allow);
  const lookedUp = await lookUp(deps, wanted, context, prepared.lookedUp);
  const secrets = secretsByAddress(wanted, lookedUp);
  const outcomes: Outcome[] = [];
  const settle = (outcome: Outcome): void => {
    outcomes.push(outcome);
    onOutcome(outcome);
  };
  type More = Pick<Supply, 'secret' | 'grant' | 'mcpGrant'>;
  const make = async (change: Change, more: More): Promise<void> => {
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

  const logins: AnyLogin[] = [];
  for (const change of [...plan.changes, undefined]) {
    // Logins stand together in the order of a plan, and are under way together.
    if (logins.length > 0 && io !== undefined && !isLogin(change)) {
      await applyLogins(deps, store, io, logins.splice(0), async (login, result) => {
        if (!(result instanceof GormesError)) await make(login, result);
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
  if (outcomes.some((outcome) => outcome.state === 'done'))
    await stampApplied(deps, store, desired);
  const after = (await preparePlan(deps, store, desired, options, lookedUp)).plan;
  const interrupted = deps.signal.aborted;
  return { outcomes, after, interrupted, exitCode: exitCodeOf(outcomes, after, interrupted) };
}

function isLogin(change: Change | undefined): change is AnyLogin {
  return change !== undefined && ['login', 'relogin', 'mcp_login'].includes(change.action);
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
  const waiting = waitingOutcome(change, outcomes);
  if (waiting !== undefined) return waiting;
  if (secret instanceof GormesError && change.action !== 'use') {
    if (secret.exitCode === EXIT.needsPerson) {
      const next = secret.hint === undefined ? '' : `; ${secret.hint}`;
      return { state: 'pending', change, why: secret.message + next };
    }
    return { state: 'failed', change, error: secret };
  }
  return undefined;
}

/** What became of a change that waits for others: a removal for what replaces it, a pin for what it pins. */
function waitingOutcome(change: Change, outcomes: readonly Outcome[]): Outcome | undefined {
  const isRemoval = change.action === 'remove';
  if (!isRemoval && (change.action !== 'use' || change.label === undefined)) return undefined;
  const addresses = isRemoval ? change.waitsFor : [change.address];
  const waiting = outcomes.filter((outcome) => addresses.includes(outcome.change.address));
  const what = isRemoval ? 'what replaces it' : 'what it pins';
  if (waiting.some((outcome) => outcome.state === 'pending')) {
    return { state: 'pending', change, why: `waits for ${what}` };
  }
  if (waiting.some((outcome) => outcome.state !== 'done')) {
    return { state: 'left', change, why: `${what} failed` };
  }
  return undefined;
}

function isLocked(outcome: Outcome): boolean {
  return outcome.state === 'failed' && outcome.error.exitCode === EXIT.locked;
}

/** Notes the time of the apply. */
async function stampApplied(
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
