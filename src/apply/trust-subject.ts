import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Deps } from '../base/deps.ts';
import { createSha256 } from '../base/digest.ts';
import { escapeControls } from '../base/text.ts';
import type { Desired } from '../config/desired.ts';
import {
  argvOf,
  type ProgramReference,
  placeOf,
  quoteArgv,
  startsProgram,
} from '../secrets/resolve-program.ts';
import type { PinnedFile, TrustSubject } from '../secrets/trust.ts';

type PlaceDeps = Pick<Deps, 'cwd' | 'env' | 'userHome'>;

/** Path of a declaration from standard input. */
export const STDIN = '-';

/** One program of a declaration and the credentials that need it. */
export interface ProgramUse {
  readonly argv: readonly string[];
  readonly addresses: readonly string[];
}

/** Programs of the declaration, each once, in its order. */
export function usesOf(deps: PlaceDeps, desired: Desired): ProgramUse[] {
  const place = placeOf(baseDirOf(deps, desired), deps.userHome, deps.env);
  const uses = new Map<string, { argv: readonly string[]; addresses: string[] }>();
  for (const { reference, address } of programReferences(desired)) {
    const id = identityOf(reference);
    const use = uses.get(id) ?? { argv: argvOf(reference, place), addresses: [] };
    use.addresses.push(address);
    uses.set(id, use);
  }
  return [...uses.values()];
}

function programReferences(
  desired: Desired,
): { readonly reference: ProgramReference; readonly address: string }[] {
  return desired.providers.flatMap(({ credentials }) =>
    credentials.flatMap(({ reference, address }) =>
      reference && startsProgram(reference) ? [{ reference, address }] : [],
    ),
  );
}

function identityOf(reference: ProgramReference): string {
  return reference.scheme === 'command'
    ? `command:${JSON.stringify(reference.argv)}`
    : reference.text;
}

/** What a person's word on a declaration is about, as its files are now. */
export function subjectOf(deps: PlaceDeps, desired: Desired): TrustSubject {
  const references = programReferences(desired).map(({ reference }) => reference);
  const own = desired.files.map(({ path, sha256 }) => ({ path, sha256 }));
  const named = references.flatMap((reference) =>
    reference.scheme === 'command' ? filesNamedBy(reference.argv, baseDirOf(deps, desired)) : [],
  );
  const files = new Map([...own, ...named].map((file) => [file.path, file]));
  return {
    path: desired.files[0]?.path ?? STDIN,
    files: [...files.values()],
    programs: [...new Set(references.map(identityOf))],
  };
}

/**
 * Files beside the declaration or below that a command names: a script of a checkout is as much a
 * part of what is trusted as the line that starts it.
 */
function filesNamedBy(argv: readonly string[], baseDir: string): PinnedFile[] {
  return argv.flatMap((word) => {
    const path = resolve(baseDir, word);
    if (relative(baseDir, path).startsWith('..')) return [];
    const sha256 = hashFile(path);
    return sha256 === undefined ? [] : [{ path, sha256 }];
  });
}

/** SHA-256 of a regular file; undefined when there is none that can be read. */
export function hashFile(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    if (!fstatSync(fd).isFile()) return undefined;
    const hash = createSha256();
    const buffer = Buffer.alloc(64 * 1024);
    for (let count = -1; count !== 0; ) {
      count = readSync(fd, buffer, 0, buffer.length, null);
      hash.update(buffer.subarray(0, count));
    }
    return hash.digest('hex');
  } finally {
    closeSync(fd);
  }
}

/** The programs as a person reads them before saying yes. */
export function describePrograms(programs: readonly ProgramUse[]): string[] {
  return programs.flatMap(({ argv, addresses }) => [
    `  ${escapeControls(quoteArgv(argv))}`,
    `      for ${addresses.map(escapeControls).join(', ')}`,
  ]);
}

/** The directory that relative paths of a declaration start from. */
export function baseDirOf(deps: PlaceDeps, desired: Desired): string {
  const main = desired.files[0]?.path;
  return main === undefined || main === STDIN ? deps.cwd : dirname(main);
}
