import { closeSync, fchownSync, fstatSync, writeSync } from 'node:fs';
import { Refusal, writeFailed } from './write-target.ts';

// What the writers of this folder share.

/** Writes all bytes, at a position or where the descriptor stands. */
export function writeAll(fd: number, bytes: Buffer, position: number | null = null): void {
  let done = 0;
  while (done < bytes.length) {
    const at = position === null ? null : position + done;
    const count = writeSync(fd, bytes, done, bytes.length - done, at);
    if (count === 0) throw new Refusal('nothing more could be written');
    done += count;
  }
}

/** The descriptor of a file just created, now its directory's owner's. */
export function givenTo(fd: number, owner: { readonly uid: number; readonly gid: number }): number {
  try {
    giveTo(fd, owner);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Root only: everybody else creates files that are already theirs. */
export function giveTo(fd: number, owner: { readonly uid: number; readonly gid: number }): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = fstatSync(fd);
  if (uid !== owner.uid || gid !== owner.gid) fchownSync(fd, owner.uid, owner.gid);
}

/**
 * Runs a write; whatever it throws becomes `write_failed` about `path`.
 *
 * @throws GormesError `write_failed`
 */
export function translate<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw writeFailed(path, error);
  }
}
