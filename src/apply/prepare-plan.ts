import { dirname } from 'node:path';
import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { Desired } from '../config/desired.ts';
import type { PlanInput, Resolution } from '../plan/context.ts';
import { diffHome } from '../plan/diff.ts';
import type { Plan } from '../plan/plan.ts';
import { matchesGlob } from '../plan/removals.ts';
import { observe } from '../pool/live.ts';
import type { PoolStore } from '../pool/store.ts';
import type { Reference } from '../secrets/reference.ts';
import { isQuiet, type ReferenceContext, resolveReference } from '../secrets/resolve-reference.ts';

/** What the command line says about a plan. */
export interface PlanOptions {
  /** Address globs; empty: everything. */
  readonly targets: readonly string[];
  readonly maxRemovals: number | undefined;
  readonly allowEmpty: readonly string[];
  readonly takeOver: boolean;
}

export interface Prepared {
  readonly plan: Plan;
  readonly desired: Desired;
  readonly context: ReferenceContext;
  /** Secrets that planning had to look up, by reference text. */
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly warnings: readonly string[];
}

/** Plans a declaration against a home. Writes nothing, asks nobody, starts no process. */
export async function preparePlan(
  deps: Pick<Deps, 'clock' | 'terminal' | 'signal' | 'userHome' | 'cwd'>,
  store: PoolStore,
  desired: Desired,
  options: PlanOptions,
): Promise<Prepared> {
  const snapshot = await store.read();
  const fingerprint = store.fingerprint();
  const main = desired.files[0]?.path;
  const context: ReferenceContext = {
    env: snapshot.inputs.env,
    baseDir: main === undefined ? deps.cwd : dirname(main),
    userHome: deps.userHome,
  };
  const looked = await lookUpQuietly(deps, desired, context);
  const resolved = new Map<string, Resolution>();
  for (const [text, found] of looked) {
    resolved.set(
      text,
      'secret' in found
        ? { state: 'known', fingerprint: fingerprint(found.secret) }
        : { state: 'failed', message: found.message },
    );
  }
  const input: PlanInput = {
    desired: withLimits(desired, options),
    live: observe(snapshot.auth, snapshot.inputs, fingerprint, deps.clock.now()),
    ledger: store.readLedger(),
    resolved,
    takeOver: options.takeOver,
    allowEmpty: options.allowEmpty,
  };
  return {
    plan: onlyTargets(diffHome(input), options.targets),
    desired,
    context,
    secrets: new Map(
      [...looked].flatMap(([text, found]) => ('secret' in found ? [[text, found.secret]] : [])),
    ),
    warnings: [...looked.values()].flatMap((found) =>
      'secret' in found && found.warning ? [found.warning] : [],
    ),
  };
}

type Looked =
  | { readonly secret: Secret; readonly warning: string | undefined }
  | { readonly message: string };

/** Each distinct reference once. A reference that fails is a finding of the plan, not its end. */
async function lookUpQuietly(
  deps: Pick<Deps, 'terminal' | 'signal'>,
  desired: Desired,
  context: ReferenceContext,
): Promise<Map<string, Looked>> {
  const found = new Map<string, Looked>();
  for (const { reference, address } of referencesOf(desired)) {
    if (found.has(reference.text)) continue;
    if (!isQuiet(reference) && reference.scheme !== 'todo') continue;
    try {
      found.set(reference.text, await resolveReference(deps, reference, context, address));
    } catch (error) {
      if (!(error instanceof GormesError)) throw error;
      found.set(reference.text, { message: error.message });
    }
  }
  return found;
}

function referencesOf(
  desired: Desired,
): { readonly reference: Reference; readonly address: string }[] {
  return desired.providers.flatMap((provider) =>
    provider.credentials.flatMap(({ reference, address }) =>
      reference ? [{ reference, address }] : [],
    ),
  );
}

function withLimits(desired: Desired, options: PlanOptions): Desired {
  if (options.maxRemovals === undefined) return desired;
  return { ...desired, limits: { ...desired.limits, maxRemovals: options.maxRemovals } };
}

/** Keeps the changes whose address, or whose provider, a target names. */
function onlyTargets(plan: Plan, targets: readonly string[]): Plan {
  if (targets.length === 0) return plan;
  return {
    ...plan,
    changes: plan.changes.filter((change) =>
      targets.some(
        (target) => matchesGlob(target, change.address) || matchesGlob(target, change.provider),
      ),
    ),
  };
}
