import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf } from '../../base/errors.ts';
import { syncDirectory } from './directories.ts';
import { giveTo, translate, writeAll } from './write-bytes.ts';
import { Refusal, resolveTarget, Stranded, type Target } from './write-target.ts';

// Every byte that gormes writes passes through this folder (reliability.md §5 rule 1): no other file in
// `src` may call a writing function of `node:fs`. The order is the promise: temporary file created
// exclusively (0600) beside the *target*, all bytes, size check, fsync, rename, fsync of the
// directory. A reader, and a kill or power loss at any point, sees the old file or the new one.

/**
 * Replaces a file's content as one step, or creates it with mode 0600. A symbolic link stays and its
 * target is replaced; a dangling one gets its target. Synchronous: a signal handler can't come
 * between. Takes no lock: that is the caller's.
 *
 * @param options.mode the widest mode that an existing file may keep, default 0600; Hermes keeps
 *   the mode of `config.yaml`, so that caller passes 0o777
 * @throws GormesError `write_failed`; message and hint say what stands there: the old content, or
 *   (the directory could not be synced) the new one, or (a bind mount on a failing disk) neither
 */
export function writeAtomic(
  path: string,
  data: string | Uint8Array,
  deps: { readonly random: (bytes: number) => Buffer },
  options: { readonly mode?: number } = {},
): void {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data);
  translate(path, () => {
    const target = resolveTarget(path);
    const mode = target.stats ? target.stats.mode & 0o777 & (options.mode ?? 0o600) : 0o600;
    const suffix = `${process.pid}.${deps.random(16).toString('hex')}`;
    const temp = `${target.directory}/${basename(target.path)}.tmp.${suffix}`;
    try {
      writeTemp(temp, bytes, mode, target);
      if (!renameOver(temp, target)) {
        overwriteInPlace(target.path, bytes, mode, temp);
        removeTemp(temp);
      }
    } catch (error) {
      if (!(error instanceof Stranded)) removeTemp(temp);
      throw error;
    }
    syncDirectory(target.directory);
  });
}

/**
 * Takes so many bytes of disk space beside a file, so that a later write of that size finds room.
 * What it takes looks like a temporary file of `writeAtomic` and is swept like one after a kill.
 *
 * @returns gives the space back
 * @throws GormesError `write_failed`; nothing is taken then
 */
export function reserveSpace(
  path: string,
  bytes: number,
  deps: { readonly random: (bytes: number) => Buffer },
): () => void {
  return translate(path, () => {
    const target = resolveTarget(path);
    const suffix = `${process.pid}.${deps.random(16).toString('hex')}`;
    const temp = `${target.directory}/${basename(target.path)}.tmp.${suffix}`;
    try {
      writeTemp(temp, Buffer.alloc(bytes, 0x20), 0o600, target);
    } catch (error) {
      removeTemp(temp);
      throw error;
    }
    return () => removeTemp(temp);
  });
}

/**
 * Removes temporary files that killed runs left beside a file. Only under the lock that guards the
 * file, and only while the file itself is whole: after a kill inside the in-place copy such a
 * temporary file is the one complete copy. Hermes names its own the same way, under the same lock.
 *
 * @returns how many were removed
 * @throws GormesError `write_failed`
 */
export function sweepTemps(path: string): number {
  return translate(path, () => {
    if (!existsSync(dirname(path))) return 0;
    const target = resolveTarget(path);
    const prefix = `${basename(target.path)}.tmp.`;
    const left = readdirSync(target.directory).filter(
      (name) => name.startsWith(prefix) && /^\d+\.[0-9a-f]{32}$/.test(name.slice(prefix.length)),
    );
    for (const name of left) removeTemp(`${target.directory}/${name}`);
    return left.length;
  });
}

function writeTemp(temp: string, bytes: Buffer, mode: number, target: Target): void {
  const fd = openSync(temp, 'wx', 0o600);
  try {
    giveTo(fd, target);
    writeAll(fd, bytes);
    // Some file systems report a full disk by a short file only (M1).
    if (fstatSync(fd).size !== bytes.length) throw new Refusal('not all of it was written');
    fchmodSync(fd, mode);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** False where the target can't be renamed over: a bind-mounted file (M16). */
function renameOver(temp: string, target: Target): boolean {
  try {
    renameSync(temp, target.path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if ((errno === 'EBUSY' || errno === 'EXDEV') && target.stats) return false;
    throw error;
  }
}

/**
 * As Hermes does there. A complete, synced temporary file stands beside it, and stays when neither
 * the new nor the old content could be put in place.
 */
function overwriteInPlace(path: string, bytes: Buffer, mode: number, temp: string): void {
  const old = readFileSync(path);
  const fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    fchmodSync(fd, mode);
    replaceContent(fd, bytes);
    if (!readFileSync(path).equals(bytes)) throw new Refusal('it reads back differently');
  } catch (error) {
    try {
      replaceContent(fd, old);
    } catch {
      throw new Stranded(error, temp);
    }
    throw error;
  } finally {
    closeSync(fd);
  }
}

function replaceContent(fd: number, bytes: Buffer): void {
  writeAll(fd, bytes, 0);
  ftruncateSync(fd, bytes.length);
  fsyncSync(fd);
}

function removeTemp(temp: string): void {
  try {
    unlinkSync(temp);
  } catch {
    // The first failure is the one to report; a later run sweeps.
  }
}
