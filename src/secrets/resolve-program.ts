import { existsSync } from 'node:fs';
import type { Env } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import { escapeControls, shellWord } from '../base/text.ts';
import { checkedSecret, referenceError } from './checked-secret.ts';
import { childEnv } from './child-env.ts';
import type { Call, CallPlace, FailureKind, Manager, Symptom } from './manager.ts';
import { callOf, managerOf } from './managers.ts';
import { readAll } from './read-output.ts';
import type { ManagerScheme, Reference } from './reference.ts';
import { type CommandResult, runCommand } from './run-command.ts';

/** A reference that starts a program. */
export type ProgramReference = Extract<Reference, { readonly scheme: 'command' | ManagerScheme }>;

export function startsProgram(reference: Reference): reference is ProgramReference {
  return reference.scheme === 'command' || 'rest' in reference;
}

/** What a reference would run, word by word. Starts nothing; holds no secret. */
export function argvOf(reference: ProgramReference, place: CallPlace): readonly string[] {
  return callFor(reference, place).argv;
}

/**
 * Runs what a reference asks for and reads the secret from its output. Whether it may run is asked
 * before: see `ReferenceContext.permission`.
 *
 * @throws `reference_tool_missing`, `reference_locked`, `reference_not_logged_in`,
 *   `reference_not_found`, `reference_ambiguous`, `reference_empty`, `reference_too_large`,
 *   `reference_slow`, `reference_failed`; `interrupted` (exit 130)
 */
export async function resolveProgram(
  reference: ProgramReference,
  place: CallPlace,
  signal: AbortSignal,
): Promise<Secret> {
  const manager =
    reference.scheme === 'command' ? undefined : managerOf(reference.scheme, place.platform);
  const env = childEnv(place.processEnv, manager?.env, manager && messagesInEnglish(manager));
  let call = callFor(reference, place);
  for (;;) {
    const missing = call.needs?.find(({ path }) => !existsSync(path));
    if (missing?.is === 'not_found') throw noFile(reference.text, missing.path);
    if (missing !== undefined) throw failure(missing.is, reference, manager, call);
    const result = await runCommand(call.argv, { cwd: place.baseDir, env, signal });
    const found = judge(result, call, manager);
    if (found === 'interrupted') throw interrupted();
    if (typeof found === 'object') return checkedSecret(found.value, reference.text);
    if (found !== 'other_program') throw failure(found, reference, manager, call, result);
    if (call.otherwise === undefined) throw failure('failed', reference, manager, call, result);
    call = call.otherwise;
  }
}

function callFor(reference: ProgramReference, place: CallPlace): Call {
  if (reference.scheme !== 'command') return callOf(reference.scheme, reference.rest, place);
  const [program = '', ...args] = reference.argv;
  return { argv: [program, ...args], read: readAll };
}

/** Messages that are matched must be the original ones; letters stay those of the person's locale. */
function messagesInEnglish(manager: Manager): Record<string, string> {
  return { ...manager.set, LC_MESSAGES: 'C' };
}

type Judged = { readonly value: string } | FailureKind | 'other_program' | 'interrupted';

/** What a run means. Pure. */
function judge(result: CommandResult, call: Call, manager: Manager | undefined): Judged {
  if (result.state === 'stopped') {
    switch (result.why) {
      case 'missing':
        return 'tool_missing';
      case 'slow':
      case 'too_large':
      case 'interrupted':
        return result.why;
      case 'not_executable':
      case 'not_text':
      case 'killed':
        return 'failed';
      default:
        return result.why satisfies never;
    }
  }
  if (result.exitCode === 0) {
    const reading = call.read(result.stdout.reveal());
    return 'value' in reading ? reading : reading.is;
  }
  const stderr = result.stderr.reveal();
  const shown = manager?.symptoms.find((symptom) => matches(symptom, result.exitCode, stderr));
  return shown?.is ?? 'failed';
}

function matches(symptom: Symptom, exitCode: number, stderr: string): boolean {
  if (symptom.exitCode !== undefined && symptom.exitCode !== exitCode) return false;
  return symptom.stderr === undefined || symptom.stderr.test(stderr);
}

/** The error of a failure. Says what the program did, never what it printed. */
function failure(
  kind: FailureKind,
  reference: ProgramReference,
  manager: Manager | undefined,
  call: Call,
  result?: CommandResult,
): GormesError {
  const [program] = call.argv;
  const what = manager?.says?.[kind] ?? sentence(kind, program, manager, result);
  const hint =
    kind === 'tool_missing'
      ? manager && `install ${manager.install}`
      : (manager?.hints[kind] ?? `see what it says: ${quoteArgv(call.argv)}`);
  return referenceError(`reference_${kind}`, reference.text, `can't be read: ${what}`, hint);
}

function sentence(
  kind: FailureKind,
  program: string,
  manager: Manager | undefined,
  result: CommandResult | undefined,
): string {
  const name = manager?.name ?? program;
  switch (kind) {
    case 'tool_missing':
      return `there is no program ${program} on the PATH`;
    case 'locked':
      return `${name} is locked`;
    case 'not_logged_in':
      return `${program} is not logged in, or may not read it`;
    case 'not_found':
      return `${name} does not have it`;
    case 'ambiguous':
      return `${name} has more than one of this name`;
    case 'empty':
      return `${name} holds nothing there`;
    case 'too_large':
      return `${program} printed more than 64 KiB`;
    case 'slow':
      return `${program} gave no answer within 30 seconds`;
    case 'failed':
      return failedSentence(program, result);
    default:
      return kind satisfies never;
  }
}

function failedSentence(program: string, result: CommandResult | undefined): string {
  if (result?.state === 'exited' && result.exitCode !== 0) {
    return `${program} failed with code ${result.exitCode}`;
  }
  if (result?.state === 'stopped' && result.why === 'killed') {
    return `${program} was ended by a signal`;
  }
  if (result?.state === 'stopped' && result.why === 'not_executable') {
    return `${program} can't be started`;
  }
  return `${program} printed something that is no secret`;
}

function noFile(text: string, path: string): GormesError {
  const what = `can't be read: there is no file ${escapeControls(path)}`;
  return referenceError('reference_not_found', text, what);
}

/** Words as one would type them, for display. */
export function quoteArgv(argv: readonly string[]): string {
  return argv.map(shellWord).join(' ');
}

function interrupted(): GormesError {
  return new GormesError('interrupted', 'interrupted', { exitCode: EXIT.interrupted });
}

/** The process as programs see it. */
export function placeOf(baseDir: string, userHome: string | undefined, processEnv: Env): CallPlace {
  return { baseDir, userHome, processEnv, platform: process.platform };
}
