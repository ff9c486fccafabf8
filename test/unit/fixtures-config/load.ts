import type { Diagnostic } from '../../../src/base/errors.ts';
import type { DeclarationFiles } from '../../../src/config/declaration-files.ts';
import type { Desired } from '../../../src/config/desired.ts';
import {
  type DeclarationContext,
  type LoadedDeclaration,
  loadDeclaration,
} from '../../../src/config/load-declaration.ts';

/** Files in memory below /repo; reads are recorded. */
export function memoryFiles(files: Readonly<Record<string, string>>) {
  const reads: string[] = [];
  const paths = Object.keys(files);
  const disk: DeclarationFiles = {
    realPath: (path) =>
      paths.some((known) => known === path || known.startsWith(`${path}/`)) ? path : undefined,
    list: (dir) => {
      const below = paths.filter((path) => path.startsWith(`${dir}/`));
      return [...new Set(below.map((path) => path.slice(dir.length + 1).split('/')[0] ?? ''))];
    },
    read: (path) => {
      reads.push(path);
      return Buffer.from(files[path] ?? '');
    },
  };
  return { disk, reads };
}

/** A machine named ci-7 with Linux, whose home has no profile. */
export function context(files: DeclarationFiles = memoryFiles({}).disk): DeclarationContext {
  return {
    cwd: '/repo',
    files,
    host: 'ci-7',
    user: 'alice',
    os: 'linux',
    home: '/home/alice/.hermes',
    profile: undefined,
    userHome: '/home/alice',
  };
}

/** Loads a text or bytes as /repo/gormes.auth.yaml. */
export function load(
  content: string | Uint8Array,
  over: Partial<DeclarationContext> = {},
): Promise<LoadedDeclaration> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const input = { path: '/repo/gormes.auth.yaml', bytes };
  return loadDeclaration(input, { ...context(), ...over });
}

/** The desired state of a declaration that must be right. */
export async function desiredOf(
  content: string,
  over: Partial<DeclarationContext> = {},
): Promise<Desired> {
  const { desired, diagnostics } = await load(content, over);
  if (desired === undefined) throw new Error(`not valid: ${brief(diagnostics).join('; ')}`);
  return desired;
}

/** `code line:column`, with the file where it is not the main one; warnings begin with `~`. */
export function brief(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ severity, code, place }) => {
    const file = place.file === 'gormes.auth.yaml' ? '' : `${place.file}:`;
    return `${severity === 'warning' ? '~' : ''}${code} ${file}${place.line}:${place.column}`;
  });
}

export async function briefOf(
  content: string | Uint8Array,
  over: Partial<DeclarationContext> = {},
): Promise<string[]> {
  return brief((await load(content, over)).diagnostics);
}
