import type { Deps } from '../base/deps.ts';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { Change } from '../plan/change.ts';
import { isEmpty, type Plan } from '../plan/plan.ts';
import type { PoolStore } from '../pool/store.ts';
import { type AnyLogin, applyLogins } from './apply-logins.ts';
import { type Maker, makeOne, makeTogether } from './apply-together.ts';
import { detectFor } from './detect-for.ts';
import { goesTogether, type Supplied } from './execute-together.ts';
import { fileOption } from './file-option.ts';
import type { Done, Supply } from './handler.ts';
import type { Origin } from './journal.ts';
import type { LoginIo } from './log-in.ts';
import { newIdFrom } from './new-id.ts';
import { type PlanOptions, type Prepared, preparePlan } from './prepare-plan.ts';
import { lookUp, secretsByAddress, wantedBy, withPermission } from './resolve-secrets.ts';
import { stampApplied } from './stamp-applied.ts';

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
  /** For commands in hints: the option that names the same declaration, or nothing. */
  readonly file: string;
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
  const { signal } = deps;
  const origin: Origin = { declaration: desired.name, sha256: desired.files[0]?.sha256 ?? '' };
  const wanted = wantedBy(plan.changes, desired);
  const allow = options.allowCommands === true;
  const context = await withPermission(deps, desired, wanted, prepared.context, allow);
  const lookedUp = await lookUp(deps, wanted, context, prepared.lookedUp);
  const secrets = secretsByAddress(wanted, lookedUp);
  const outcomes = new Outcomes();
  const settle = (outcome: Outcome): void => {
    outcomes.add(outcome);
    onOutcome(outcome);
  };
  const stopped = (): string | undefined => {
    if (signal.aborted) return 'interrupted';
    return outcomes.isLocked ? 'the home is locked' : undefined;
  };
  const file = fileOption(deps.cwd, desired.files[0]?.path);
  const maker: Maker = { deps, store, origin, stopped, settle };
  type More = Pick<Supply, 'secret' | 'grant' | 'mcpGrant'>;
  /** Undefined when what the change needs can't be had, which is settled then. */
  const supplied = async (change: Change, more: More): Promise<Supplied | undefined> => {
    try {
      const detected = await detectFor(deps, change, more.secret);
      const supply = { env: deps.env, newId: newIdFrom(deps.random), detected, ...more };
      return { change, supply };
    } catch (error) {
      if (!(error instanceof GormesError)) throw error;
      settle({ state: 'failed', change, error });
      return undefined;
    }
  };

  const logins: AnyLogin[] = [];
  const group: Supplied[] = [];
  for (const change of [...plan.changes, undefined]) {
    // Logins stand together in the order of a plan, and are under way together.
    if (logins.length > 0 && io !== undefined && !isLogin(change)) {
      await applyLogins(deps, store, io, logins.splice(0), async (login, result) => {
        if (result instanceof GormesError) {
          if (signal.aborted) settle({ state: 'left', change: login, why: 'interrupted' });
          else settle({ state: 'failed', change: login, error: result });
          return;
        }
        const one = await supplied(login, result);
        if (one !== undefined) await makeOne(maker, one);
      });
    }
    // What a change waits for is settled before it is looked at.
    if (change === undefined || !joins(change, group)) await makeTogether(maker, group.splice(0));
    if (change === undefined) break;
    const secret = secrets.get(change.address);
    const early = earlyOutcome(change, outcomes, secret, io !== undefined, stopped(), file);
    if (early !== undefined) {
      settle(early);
    } else if (isLogin(change)) {
      logins.push(change);
    } else {
      const one = await supplied(change, {
        secret: secret instanceof GormesError ? undefined : secret,
      });
      if (one === undefined) continue;
      if (goesTogether(change)) group.push(one);
      else await makeOne(maker, one);
    }
  }
  if (outcomes.all.some((outcome) => outcome.state === 'done'))
    await stampApplied(deps, store, desired);
  const after = (await preparePlan(deps, store, desired, options, lookedUp)).plan;
  const interrupted = signal.aborted;
  const exitCode = exitCodeOf(outcomes, after, interrupted);
  return { outcomes: outcomes.all, after, interrupted, exitCode, file };
}

/**
 * Changes that one write makes at most. It bounds how long the lock is held, for which Hermes waits,
 * and how long a person waits who presses Ctrl-C: a few hundred milliseconds.
 */
const MAX_TOGETHER = 1000;

/** Whether a change can go into the write of those before it. A removal waits for what is added. */
function joins(change: Change, group: readonly Supplied[]): boolean {
  const last = group.at(-1)?.change.action;
  const isRemoval = change.action === 'remove';
  return (
    goesTogether(change) &&
    group.length < MAX_TOGETHER &&
    (last === undefined || (last === 'remove') === isRemoval)
  );
}

/** What became of the changes so far. */
class Outcomes {
  readonly all: Outcome[] = [];
  readonly #byAddress = new Map<string, Outcome[]>();
  isLocked = false;

  add(outcome: Outcome): void {
    this.all.push(outcome);
    const { address } = outcome.change;
    this.#byAddress.set(address, [...this.at(address), outcome]);
    this.isLocked ||= outcome.state === 'failed' && outcome.error.exitCode === EXIT.locked;
  }

  at(address: string): readonly Outcome[] {
    return this.#byAddress.get(address) ?? [];
  }
}

function isLogin(change: Change | undefined): change is AnyLogin {
  return change !== undefined && ['login', 'relogin', 'mcp_login'].includes(change.action);
}

function exitCodeOf({ all, isLocked }: Outcomes, after: Plan, interrupted: boolean): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (isLocked) return EXIT.locked;
  if (all.some((outcome) => outcome.state === 'failed')) return EXIT.partlyApplied;
  if (all.some((outcome) => outcome.state === 'pending')) return EXIT.needsPerson;
  return isEmpty(after) ? EXIT.ok : EXIT.partlyApplied;
}

/** An outcome that needs no write: unfulfillable, waiting for a person, or waiting for something that failed. */
function earlyOutcome(
  change: Change,
  outcomes: Outcomes,
  secret: Secret | GormesError | undefined,
  canLogIn: boolean,
  stopped: string | undefined,
  file: string,
): Outcome | undefined {
  if (stopped !== undefined) return { state: 'left', change, why: stopped };
  if (change.action === 'unknown') {
    if (!change.unfulfilled) return { state: 'left', change, why: change.detail };
    return { state: 'failed', change, error: new GormesError(change.reason, change.detail) };
  }
  if (isLogin(change) && !canLogIn) {
    return {
      state: 'pending',
      change,
      why: `finish it with: gormes auth apply --only-logins${file}`,
    };
  }
  const waiting = waitingOutcome(change, outcomes);
  if (waiting !== undefined) return waiting;
  // A rotation's secret says nothing about a pin, a label or an adoption at its address.
  if (secret instanceof GormesError && (change.action === 'add' || change.action === 'rotate')) {
    if (secret.exitCode === EXIT.needsPerson) {
      const next = secret.hint === undefined ? '' : `; ${secret.hint}`;
      return { state: 'pending', change, why: secret.message + next };
    }
    return { state: 'failed', change, error: secret };
  }
  return undefined;
}

/** What became of a change that waits for others: a removal for what replaces it, a pin for what it pins. */
function waitingOutcome(change: Change, outcomes: Outcomes): Outcome | undefined {
  const isRemoval = change.action === 'remove';
  if (!isRemoval && (change.action !== 'use' || change.label === undefined)) return undefined;
  const addresses = isRemoval ? change.waitsFor : [change.address];
  const waiting = addresses.flatMap((address) => outcomes.at(address));
  const what = isRemoval ? 'what replaces it' : 'what it pins';
  if (waiting.some((outcome) => outcome.state === 'pending')) {
    return { state: 'pending', change, why: `waits for ${what}` };
  }
  if (waiting.some((outcome) => outcome.state !== 'done')) {
    return { state: 'left', change, why: `${what} failed` };
  }
  return undefined;
}
