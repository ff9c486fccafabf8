import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../base/errors.ts';
import { giveTo, translate } from './write-bytes.ts';
import { Refusal, Unconfirmed } from './write-target.ts';

/** What a directory fsync answers where directories can't be synced; the rename stands all the same. */
const NO_DIRECTORY_SYNC: readonly (string | undefined)[] = ['EINVAL', 'ENOTSUP', 'EACCES', 'EPERM'];

/**
 * Creates a directory and the levels above it that are missing. Existing ones keep their mode:
 * what was not created here is not ours to narrow (T10). New ones get exactly `mode`, whatever the
 * umask, and under root the owner of the directory above.
 *
 * @throws GormesError `write_failed`
 */
export function ensureDir(path: string, mode = 0o700): void {
  translate(path, () => {
    const missing: string[] = [];
    let level = path;
    while (!isDirectory(level)) {
      missing.push(level);
      level = dirname(level);
    }
    for (const directory of missing.reverse()) createDirectory(directory, mode);
  });
}

/** Waits until the disk knows the names in a directory. Throws `Unconfirmed` when it does not say so. */
export function syncDirectory(directory: string): void {
  try {
    const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.includes(errnoOf(error))) throw new Unconfirmed(error);
  }
}

function createDirectory(directory: string, mode: number): void {
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    // Another process may have been faster.
    if (errnoOf(error) !== 'EEXIST') throw error;
    if (isDirectory(directory)) return;
    throw new Refusal('something else than a directory stands there');
  }
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fchmodSync(fd, mode);
    giveTo(fd, statSync(dirname(directory)));
  } finally {
    closeSync(fd);
  }
  syncDirectory(dirname(directory));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
