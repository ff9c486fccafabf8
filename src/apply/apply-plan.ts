import type { Deps } from '../base/deps.ts';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import type { Change } from '../plan/change.ts';
import { isEmpty, type Plan } from '../plan/plan.ts';
import type { PoolStore } from '../pool/store.ts';
import { type AnyLogin, applyLogins, isLogin } from './apply-logins.ts';
import { joins, type Maker, makeGroup, makeOne, type Step } from './apply-together.ts';
import { detectFor } from './detect-for.ts';
import { goesTogether } from './execute-together.ts';
import { fileOption } from './file-option.ts';
import type { Supply } from './handlers/handler.ts';
import type { LoginIo } from './log-in.ts';
import { newIdFrom } from './new-id.ts';
import { earlyOutcome, type OnOutcome, type Outcome, Outcomes } from './outcomes.ts';
import { type PlanOptions, type Prepared, preparePlan } from './prepare-plan.ts';
import { lookUp, secretsByAddress, wantedBy, withPermission } from './resolve-secrets.ts';
import { stampApplied } from './stamp-applied.ts';

export interface ApplyResult {
  readonly outcomes: readonly Outcome[];
  /** The plan after it all: what still differs. */
  readonly after: Plan;
  readonly interrupted: boolean;
  readonly exitCode: ExitCode;
  /** For commands in hints: the option that names the same declaration, or nothing. */
  readonly file: string;
}

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
  const wanted = wantedBy(plan.changes, desired);
  const allow = options.allowCommands === true;
  const context = await withPermission(deps, desired, wanted, prepared.context, allow);
  const lookedUp = await lookUp(deps, wanted, context, prepared.lookedUp);
  const outcomes = new Outcomes();
  const file = fileOption(deps.cwd, desired.files[0]?.path);
  await makeChanges({
    deps,
    store,
    origin: { declaration: desired.name, sha256: desired.files[0]?.sha256 ?? '' },
    stopped: () => {
      if (signal.aborted) return 'interrupted';
      return outcomes.isLocked ? 'the home is locked' : undefined;
    },
    settle: (outcome) => {
      outcomes.add(outcome);
      onOutcome(outcome);
    },
    changes: plan.changes,
    secrets: secretsByAddress(wanted, lookedUp),
    outcomes,
    io,
    file,
  });
  if (outcomes.all.some((outcome) => outcome.state === 'done'))
    await stampApplied(deps, store, desired);
  const after = (await preparePlan(deps, store, desired, options, lookedUp)).plan;
  const interrupted = signal.aborted;
  const exitCode = exitCodeOf(outcomes, after, interrupted);
  return { outcomes: outcomes.all, after, interrupted, exitCode, file };
}

/** A plan on its way into a home. */
interface Work extends Maker {
  readonly deps: Deps;
  readonly changes: readonly Change[];
  readonly secrets: ReturnType<typeof secretsByAddress>;
  readonly outcomes: Outcomes;
  readonly io: LoginIo | undefined;
  readonly file: string;
}

async function makeChanges(work: Work): Promise<void> {
  const { secrets, outcomes, io, file, settle } = work;
  const logins: AnyLogin[] = [];
  const group: Step[] = [];
  for (const change of [...work.changes, undefined]) {
    // Logins stand together in the order of a plan, and are under way together.
    if (logins.length > 0 && io !== undefined && !isLogin(change))
      await finishLogins(work, io, logins.splice(0));
    // What a change waits for is settled before it is looked at.
    if (change === undefined || !joins(change, group)) await makeGroup(work, group.splice(0));
    if (change === undefined) break;
    const secret = secrets.get(change.address);
    const circumstances = { secret, canLogIn: io !== undefined, stopped: work.stopped(), file };
    const early = earlyOutcome(change, outcomes, circumstances);
    if (early === undefined && isLogin(change)) {
      logins.push(change);
      continue;
    }
    const given = secret instanceof GormesError ? undefined : secret;
    const step = early ?? (await supplied(work.deps, change, { secret: given }));
    // Behind changes that are still to be made it is told after them.
    if ('state' in step && group.length === 0) settle(step);
    else if ('state' in step || goesTogether(change)) group.push(step);
    else await makeOne(work, step);
  }
}

async function finishLogins(work: Work, io: LoginIo, logins: readonly AnyLogin[]): Promise<void> {
  const { deps, store, settle } = work;
  await applyLogins(deps, store, io, logins, async (login, result) => {
    if (result instanceof GormesError) {
      if (deps.signal.aborted) settle({ state: 'left', change: login, why: 'interrupted' });
      else settle({ state: 'failed', change: login, error: result });
      return;
    }
    const step = await supplied(deps, login, result);
    if ('state' in step) settle(step);
    else await makeOne(work, step);
  });
}

/** A change with what its handler needs, or its failure where that can't be had. */
async function supplied(
  deps: Deps,
  change: Change,
  more: Pick<Supply, 'secret' | 'grant' | 'mcpGrant'>,
): Promise<Step> {
  try {
    const detected = await detectFor(deps, change, more.secret);
    return { change, supply: { env: deps.env, newId: newIdFrom(deps.random), detected, ...more } };
  } catch (error) {
    if (!(error instanceof GormesError)) throw error;
    return { state: 'failed', change, error };
  }
}

function exitCodeOf({ all, isLocked }: Outcomes, after: Plan, interrupted: boolean): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (isLocked) return EXIT.locked;
  if (all.some((outcome) => outcome.state === 'failed')) return EXIT.partlyApplied;
  if (all.some((outcome) => outcome.state === 'pending')) return EXIT.needsPerson;
  return isEmpty(after) ? EXIT.ok : EXIT.partlyApplied;
}
