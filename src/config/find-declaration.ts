import { accessSync, constants, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Env } from '../base/deps.ts';
import { describeErrno, EXIT, errnoOf, GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { escapeControls } from '../base/text.ts';

/** Where a directory may hold a declaration, first match wins. */
const PLACES = [
  'gormes.auth.yaml',
  'gormes.auth.yml',
  'gormes.auth.json',
  '.config/gormes.auth.yaml',
  '.config/gormes.auth.yml',
  '.config/gormes.auth.json',
];
const USER_PLACES = ['auth.yaml', 'auth.yml', 'auth.json'];

export interface FindContext {
  readonly cwd: string;
  readonly env: Env;
  readonly userHome: string | undefined;
}

/**
 * The declaration for a working directory: in it or in a directory above, else in
 * `$XDG_CONFIG_HOME/gormes` (default `~/.config/gormes`). Executes nothing of what it finds.
 *
 * @throws `no_declaration`, `declaration_unreadable` (both exit 3)
 */
export async function findDeclaration(context: FindContext): Promise<string> {
  const search = await openSearch();
  for (const dir of upward(resolve(context.cwd))) {
    const found = search(dir, PLACES);
    if (found !== undefined) return found;
  }
  const xdg = context.env.XDG_CONFIG_HOME;
  const base = xdg?.startsWith('/') ? xdg : context.userHome && join(context.userHome, '.config');
  const found = base && search(join(base, 'gormes'), USER_PLACES);
  if (found) return found;
  throw new GormesError('no_declaration', 'there is no gormes.auth.yaml here or above', {
    exitCode: EXIT.invalidDeclaration,
    hint: 'name one with -f FILE, or start from examples/minimal.yaml of the gormes package',
  });
}

type Search = (dir: string, places: readonly string[]) => string | undefined;

/**
 * cosmiconfig for one directory at a time. Two traps of it: making an explorer runs
 * `.config/config.js` and the like of the working directory, so explorers are made in `/`; and it
 * reads what it finds without limit, so a file is looked at before.
 */
async function openSearch(): Promise<Search> {
  const { cosmiconfigSync } = await import('cosmiconfig');
  // A path is all that is needed: the file is read again, within limits.
  const text = (_path: string, content: string) => content;
  const loaders = { '.yaml': text, '.yml': text, '.json': text };
  return (dir, places) => {
    for (const place of places) refuseUnreadable(join(dir, place));
    const explorer = inRoot(() =>
      cosmiconfigSync('gormes', {
        searchPlaces: [...places],
        searchStrategy: 'none',
        ignoreEmptySearchPlaces: false,
        loaders,
      }),
    );
    return explorer.search(dir)?.filepath;
  };
}

/** Runs something synchronous while the working directory is the root. */
function inRoot<T>(run: () => T): T {
  const before = process.cwd();
  process.chdir('/');
  try {
    return run();
  } finally {
    process.chdir(before);
  }
}

/** cosmiconfig passes over a file that it may not read, and so would take one further up. */
function refuseUnreadable(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isDirectory()) return;
  if (!stats.isFile()) throw unreadable(path, 'it is not a regular file');
  if (stats.size > LIMITS.declarationBytes) throw unreadable(path, 'it is too large');
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw unreadable(path, describeErrno(errnoOf(error)));
  }
}

function* upward(from: string): Generator<string> {
  let dir = from;
  for (;;) {
    yield dir;
    const parent = dirname(dir);
    if (parent === dir) return;
    dir = parent;
  }
}

function unreadable(path: string, why: string): GormesError {
  return new GormesError('declaration_unreadable', `cannot read ${escapeControls(path)}: ${why}`, {
    exitCode: EXIT.invalidDeclaration,
    hint: 'name another declaration with -f FILE',
  });
}
