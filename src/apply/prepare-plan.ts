import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import type { Desired } from '../config/desired.ts';
import type { Action } from '../plan/change.ts';
import type { PlanInput, Resolution } from '../plan/context.ts';
import { diffHome } from '../plan/diff.ts';
import type { Plan } from '../plan/plan.ts';
import type { HomeSnapshot } from '../plan/snapshot.ts';
import { idleTargets, onlyTargets } from '../plan/targets.ts';
import type { Live } from '../pool/live.ts';
import type { PoolStore } from '../pool/store.ts';
import type { ReferenceContext } from '../secrets/resolve-reference.ts';
import { observeHome } from './observe-home.ts';
import { readOutside } from './read-outside.ts';
import {
  fromPrograms,
  isPlanned,
  type LookedUp,
  lookUp,
  referenceContext,
  referencesOf,
  withPermission,
} from './resolve-secrets.ts';
import type { TrustDeps } from './trust-programs.ts';
import { settledLedger } from './unfinished.ts';

/** What the command line says about a plan. */
export interface PlanOptions {
  /** Address globs; empty: everything. */
  readonly targets: readonly string[];
  readonly maxRemovals: number | undefined;
  readonly allowEmpty: readonly string[];
  readonly takeOver: boolean;
  /** Look up what only a program knows, too (`--check-secrets`). */
  readonly checkSecrets?: boolean;
  /** Start programs without a person's word (`--allow-commands`). */
  readonly allowCommands?: boolean;
}

export interface Prepared {
  readonly plan: Plan;
  readonly desired: Desired;
  /** What was live when it was planned. */
  readonly live: Live;
  /** All that the plan was made of. */
  readonly input: PlanInput;
  readonly context: ReferenceContext;
  /** What planning had to look up. */
  readonly lookedUp: LookedUp;
  readonly warnings: readonly string[];
}

/**
 * Plans a declaration against a home. Writes nothing there. Asks nobody and starts no process, but
 * with `checkSecrets`, and then only for a declaration that is trusted.
 *
 * @param known what programs told already: they are not started again
 */
export async function preparePlan(
  deps: TrustDeps & Pick<Deps, 'http'>,
  store: PoolStore,
  desired: Desired,
  options: PlanOptions,
  known: LookedUp = new Map(),
): Promise<Prepared> {
  const snapshot = await store.read();
  const fingerprint = store.fingerprint();
  const { checkSecrets = false, allowCommands = false } = options;
  const wanted = referencesOf(desired).filter(({ reference }) =>
    isPlanned(reference, checkSecrets),
  );
  const unasked = referenceContext(deps, desired, snapshot);
  const told = fromPrograms(known, wanted);
  const context = await withPermission(deps, desired, wanted, unasked, allowCommands, told);
  const lookedUp = await lookUp(deps, wanted, context, told);
  const resolved = new Map<string, Resolution>();
  for (const [text, found] of lookedUp) {
    if (!(found instanceof GormesError)) {
      resolved.set(text, { state: 'known', fingerprint: fingerprint(found.secret) });
    } else if (found.exitCode !== EXIT.needsPerson) {
      // Without a person's word nothing was looked up: "not checked".
      resolved.set(text, { state: 'failed', message: found.message });
    }
  }
  const servers = desired.mcpServers.map(({ name }) => name);
  const live = await observeHome(deps, store, snapshot, fingerprint, servers);
  const input: PlanInput = {
    desired: withLimits(desired, options),
    live,
    ledger: settledLedger(store.home, store.readLedger(), snapshot),
    resolved,
    takeOver: options.takeOver,
    allowEmpty: options.allowEmpty,
    outside: await readOutside(deps, snapshot, desired),
  };
  const whole = diffHome(input);
  const plan = onlyTargets(whole, options.targets);
  // What is plain in it can be read of a damaged file, too; nothing can be written to it.
  if (plan.changes.some(({ action }) => WRITES_CONFIG.has(action))) {
    const { readConfigFile } = await import('../pool/config-file.ts');
    await readConfigFile(store.home.configFile);
  }
  return {
    plan,
    desired,
    live,
    input,
    context,
    lookedUp,
    warnings: [
      ...targetWarnings(input, whole, options),
      ...[...lookedUp.values()].flatMap((found) =>
        'secret' in found && found.warning ? [found.warning] : [],
      ),
    ],
  };
}

/** Actions whose handlers edit `config.yaml`. */
const WRITES_CONFIG: ReadonlySet<Action> = new Set<Action>([
  'strategy',
  'endpoint',
  'undefine',
  'model',
]);

/** Plans against a snapshot of another machine: references and AWS are not checked. */
export function planAgainst(
  desired: Desired,
  { live, ledger }: Pick<HomeSnapshot, 'live' | 'ledger'>,
  options: PlanOptions,
): Pick<Prepared, 'plan' | 'live' | 'input' | 'warnings'> {
  const { takeOver, allowEmpty, targets } = options;
  const wanted = withLimits(desired, options);
  const input = { desired: wanted, live, ledger, resolved: new Map(), takeOver, allowEmpty };
  const whole = diffHome(input);
  const warnings = targetWarnings(input, whole, options);
  return { plan: onlyTargets(whole, targets), live, input, warnings };
}

function withLimits(desired: Desired, options: PlanOptions): Desired {
  if (options.maxRemovals === undefined) return desired;
  return { ...desired, limits: { ...desired.limits, maxRemovals: options.maxRemovals } };
}

function targetWarnings(input: PlanInput, whole: Plan, { targets }: PlanOptions): string[] {
  return idleTargets(input, whole, targets).map(
    (target) => `--target ${target} names nothing that is declared, managed or live`,
  );
}
