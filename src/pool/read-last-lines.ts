import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../base/errors.ts';
import { readFailed } from './read-file.ts';

/** As much as is looked at first: some lines of one change each. */
const FIRST_BYTES = 16 * 1024;
/** The most that is looked at; a write of a thousand changes has lines of 600 KB. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The last lines of a file of lines, however long the file, in their order; fewer when it has no
 * more. A line without its end counts.
 *
 * @returns none for a file that is missing, empty or no regular file
 * @throws GormesError `read_failed`
 */
export function readLastLines(path: string, count: number): string[] {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw readFailed(path, error);
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return [];
    for (let bytes = FIRST_BYTES; ; bytes *= 4) {
      const lines = readTail(fd, stats.size, Math.min(bytes, stats.size));
      // The first one may lack its beginning.
      if (lines.length > count || bytes >= Math.min(stats.size, MAX_BYTES))
        return lines.slice(-count);
    }
  } catch (error) {
    throw readFailed(path, error);
  } finally {
    closeSync(fd);
  }
}

function readTail(fd: number, size: number, bytes: number): string[] {
  const buffer = Buffer.alloc(bytes);
  const read = readSync(fd, buffer, 0, bytes, size - bytes);
  return buffer.toString('utf8', 0, read).split('\n').filter(Boolean);
}
