import { basename, dirname, relative } from 'node:path';
import { escapeControls, shellWord } from '../base/text.ts';

/**
 * What makes a command that a hint names speak of the same declaration: ` -f FILE`, or nothing for
 * the one that is found from here anyway.
 *
 * @param path of the declaration's main file; undefined for standard input
 */
export function fileOption(cwd: string, path: string | undefined): string {
  if (path === undefined || path === '<stdin>') return ' -f -';
  const word = fileWord(cwd, path);
  return word === undefined ? '' : ` -f ${word}`;
}

/** The same file as a word of a command line; undefined for the one that is found from here anyway. */
export function fileWord(cwd: string, path: string): string | undefined {
  if (dirname(path) === cwd && basename(path).startsWith('gormes.auth.')) return undefined;
  return shellWord(escapeControls(shortest(path, relative(cwd, path))));
}

function shortest(path: string, other: string): string {
  return other.length < path.length ? other : path;
}
