import { hostname, platform, userInfo } from 'node:os';
import type { PlanOptions } from '../apply/prepare-plan.ts';
import { type Diagnostic, EXIT, GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { plural } from '../base/text.ts';
import { diskFiles } from '../config/declaration-files.ts';
import type { Desired } from '../config/desired.ts';
import { formatWithin } from '../config/diagnostic.ts';
import {
  type DeclarationContext,
  type DeclarationInput,
  loadDeclaration,
} from '../config/load-declaration.ts';
import { readDeclaration as readMain } from '../config/read-declaration.ts';
import type { Home } from '../pool/home.ts';
import type { CliContext } from './command.ts';

/** A valid declaration and where its main file is (`-`: standard input). */
export interface LoadedDeclaration {
  readonly path: string;
  readonly desired: Desired;
}

/** What validating a declaration found. */
export interface ReadDeclaration {
  readonly path: string;
  /** Undefined when it is invalid. */
  readonly desired: Desired | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** What overlays ask of a home. */
type HomeFacts = Pick<Home, 'dir' | 'profile'>;

/** The main file of a command line: the one that `-f` names, else the one that is found. */
export async function readDeclarationFile(
  { deps }: Pick<CliContext, 'deps'>,
  file: string | undefined,
): Promise<DeclarationInput> {
  const readStdin = (): Promise<string> => deps.terminal.readStdin(LIMITS.declarationBytes, deps);
  const { cwd, env, userHome } = deps;
  return await readMain(file, { cwd, env, userHome, readStdin });
}

/**
 * Finds, reads and checks the declaration of a command line.
 *
 * @param home what overlays match on; undefined where no home is concerned, as in `validate`
 */
export async function readDeclaration(
  context: CliContext,
  file: string | undefined,
  home?: Home,
): Promise<ReadDeclaration> {
  return await loadQuietly(context, await readDeclarationFile(context, file), home);
}

/** Checks a file that was read, and says nothing. */
export async function loadQuietly(
  context: CliContext,
  main: DeclarationInput,
  home: HomeFacts | undefined,
): Promise<ReadDeclaration> {
  return { path: main.path, ...(await loadDeclaration(main, factsFor(context, home))) };
}

/** What overlays match on, and how included files are read. */
export function factsFor({ deps }: CliContext, home: HomeFacts | undefined): DeclarationContext {
  return {
    cwd: deps.cwd,
    files: diskFiles,
    host: hostname(),
    user: userName(),
    os: platform(),
    home: home?.dir,
    profile: home?.profile,
    userHome: deps.userHome,
  };
}

/** Shows findings on stderr; undefined (exit 3) when the declaration is invalid. */
export async function loadForCommand(
  context: CliContext,
  file: string | undefined,
): Promise<LoadedDeclaration | undefined> {
  const main = await readDeclarationFile(context, file);
  return await loadMain(context, main, await context.findHome());
}

/** `loadForCommand` for a file that was read, and any home. */
export async function loadMain(
  context: CliContext,
  main: DeclarationInput,
  home: HomeFacts,
): Promise<LoadedDeclaration | undefined> {
  const { path, desired, diagnostics } = await loadQuietly(context, main, home);
  const { out } = context;
  for (const text of diagnostics.map(formatWithin(out.width('stderr')))) out.problem(`${text}\n`);
  if (desired !== undefined) return { path, desired };
  const errors = diagnostics.filter((finding) => finding.severity === 'error').length;
  out.problem(`The declaration is invalid: ${plural(errors, 'error')}. Nothing was changed.`);
  return undefined;
}

/** Options that `plan` and `apply` share, checked. */
export function planOptions(given: {
  readonly targets: readonly string[];
  readonly maxRemovals: string | undefined;
  readonly allowEmpty: readonly string[];
  readonly takeOver: boolean;
  readonly checkSecrets: boolean;
  readonly allowCommands: boolean;
}): PlanOptions {
  const { maxRemovals } = given;
  if (maxRemovals !== undefined && !/^\d{1,6}$/.test(maxRemovals)) {
    throw new GormesError('usage', '--max-removals takes a number', { exitCode: EXIT.usage });
  }
  return {
    targets: given.targets,
    maxRemovals: maxRemovals === undefined ? undefined : Number(maxRemovals),
    allowEmpty: given.allowEmpty,
    takeOver: given.takeOver,
    checkSecrets: given.checkSecrets,
    allowCommands: given.allowCommands,
  };
}

/** The user's name; systems without an entry for the user id have none. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
