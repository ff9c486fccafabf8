import type { Deps } from '../base/deps.ts';
import { type Diagnostic, EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Secret } from '../base/secret.ts';
import { escapeControls } from '../base/text.ts';
import type { Desired } from '../config/desired.ts';
import type { Change } from '../plan/change.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import type { Reference } from '../secrets/reference.ts';
import { startsProgram } from '../secrets/resolve-program.ts';
import {
  isQuiet,
  type ReferenceContext,
  type Resolved,
  resolveReference,
} from '../secrets/resolve-reference.ts';
import { permitPrograms, type TrustDeps } from './trust-programs.ts';
import { baseDirOf } from './trust-subject.ts';

/** A reference and the credential that needs it. */
export interface Wanted {
  readonly reference: Reference;
  readonly address: string;
}

/** What became of references, by `keyOf`. One that fails is a finding, not the end. */
export type LookedUp = ReadonlyMap<string, Resolved | GormesError>;

/** A reference is looked up once, whoever needs it; but every prompt is a question of its own. */
function keyOf({ reference, address }: Wanted): string {
  return reference.scheme === 'prompt' ? `prompt for ${address}` : reference.text;
}

/** Where the references of a declaration are looked up; nobody has been asked about programs yet. */
export function referenceContext(
  deps: Pick<Deps, 'cwd' | 'env' | 'userHome'>,
  desired: Desired,
  snapshot: Snapshot,
): ReferenceContext {
  return {
    env: snapshot.inputs.env,
    baseDir: baseDirOf(deps, desired),
    userHome: deps.userHome,
    processEnv: deps.env,
    permission: 'unasked',
  };
}

/** Every reference of a declaration, in its order. */
export function referencesOf(desired: Desired): Wanted[] {
  return desired.providers.flatMap((provider) =>
    provider.credentials.flatMap(({ reference, address }) =>
      reference ? [{ reference, address }] : [],
    ),
  );
}

/**
 * The context with a person's word on programs, when some of what is wanted starts one.
 *
 * @param known what is not looked up again, so needs no word
 */
export async function withPermission(
  deps: TrustDeps,
  desired: Desired,
  wanted: readonly Wanted[],
  context: ReferenceContext,
  allow: boolean,
  known: LookedUp = new Map(),
): Promise<ReferenceContext> {
  const needed = wanted.some((one) => startsProgram(one.reference) && !known.has(keyOf(one)));
  if (!needed || context.permission !== 'unasked') return context;
  return { ...context, permission: await permitPrograms(deps, desired, allow) };
}

/**
 * Looks references up: side by side what needs nobody, then the questions, one after another.
 *
 * @param known what is not to be looked up again
 * @returns `known` and the rest
 * @throws `interrupted`
 */
export async function lookUp(
  deps: Pick<Deps, 'terminal' | 'signal' | 'waiting'>,
  wanted: readonly Wanted[],
  context: ReferenceContext,
  known: LookedUp = new Map(),
): Promise<LookedUp> {
  const open = new Map<string, Wanted>();
  for (const one of wanted) if (!known.has(keyOf(one))) open.set(keyOf(one), one);
  const found = new Map(known);
  if (open.size === 0) return found;
  const resolve = async ([key, { reference, address }]: [string, Wanted]): Promise<void> => {
    found.set(key, await resolvedOrError(deps, reference, context, address));
  };
  const questions = [...open].filter(([, { reference }]) => reference.scheme === 'prompt');
  const others = [...open].filter(([, { reference }]) => reference.scheme !== 'prompt');
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(LIMITS.references);
  const resolveWaiting = async (one: [string, Wanted]): Promise<void> => {
    const wait = deps.waiting?.(`Waiting for ${nameOf(one[1].reference)}…`);
    await resolve(one).finally(wait?.end);
  };
  await Promise.all(others.map((one) => limit(resolveWaiting, one)));
  for (const one of questions) await resolve(one);
  return found;
}

/** A reference as it is waited for: the words of a command may be many. */
function nameOf(reference: Reference): string {
  return escapeControls(
    reference.scheme === 'command' ? `command: ${reference.argv[0]}` : reference.text,
  );
}

/** What of `known` came from programs: those are not started again, files and variables are read afresh. */
export function fromPrograms(known: LookedUp, wanted: readonly Wanted[]): LookedUp {
  const keys = new Set(wanted.filter(({ reference }) => startsProgram(reference)).map(keyOf));
  return new Map([...known].filter(([key]) => keys.has(key)));
}

/** The references whose secrets changes store, each under the address of its change. */
export function wantedBy(changes: readonly Change[], desired: Desired): Wanted[] {
  const stored = new Set(
    changes
      .filter(
        (change) =>
          change.action === 'rotate' || (change.action === 'add' && change.source === 'manual'),
      )
      .map(({ address }) => address),
  );
  return referencesOf(desired).filter(({ address }) => stored.has(address));
}

/** Secrets by address; an error where one can't be had. */
export function secretsByAddress(
  wanted: readonly Wanted[],
  lookedUp: LookedUp,
): Map<string, Secret | GormesError> {
  const secrets = new Map<string, Secret | GormesError>();
  for (const one of wanted) {
    const found = lookedUp.get(keyOf(one));
    if (found !== undefined) {
      secrets.set(one.address, found instanceof GormesError ? found : found.secret);
    }
  }
  return secrets;
}

/** What checking the references of a declaration found. */
export interface SecretsChecked {
  /** References that can be had. */
  readonly found: number;
  /** References that a person is asked for at apply. */
  readonly asked: number;
  readonly problems: readonly Diagnostic[];
  readonly exitCode: ExitCode;
}

/** Looks every reference of a declaration up, but for those that ask, and keeps no secret. */
export async function checkSecrets(
  deps: TrustDeps,
  store: PoolStore,
  desired: Desired,
  allow: boolean,
): Promise<SecretsChecked> {
  const all = referencesOf(desired).filter(({ reference }) => reference.scheme !== 'todo');
  const wanted = all.filter(({ reference }) => reference.scheme !== 'prompt');
  const unasked = referenceContext(deps, desired, await store.read());
  const context = await withPermission(deps, desired, wanted, unasked, allow);
  const lookedUp = await lookUp(deps, wanted, context);
  const places = new Map(
    desired.providers.flatMap(({ credentials }) =>
      credentials.map(({ address, place }) => [address, place] as const),
    ),
  );
  const failed = wanted.flatMap((one) => {
    const found = lookedUp.get(keyOf(one));
    const place = places.get(one.address);
    return found instanceof GormesError && place !== undefined ? [{ error: found, place }] : [];
  });
  const waiting = failed.every(({ error }) => error.exitCode === EXIT.needsPerson);
  return {
    found: wanted.length - failed.length,
    asked: all.length - wanted.length,
    problems: failed.map(({ error: { code, message, hint }, place }) => ({
      severity: 'error',
      code,
      message,
      place,
      ...(hint === undefined ? {} : { hint }),
    })),
    exitCode: failed.length === 0 ? EXIT.ok : waiting ? EXIT.needsPerson : EXIT.failed,
  };
}

/** Whether planning looks a reference up. */
export function isPlanned(reference: Reference, checkSecrets: boolean): boolean {
  return isQuiet(reference) || (checkSecrets && startsProgram(reference));
}

async function resolvedOrError(
  deps: Pick<Deps, 'terminal' | 'signal'>,
  reference: Reference,
  context: ReferenceContext,
  address: string,
): Promise<Resolved | GormesError> {
  try {
    return await resolveReference(deps, reference, context, address);
  } catch (error) {
    if (error instanceof GormesError && error.code !== 'interrupted') return error;
    throw error;
  }
}
