import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../base/errors.ts';
import type { Home } from './home.ts';

/** A place from which the files of a home may leave the machine. */
export interface Exposure {
  readonly kind: 'git' | 'synced';
  /** The work tree, or the folder that is synced. */
  readonly path: string;
}

/** Folders that their programs name so. */
const SYNCED_NAME =
  /^(dropbox|onedrive|google ?drive|icloud ?drive|mobile documents|nextcloud|owncloud|pcloud ?drive)\b/i;
/** What Syncthing and Dropbox leave in the folder that they sync, and nowhere else. */
const SYNCED_MARKS = ['.stfolder', '.dropbox.cache'];

/**
 * Where a home, or the file that its store links to, stands below a git work tree or in a folder that
 * is synced. Looks at names alone: what git ignores is not asked for.
 */
export function findExposure(home: Pick<Home, 'dir' | 'authFile'>): Exposure | undefined {
  for (const path of new Set([home.dir, dirname(realPath(home.authFile)), realPath(home.dir)])) {
    for (let dir = path; ; dir = dirname(dir)) {
      if (existsSync(join(dir, '.git'))) return { kind: 'git', path: dir };
      const synced =
        SYNCED_NAME.test(basename(dir)) || SYNCED_MARKS.some((name) => existsSync(join(dir, name)));
      if (synced) return { kind: 'synced', path: dir };
      if (dir === dirname(dir)) break;
    }
  }
  return undefined;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return path;
  }
}
