import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Deps, Env } from '../base/deps.ts';
import { describeErrno, errnoOf, GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Secret } from '../base/secret.ts';
import { escapeControls } from '../base/text.ts';
import { readRegularFile } from '../pool/read-file.ts';
import { checkedSecret, referenceError } from './checked-secret.ts';
import { locate } from './locate.ts';
import type { Reference } from './reference.ts';
import { placeOf, resolveProgram, startsProgram } from './resolve-program.ts';

/** Where references are looked up. */
export interface ReferenceContext {
  /** A variable as Hermes resolves it: the home's `.env`, else the environment. */
  readonly env: (name: string) => string | undefined;
  /** Directory of the declaration: relative paths start there. */
  readonly baseDir: string;
  readonly userHome: string | undefined;
  /** The environment that programs get a part of. */
  readonly processEnv: Env;
  readonly permission: Permission;
}

/** Whether programs may be started for a declaration, or why not. `unasked`: nobody was asked yet. */
export type Permission = 'granted' | 'unasked' | GormesError;

/** A secret and what a person should know about where it came from. */
export interface Resolved {
  readonly secret: Secret;
  readonly warning: string | undefined;
}

/** Whether planning looks a reference up by itself: nobody is asked and no program runs. */
export function isQuiet(reference: Reference): boolean {
  return ['env', 'file', 'todo'].includes(reference.scheme);
}

/**
 * Looks a reference up. The only way to a secret of a declaration, so it asks `context.permission`
 * before a program is started.
 *
 * @throws `reference_…` with what is missing (`resolveProgram`); the error of `context.permission`; `needs_terminal`
 */
export async function resolveReference(
  deps: Pick<Deps, 'terminal' | 'signal'>,
  reference: Reference,
  context: ReferenceContext,
  address: string,
): Promise<Resolved> {
  if (startsProgram(reference)) {
    if (context.permission === 'unasked') throw new Error('a program without a permission');
    if (context.permission !== 'granted') throw refused(reference.text, context.permission);
    const place = placeOf(context.baseDir, context.userHome, context.processEnv);
    const secret = await resolveProgram(reference, place, deps.signal);
    return { secret, warning: undefined };
  }
  switch (reference.scheme) {
    case 'env':
      return { secret: fromVariable(reference.variable, context), warning: undefined };
    case 'file':
      return fromFile(reference.path, reference.text, context);
    case 'prompt': {
      const secret = await deps.terminal.askSecret(`Secret for ${escapeControls(address)}: `, deps);
      return { secret: checkedSecret(secret.reveal(), reference.text), warning: undefined };
    }
    case 'todo':
      throw failed(reference.text, 'is still to be filled in', 'write a reference in its place');
    default:
      return reference satisfies never;
  }
}

function fromVariable(name: string, context: ReferenceContext): Secret {
  const value = context.env(name);
  if (value === undefined) {
    throw failed(
      `env:${name}`,
      'is not set, neither in .env of the home nor in the environment',
      `export ${name}=…`,
    );
  }
  return checkedSecret(value, `env:${name}`);
}

function fromFile(given: string, text: string, context: ReferenceContext): Resolved {
  const path = locate(given, { ...context, userHome: context.userHome ?? homedir() });
  let content: string | undefined;
  try {
    content = readRegularFile(path, LIMITS.secretBytes)?.text;
  } catch (error) {
    if (error instanceof GormesError) throw failed(text, error.message, undefined);
    throw failed(text, describeErrno(errnoOf(error)), undefined);
  }
  if (content === undefined) throw failed(text, `${path} does not exist`, undefined);
  const open = (statSync(path).mode & 0o077) !== 0;
  return {
    secret: checkedSecret(content.replace(/\r?\n$/, ''), text),
    warning: open ? `${text}: others can read this file; chmod 600 ${given}` : undefined,
  };
}

function failed(text: string, what: string, hint: string | undefined): GormesError {
  return referenceError('reference_failed', text, what, hint);
}

/** A refusal, said of one reference. */
function refused(text: string, { code, message, hint, exitCode }: GormesError): GormesError {
  return new GormesError(code, `${escapeControls(text)} was not looked up: ${message}`, {
    exitCode,
    ...(hint === undefined ? {} : { hint }),
  });
}
