import fs, { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { realRandom } from '../../src/base/deps.ts';
import { writeAtomic } from '../../src/pool/write/write-atomic.ts';
import { overwriteStart } from '../../src/pool/write/write-in-place.ts';

/** A file, and the contents of its own inode that were synced from here on. */
function watched(): { readonly path: string; readonly synced: string[]; refuseRenames(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'resort-'));
  const path = join(dir, 'f');
  writeFileSync(path, 'old content', { mode: 0o600 });
  const { ino } = statSync(path);
  const synced: string[] = [];
  const real = { fsyncSync: fs.fsyncSync, renameSync: fs.renameSync };
  const put = (calls: object): void => {
    Object.assign(fs, calls);
    syncBuiltinESMExports();
  };
  put({
    fsyncSync: (fd: number) => {
      real.fsyncSync(fd);
      if (fs.fstatSync(fd).ino === ino) synced.push(readFileSync(path, 'utf8'));
    },
  });
  onTestFinished(() => {
    put(real);
    rmSync(dir, { recursive: true, force: true });
  });
  const refuseRenames = (): void =>
    put({
      renameSync: () => {
        throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
      },
    });
  return { path, synced, refuseRenames };
}

test('a file that can only be copied over is on the disk when the write returns', () => {
  const { path, synced, refuseRenames } = watched();
  refuseRenames();
  writeAtomic(path, 'new', { random: realRandom });
  expect(synced.at(-1)).toBe('new');
});

test('the begin of a file that is written over is on the disk when it returns', () => {
  const { path, synced } = watched();
  overwriteStart(path, 'new');
  expect(synced.at(-1)).toBe('new content');
});
