import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../base/errors.ts';
import { readFailed } from './read-file.ts';

/** The longest line that is looked for; a write of a thousand changes notes all in one of 300 KB. */
const TAIL_BYTES = 1024 * 1024;

/**
 * The last line of a file of lines, however long the file. A line without its end counts.
 *
 * @returns undefined for a file that is missing, empty or no regular file
 * @throws GormesError `read_failed`
 */
export function readLastLine(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw readFailed(path, error);
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return undefined;
    const buffer = Buffer.alloc(Math.min(stats.size, TAIL_BYTES));
    const count = readSync(fd, buffer, 0, buffer.length, stats.size - buffer.length);
    return buffer.toString('utf8', 0, count).split('\n').filter(Boolean).at(-1);
  } catch (error) {
    throw readFailed(path, error);
  } finally {
    closeSync(fd);
  }
}
