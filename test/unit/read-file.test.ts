import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { GormesError } from '../../src/base/errors.ts';
import { readRegularFile } from '../../src/pool/read-file.ts';

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'read-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

function failure(path: string, limit = 100): GormesError {
  try {
    readRegularFile(path, limit);
  } catch (error) {
    if (error instanceof GormesError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('an absent file is undefined, a dangling link too, an empty file is empty text', () => {
  const dir = scratch();
  symlinkSync('gone', join(dir, 'link'));
  writeFileSync(join(dir, 'empty'), '');
  expect(readRegularFile(join(dir, 'f'), 100)).toBeUndefined();
  expect(readRegularFile(join(dir, 'link'), 100)).toBeUndefined();
  expect(readRegularFile(join(dir, 'empty'), 100)).toEqual({ text: '' });
});

test('text comes whole, byte order mark, CRLF and characters beyond ASCII included', () => {
  const path = join(scratch(), 'f');
  const text = `\ufeffä\r\n${'x'.repeat(90)}`;
  writeFileSync(path, text);
  expect(readRegularFile(path, 100)).toEqual({ text });
  expect(readRegularFile(path, Buffer.byteLength(text))).toEqual({ text });
  expect(failure(path, Buffer.byteLength(text) - 1).code).toBe('file_too_large');
});

test('a file whose size the system does not tell is read too, and bounded', () => {
  expect(readRegularFile('/proc/self/status', 100_000)?.text).toContain('Pid:');
  expect(failure('/proc/self/status', 10).code).toBe('file_too_large');
});

test.each([
  { name: 'a directory', make: (path: string) => mkdirSync(path) },
  { name: 'a FIFO, without hanging', make: (path: string) => execFileSync('mkfifo', [path]) },
  { name: 'an endless device', make: (path: string) => symlinkSync('/dev/zero', path) },
])('$name is not read', ({ make }) => {
  const path = join(scratch(), 'f');
  make(path);
  expect(failure(path)).toMatchObject({
    code: 'not_a_file',
    message: `${path} is not a regular file`,
    exitCode: 1,
  });
});

test('a socket is not read', async () => {
  const path = join(scratch(), 's');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.close();
  });
  expect(failure(path).code).toBe('not_a_file');
});

test.each([
  { name: 'a cut sequence', bytes: [0x61, 0xc3], says: 'is not UTF-8 text' },
  { name: 'Latin-1', bytes: [0xe9, 0x61], says: 'is not UTF-8 text' },
  { name: 'an encoded surrogate', bytes: [0xed, 0xa0, 0x80], says: 'is not UTF-8 text' },
  { name: 'UTF-16', bytes: [0xff, 0xfe, 0x61, 0x00], says: 'is not UTF-8 text but UTF-16' },
])('$name is refused, never repaired', ({ bytes, says }) => {
  const path = join(scratch(), 'f');
  writeFileSync(path, Buffer.from(bytes));
  expect(failure(path)).toMatchObject({ code: 'not_utf8', message: `${path} ${says}` });
});

test('a path through a file and a loop of links say why', () => {
  const dir = scratch();
  writeFileSync(join(dir, 'f'), '');
  symlinkSync('loop', join(dir, 'loop'));
  expect(failure(join(dir, 'f/g')).message).toBe(
    `cannot read ${dir}/f/g: a part of the path is not a directory`,
  );
  expect(failure(join(dir, 'loop'))).toMatchObject({
    code: 'read_failed',
    message: `cannot read ${dir}/loop: the symbolic links form a loop`,
  });
});

test('a name with control characters is shown escaped', () => {
  const path = join(scratch(), '\u001b[31m');
  mkdirSync(path);
  expect(failure(path).message).toContain('\\x1b[31m');
});
