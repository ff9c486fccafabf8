import { isAscii } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeErrno, errnoOf, GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';

/**
 * The text of a regular file, whole or not at all. Opened without blocking, so that a FIFO or a
 * device can't hang us (M17); a byte order mark stays in the text.
 *
 * @param limitBytes the largest size that is read
 * @returns undefined when there is no such file
 * @throws GormesError `not_a_file`, `file_too_large`, `not_utf8`, `read_failed`
 */
export function readRegularFile(path: string, limitBytes: number): { text: string } | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return undefined;
    if (errno === 'ENXIO') throw notAFile(path);
    throw readFailed(path, error);
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw notAFile(path);
    if (stats.size > limitBytes) throw fileTooLarge(path, limitBytes);
    return { text: decode(path, readAll(fd, stats.size, path, limitBytes)) };
  } catch (error) {
    throw error instanceof GormesError ? error : readFailed(path, error);
  } finally {
    closeSync(fd);
  }
}

export function readFailed(path: string, error: unknown): GormesError {
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  return new GormesError(
    'read_failed',
    `cannot read ${escapeControls(path)}: ${describeErrno(errno)}`,
    {
      hint:
        errno === 'ENOTDIR'
          ? `a file stands in its way: ls -ld ${escapeControls(dirname(path))}`
          : `see who may read it: ls -l ${escapeControls(path)}`,
    },
  );
}

/** Beyond the size that `fstat` told, in case the file grows meanwhile (or lies, as in /proc). */
function readAll(fd: number, size: number, path: string, limitBytes: number): Buffer {
  let buffer = Buffer.allocUnsafe(Math.min(size, limitBytes) + 1);
  let length = 0;
  for (;;) {
    const count = readSync(fd, buffer, length, buffer.length - length, null);
    if (count === 0) return buffer.subarray(0, length);
    length += count;
    if (length > limitBytes) throw fileTooLarge(path, limitBytes);
    if (length === buffer.length) {
      buffer = Buffer.concat([buffer], Math.min(2 * length + 4096, limitBytes + 1));
    }
  }
}

function decode(path: string, bytes: Buffer): string {
  // A store escapes whatever is not ASCII: as bytes it needs no decoder.
  if (isAscii(bytes)) return bytes.toString('latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const start = bytes.subarray(0, 2).toString('hex');
    const utf16 = start === 'fffe' || start === 'feff';
    throw new GormesError(
      'not_utf8',
      `${escapeControls(path)} is not UTF-8 text${utf16 ? ' but UTF-16' : ''}`,
      { hint: `convert it: iconv -f ${utf16 ? 'UTF-16' : 'LATIN1'} -t UTF-8` },
    );
  }
}

function notAFile(path: string): GormesError {
  return new GormesError('not_a_file', `${escapeControls(path)} is not a regular file`, {
    hint: `a directory, pipe or device stands there: ls -ld ${escapeControls(path)}`,
  });
}

function fileTooLarge(path: string, limitBytes: number): GormesError {
  return new GormesError(
    'file_too_large',
    `${escapeControls(path)} is larger than ${sizeOf(limitBytes)}, the most that gormes reads`,
    { hint: `see what it holds: ls -l ${escapeControls(path)}` },
  );
}

function sizeOf(bytes: number): string {
  return bytes % (1024 * 1024) === 0 ? `${bytes / (1024 * 1024)} MiB` : `${bytes} bytes`;
}
