import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { describeErrno, EXIT, errnoOf, GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { escapeControls } from '../base/text.ts';

/** What loading a declaration may do to the disk: look for files and read them, nothing else. */
export interface DeclarationFiles {
  /** The path with symbolic links followed; undefined when nothing is there. */
  realPath(path: string): string | undefined;
  /** Names in a directory; none when it can't be listed. */
  list(dir: string): readonly string[];
  /**
   * At most one byte more than a declaration may have.
   *
   * @throws `declaration_unreadable` (exit 3)
   */
  read(path: string): Uint8Array;
}

export const diskFiles: DeclarationFiles = {
  realPath: (path) => {
    try {
      return realpathSync(path);
    } catch {
      return undefined;
    }
  },
  list: (dir) => {
    try {
      return readdirSync(dir);
    } catch {
      return [];
    }
  },
  read: readBounded,
};

/** Opened without waiting, so that a pipe in a checkout does not hang us (reliability.md M17). */
function readBounded(path: string): Uint8Array {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) throw unreadable(path, 'it is not a regular file');
    const bytes = Buffer.alloc(LIMITS.declarationBytes + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < bytes.length; length += count) {
      count = readSync(fd, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof GormesError) throw error;
    throw unreadable(path, describeErrno(errnoOf(error)));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function unreadable(path: string, why: string): GormesError {
  return new GormesError('declaration_unreadable', `cannot read ${escapeControls(path)}: ${why}`, {
    exitCode: EXIT.invalidDeclaration,
  });
}
