import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Env } from '../base/deps.ts';
import type { AmbientInput } from '../providers/ambient.ts';

export interface AmbientDeps {
  readonly env: Env;
  readonly userHome: string | undefined;
}

/**
 * This machine, for the question where a provider gets its credentials from. Looks at files and the
 * PATH; starts nothing.
 *
 * @param env a variable, `.env` before the environment
 */
export function ambientInput(env: AmbientInput['env'], deps: AmbientDeps): AmbientInput {
  return {
    env,
    isFile,
    isProgram: (name) => isProgram(name, deps.env.PATH),
    inUserHome: (path) => (deps.userHome === undefined ? undefined : join(deps.userHome, path)),
  };
}

function isProgram(name: string, path: string | undefined): boolean {
  const candidates = isAbsolute(name)
    ? [name]
    : (path ?? '').split(delimiter).map((dir) => join(dir, name));
  return candidates.some((candidate) => isFile(candidate) && canRun(candidate));
}

/** A file that can't be looked at is none: it could not be used either. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
