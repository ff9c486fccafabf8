import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../base/errors.ts';
import { syncDirectory } from './directories.ts';
import { givenTo, translate, writeAll } from './write-bytes.ts';
import { resolveTarget, type Target } from './write-target.ts';

// Writes that are no replacement of a whole file: logs, locks, markers, the last resort.

const NO_WRITE: readonly (string | undefined)[] = ['EACCES', 'EPERM', 'EROFS'];
/** An exclusive create fails so where a file exists, or could not be created if there were none. */
const IN_THE_WAY: readonly (string | undefined)[] = ['EEXIST', ...NO_WRITE];

/**
 * Writes over the begin of a file that is larger, and leaves the rest: asks for no disk space, which
 * `writeAtomic` does, but a kill in the middle leaves a mixture. The last resort on a full disk.
 *
 * @throws GormesError `write_failed`
 */
export function overwriteStart(path: string, data: string): void {
  translate(path, () => {
    const fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      writeAll(fd, Buffer.from(data, 'utf8'), 0);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

/**
 * Creates a file that must not be there yet, such as the lock file of another program.
 *
 * @returns false when there is one
 * @throws GormesError `write_failed`
 */
export function createFile(path: string, data: string): boolean {
  return translate(path, () => {
    let fd: number;
    try {
      fd = openSync(path, 'wx', 0o600);
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    }
    try {
      writeAll(fd, Buffer.from(data, 'utf8'));
    } finally {
      closeSync(fd);
    }
    return true;
  });
}

/**
 * Adds one line (a newline is appended) to a file and waits until the disk has it. The file is
 * created with mode 0600; a wider mode is narrowed. A torn last line of an earlier crash is ended
 * first. When the write fails, what it added is cut off again.
 *
 * @throws GormesError `write_failed`
 */
export function appendDurable(path: string, line: string): void {
  translate(path, () => {
    const target = resolveTarget(path);
    const fd = openForAppend(target);
    try {
      const { size, mode } = fstatSync(fd);
      if ((mode & 0o077) !== 0) fchmodSync(fd, 0o600);
      const last = Buffer.alloc(1);
      const torn = size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
      try {
        writeAll(fd, Buffer.from(`${torn ? '\n' : ''}${line}\n`, 'utf8'));
        fsyncSync(fd);
      } catch (error) {
        ftruncateSync(fd, size);
        throw error;
      }
    } finally {
      closeSync(fd);
    }
    if (!target.stats) syncDirectory(target.directory);
  });
}

/**
 * Opens a file for locking, for reading and appending where that is allowed, else for reading:
 * flock(2) asks for no write permission. Created empty with mode 0600 when missing; never truncated,
 * never followed by a chmod. Root gives a new one to the owner of its directory, or that user's
 * Hermes could not open it.
 *
 * @returns the file descriptor, which the caller closes
 * @throws the error of `open`; `ENOENT` when the directory is missing
 */
export function openLockFile(path: string): number {
  const { O_RDWR, O_RDONLY, O_APPEND, O_CREAT, O_EXCL, O_NONBLOCK } = constants;
  let refusal: unknown;
  try {
    const fd = openSync(path, O_RDWR | O_APPEND | O_NONBLOCK | O_CREAT | O_EXCL, 0o600);
    return givenTo(fd, statSync(dirname(path)));
  } catch (error) {
    if (!IN_THE_WAY.includes(errnoOf(error))) throw error;
    refusal = error;
  }
  try {
    return openSync(path, O_RDWR | O_APPEND | O_NONBLOCK);
  } catch (error) {
    // There is none, and why none could be created is what helps.
    if (errnoOf(error) === 'ENOENT') throw refusal;
    if (!NO_WRITE.includes(errnoOf(error))) throw error;
    return openSync(path, O_RDONLY | O_NONBLOCK);
  }
}

/**
 * Deletes a file (not what a link points to).
 *
 * @returns false when there was none
 * @throws GormesError `write_failed`
 */
export function removeFile(path: string): boolean {
  return translate(path, () => {
    try {
      unlinkSync(path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
    syncDirectory(dirname(path));
    return true;
  });
}

function openForAppend(target: Target): number {
  const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  const fd = openSync(target.path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
  return target.stats ? fd : givenTo(fd, target);
}
