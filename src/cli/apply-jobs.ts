import { resolve } from 'node:path';
import type { PlanOptions, Prepared } from '../apply/prepare-plan.ts';
import type { SavedPlan } from '../apply/saved-plan.ts';
import type { Deps } from '../base/deps.ts';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import type { Home } from '../pool/home.ts';
import type { PoolStore } from '../pool/store.ts';
import type { CliContext } from './command.ts';
import { loadMain, readDeclarationFile } from './declaration.ts';
import { loadTargets } from './targets.ts';

/** A plan that an apply is to carry out in one home. */
export interface ApplyJob {
  readonly home: Home;
  readonly store: PoolStore;
  readonly prepared: Prepared;
  readonly options: PlanOptions;
  /** Path of the declaration, or `-`. */
  readonly declaration: string;
}

/** Plans a declaration for each of its homes; undefined (exit 3) when it is invalid. */
export async function declaredJobs(
  context: CliContext,
  deps: Deps,
  file: string | undefined,
  options: PlanOptions,
): Promise<ApplyJob[] | undefined> {
  const { preparePlan } = await import('../apply/prepare-plan.ts');
  const { settleInbox } = await import('../apply/keep-grant.ts');
  const found = await loadTargets(context, file);
  if (found === undefined) return undefined;
  const jobs: ApplyJob[] = [];
  for (const { home, store, loaded } of found.targets) {
    await settleInbox(deps, store);
    const prepared = await preparePlan(deps, store, loaded.desired, options);
    jobs.push({ home, store, prepared, options, declaration: loaded.path });
  }
  return jobs;
}

/** Reads a plan file. Throws `plan_not_found`, `plan_not_understood`. */
export async function readSavedPlan({ deps }: CliContext, file: string): Promise<SavedPlan> {
  const { readRegularFile } = await import('../pool/read-file.ts');
  const { PLAN_BYTES } = await import('../apply/save-plan.ts');
  const { parseSavedPlan } = await import('../apply/saved-plan.ts');
  const text = readRegularFile(resolve(deps.cwd, file), PLAN_BYTES)?.text;
  if (text === undefined) {
    throw new GormesError('plan_not_found', `there is no file ${escapeControls(file)}`, {
      hint: 'make one: gormes auth plan --out FILE',
    });
  }
  return parseSavedPlan(text, file);
}

/** The job of a saved plan; undefined (exit 6) when it is stale, which is said. */
export async function savedJob(
  context: CliContext,
  deps: Deps,
  file: string,
  allowCommands: boolean,
): Promise<ApplyJob | undefined> {
  const { homeStore } = await import('../pool/store.ts');
  const { withPlanKey } = await import('../apply/save-plan.ts');
  const { checkPlace, checkSavedPlan } = await import('../apply/check-saved-plan.ts');
  const { staleToJson, viewStale } = await import('./views/stale.ts');
  const { settleInbox } = await import('../apply/keep-grant.ts');
  const { out } = context;
  const saved = await readSavedPlan(context, file);
  const home = await context.findHome();
  const misplaced = checkPlace(saved, home.dir);
  const store = withPlanKey(homeStore(home, context.deps, context.lockWaitMs), saved.nonce);
  const options = { ...saved.options, allowCommands };
  if (misplaced.length === 0) await settleInbox(deps, store);
  const checked =
    misplaced.length > 0
      ? { state: 'stale' as const, moved: misplaced }
      : await checkSavedPlan(deps, store, saved, await reload(context, saved, home), options);
  if (checked.state === 'fresh') {
    return { home, store, prepared: checked.prepared, options, declaration: saved.declaration };
  }
  if (out.isJson) out.write(`${JSON.stringify(staleToJson(checked.moved))}\n`);
  out.problem(viewStale(file, checked.moved));
  return undefined;
}

/** The declaration as it is now; undefined when it is gone or invalid, which counts as changed. */
async function reload(context: CliContext, saved: SavedPlan, home: Home) {
  try {
    const main = await readDeclarationFile(context, saved.declaration);
    return (await loadMain(context, main, home))?.desired;
  } catch (error) {
    if (error instanceof GormesError && error.exitCode === EXIT.invalidDeclaration)
      return undefined;
    throw error;
  }
}

/** What several applies come to, worst first. */
const WORST: readonly ExitCode[] = [
  EXIT.interrupted,
  EXIT.locked,
  EXIT.failed,
  EXIT.partlyApplied,
  EXIT.needsPerson,
];

export function worstOf(codes: readonly ExitCode[]): ExitCode {
  return WORST.find((code) => codes.includes(code)) ?? EXIT.ok;
}
