import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Deps } from '../base/deps.ts';
import { describeErrno, EXIT, errnoOf, GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { Secret } from '../base/secret.ts';
import { escapeControls } from '../base/text.ts';
import { readRegularFile } from '../pool/read-file.ts';
import type { Reference } from './reference.ts';

/** Where references are looked up. */
export interface ReferenceContext {
  /** A variable as Hermes resolves it: the home's `.env`, else the environment. */
  readonly env: (name: string) => string | undefined;
  /** Directory of the declaration: relative paths start there. */
  readonly baseDir: string;
  readonly userHome: string | undefined;
}

/** A secret and what a person should know about where it came from. */
export interface Resolved {
  readonly secret: Secret;
  readonly warning: string | undefined;
}

/** Whether planning may look a reference up: nobody is asked and no process runs. */
export function isQuiet(reference: Reference): boolean {
  return reference.scheme === 'env' || reference.scheme === 'file';
}

/**
 * Looks a reference up.
 *
 * @throws `reference_failed` with what is missing; `not_supported_yet` for managers; `needs_terminal`
 */
export async function resolveReference(
  deps: Pick<Deps, 'terminal' | 'signal'>,
  reference: Reference,
  context: ReferenceContext,
  address: string,
): Promise<Resolved> {
  switch (reference.scheme) {
    case 'env':
      return { secret: fromVariable(reference.variable, context), warning: undefined };
    case 'file':
      return fromFile(reference.path, reference.text, context);
    case 'prompt': {
      const secret = await deps.terminal.askSecret(`Secret for ${escapeControls(address)}: `, deps);
      return { secret: checked(secret.reveal(), reference.text), warning: undefined };
    }
    case 'todo':
      throw failed(reference.text, 'is still to be filled in', 'write a reference in its place');
    default:
      throw notSupportedYet(reference);
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
  return checked(value, `env:${name}`);
}

function fromFile(given: string, text: string, context: ReferenceContext): Resolved {
  const path = locate(given, context);
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
    secret: checked(content.replace(/\r?\n$/, ''), text),
    warning: open ? `${text}: others can read this file; chmod 600 ${given}` : undefined,
  };
}

function locate(given: string, context: ReferenceContext): string {
  if (given === '~' || given.startsWith('~/'))
    return join(context.userHome ?? homedir(), given.slice(1));
  return isAbsolute(given) ? given : resolve(context.baseDir, given);
}

/** A secret is one line of at most 64 KiB (reliability.md §4b). */
function checked(value: string, text: string): Secret {
  if (value.trim() === '') throw failed(text, 'is empty', undefined);
  if (Buffer.byteLength(value) > LIMITS.secretBytes)
    throw failed(text, 'is larger than 64 KiB', undefined);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw failed(text, 'holds control characters or more than one line', undefined);
  }
  return new Secret(value);
}

function failed(text: string, what: string, hint: string | undefined): GormesError {
  return new GormesError('reference_failed', `${escapeControls(text)} ${what}`, {
    exitCode: EXIT.failed,
    ...(hint === undefined ? {} : { hint }),
  });
}

function notSupportedYet(reference: Reference): GormesError {
  return new GormesError(
    'not_supported_yet',
    `${escapeControls(reference.text)} can't be resolved yet`,
    {
      hint: 'use env:, file: or prompt: until secret managers are supported',
    },
  );
}
