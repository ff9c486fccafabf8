import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf } from '../base/errors.ts';
import {
  Refusal,
  resolveTarget,
  Stranded,
  type Target,
  Unconfirmed,
  writeFailed,
} from './write-target.ts';

// Every byte that gormes writes passes through here (reliability.md §5 rule 1): no other file in
// `src` may call a writing function of `node:fs`. The order is the promise: temporary file created
// exclusively (0600) beside the *target*, all bytes, size check, fsync, rename, fsync of the
// directory. A reader, and a kill or power loss at any point, sees the old file or the new one.

const NO_WRITE: readonly (string | undefined)[] = ['EACCES', 'EPERM', 'EROFS'];
/** An exclusive create fails so where a file exists, or could not be created if there were none. */
const IN_THE_WAY: readonly (string | undefined)[] = ['EEXIST', ...NO_WRITE];
/** What a directory fsync answers where directories can't be synced; the rename stands all the same. */
const NO_DIRECTORY_SYNC: readonly (string | undefined)[] = ['EINVAL', 'ENOTSUP', 'EACCES', 'EPERM'];

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

function writeAll(fd: number, bytes: Buffer, position: number | null = null): void {
  let done = 0;
  while (done < bytes.length) {
    const at = position === null ? null : position + done;
    const count = writeSync(fd, bytes, done, bytes.length - done, at);
    if (count === 0) throw new Refusal('nothing more could be written');
    done += count;
  }
}

function openForAppend(target: Target): number {
  const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  const fd = openSync(target.path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
  return target.stats ? fd : givenTo(fd, target);
}

/** The descriptor of a file just created, now its directory's owner's. */
function givenTo(fd: number, owner: { readonly uid: number; readonly gid: number }): number {
  try {
    giveTo(fd, owner);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Root only: everybody else creates files that are already theirs. */
function giveTo(fd: number, owner: { readonly uid: number; readonly gid: number }): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = fstatSync(fd);
  if (uid !== owner.uid || gid !== owner.gid) fchownSync(fd, owner.uid, owner.gid);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
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

function syncDirectory(directory: string): void {
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

function removeTemp(temp: string): void {
  try {
    unlinkSync(temp);
  } catch {
    // The first failure is the one to report; a later run sweeps.
  }
}

function translate<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw writeFailed(path, error);
  }
}
