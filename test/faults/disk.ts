import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { figure } from './sizes.ts';

/** A small file system of its own at a directory, until it is disposed of. */
export interface SmallDisk extends Disposable {
  /** Fills it until so many bytes are free; a page at a time. */
  leave(bytes: number): void;
  /** Removes what `leave` put there. */
  clear(): void;
  /** Nothing can be written any more. */
  readOnly(): void;
}

/** What a machine does not permit is said, never skipped in silence. */
export function notPermitted(what: string, why: string): void {
  figure(`not run here: ${what}: ${why}`);
}

/**
 * Mounts a tmpfs over a directory.
 *
 * @returns why the machine does not allow it, when it does not
 */
export function mountSmallDisk(dir: string, bytes: number): SmallDisk | string {
  const mount = (...args: string[]) => spawnSync('mount', args, { encoding: 'utf8' });
  const mounted = mount('-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'tmpfs', dir);
  if (mounted.status !== 0) return mounted.stderr?.trim() || String(mounted.error);
  const ballast = join(dir, 'ballast');
  const disk: SmallDisk = {
    clear: () => rmSync(ballast, { force: true }),
    leave: (free) => {
      disk.clear();
      const { bavail, bsize } = statfsSync(dir);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - free)), { mode: 0o600 });
    },
    readOnly: () => {
      const again = mount('-o', 'remount,ro', dir);
      if (again.status !== 0) throw new Error(again.stderr);
    },
    [Symbol.dispose]: () => {
      const gone = spawnSync('umount', [dir], { encoding: 'utf8' });
      if (gone.status !== 0) throw new Error(gone.stderr);
    },
  };
  return disk;
}

/**
 * Makes a file or directory immutable, for root too.
 *
 * @returns what ends it, or why the machine does not allow it
 */
export function makeImmutable(path: string): Disposable | string {
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  const change = (flag: string) => spawnSync('chattr', [flag, path], { encoding: 'utf8' });
  const done = change('+i');
  if (done.status !== 0) return done.stderr?.trim() || String(done.error);
  return { [Symbol.dispose]: () => void change('-i') };
}
