import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { type Clock, realClock, realRandom } from '../../src/base/deps.ts';
import { type LockOptions, withLock } from '../../src/pool/lock.ts';

const options: LockOptions = { waitMs: 20_000, clock: realClock, random: realRandom };
const impatient: LockOptions = { ...options, waitMs: 0 };

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lock-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** A program that takes the lock, prints a line, and keeps it until its standard input ends. */
async function holding(command: string, args: readonly string[]): Promise<Child> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child.stdout, 'data');
  return child;
}

async function released(child: Child): Promise<void> {
  child.stdin.end();
  await once(child, 'exit');
}

type Command = (path: string) => readonly [string, readonly string[]];

const flockCommand: Command = (path) => ['flock', [path, 'sh', '-c', 'echo held; cat >/dev/null']];

/** As Hermes takes it: the file opened `a+`. */
const HERMES = `import fcntl, sys
f = open(sys.argv[1], "a+")
fcntl.flock(f.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
print("held", flush=True)
sys.stdin.read()`;
const python: Command = (path) => ['python3', ['-c', HERMES, path]];

const TRY = `import fcntl, sys
f = open(sys.argv[1], "a+")
try:
    fcntl.flock(f.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("free")
except BlockingIOError:
    print("busy")`;

async function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  await once(child, 'close');
  return text.trim();
}

test('returns the result, creates the file 0600 and leaves it, empty', async () => {
  const path = join(scratch(), 'auth.lock');
  expect(await withLock(path, options, async () => 'result')).toBe('result');
  expect(await withLock(path, options, () => 2)).toBe(2);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toBe('');
});

test.each([
  { peer: 'flock(1)', command: flockCommand },
  { peer: 'Python as Hermes locks', command: python },
])('waits for $peer and then runs', async ({ command }) => {
  const path = join(scratch(), 'auth.lock');
  const child = await holding(...command(path));
  await expect(withLock(path, impatient, () => 'ran')).rejects.toMatchObject({
    code: 'home_locked',
    exitCode: 7,
  });
  let ran = false;
  const waiting = withLock(path, options, () => {
    ran = true;
  });
  expect(ran).toBe(false);
  await released(child);
  await waiting;
  expect(ran).toBe(true);
});

test('a holder that is killed has let go', async () => {
  const path = join(scratch(), 'auth.lock');
  const child = await holding(...python(path));
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await withLock(path, impatient, () => 'ran')).toBe('ran');
});

test('flock(1) and Python are kept out while we hold it, and let in after', async () => {
  const path = join(scratch(), 'auth.lock');
  const ask = async () => [
    await output('python3', ['-c', TRY, path]),
    await output('sh', ['-c', 'flock -n "$0" true && echo free || echo busy', path]),
  ];
  expect(await withLock(path, options, ask)).toEqual(['busy', 'busy']);
  expect(await ask()).toEqual(['free', 'free']);
});

test('the error names the process that holds it', async () => {
  const path = join(scratch(), 'auth.lock');
  const child = await holding('flock', ['-o', path, 'sh', '-c', 'echo held; cat >/dev/null']);
  const error: unknown = await withLock(path, impatient, () => 1).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ exitCode: 7 });
  expect(error).toHaveProperty('message', expect.stringContaining(`${path} is still locked by `));
  expect(error).toHaveProperty('message', expect.stringContaining(`(process ${child.pid})`));
  await released(child);
});

test.each([
  { name: 'with a byte in it, as on Windows', content: ' ', mode: 0o644 },
  { name: 'open to others', content: '', mode: 0o644 },
  { name: 'read-only', content: '', mode: 0o444 },
])('an existing lock file $name is used as it is', async ({ content, mode }) => {
  const path = join(scratch(), 'auth.lock');
  writeFileSync(path, content);
  chmodSync(path, mode);
  const { ino } = statSync(path);
  await withLock(path, options, () => 1);
  expect(readFileSync(path, 'utf8')).toBe(content);
  expect(statSync(path)).toMatchObject({ ino, mode: 0o100000 | mode });
});

test('a lock on a file that was replaced does not count', async () => {
  const dir = scratch();
  const path = join(dir, 'auth.lock');
  const old = await holding(...flockCommand(path));
  renameSync(path, join(dir, 'moved'));
  // The path names another file now, which is free: the old holder excludes nobody any more.
  expect(await withLock(path, options, () => existsSync(path))).toBe(true);
  await released(old);
});

test('a file that is replaced between opening and locking is tried again', async () => {
  const dir = scratch();
  const path = join(dir, 'auth.lock');
  writeFileSync(path, '');
  const real = fs.fstatSync;
  let replaced = 0;
  // The product looks at the open file just before it locks it.
  const replacing = (...args: unknown[]): unknown => {
    if (replaced++ === 0) renameSync(path, join(dir, 'moved'));
    return Reflect.apply(real, fs, args);
  };
  Object.assign(fs, { fstatSync: replacing });
  syncBuiltinESMExports();
  onTestFinished(() => {
    Object.assign(fs, { fstatSync: real });
    syncBuiltinESMExports();
  });
  const busy = await withLock(path, options, () => output('python3', ['-c', TRY, path]));
  expect(busy).toBe('busy');
  expect(replaced).toBeGreaterThan(1);
});

test('tasks of one process exclude each other and none is lost', async () => {
  const path = join(scratch(), 'auth.lock');
  let inside = 0;
  let most = 0;
  let count = 0;
  const task = () =>
    withLock(path, options, async () => {
      most = Math.max(most, ++inside);
      const seen = count;
      await new Promise((resolve) => setImmediate(resolve));
      count = seen + 1;
      inside--;
    });
  await Promise.all(Array.from({ length: 12 }, task));
  expect({ most, count }).toEqual({ most: 1, count: 12 });
});

test('asking for a lock under itself is a bug, by another path to it too; two locks are none', async () => {
  const dir = scratch();
  const path = join(dir, 'auth.lock');
  mkdirSync(join(dir, 'sub'));
  for (const again of [path, join(dir, 'sub/../auth.lock')]) {
    const nested = withLock(path, options, () => withLock(again, options, () => 1));
    await expect(nested).rejects.toThrow(/asked for by its own holder/);
  }
  const other = join(dir, 'other.lock');
  expect(await withLock(path, options, () => withLock(other, options, () => 3))).toBe(3);
});

test('a task that outlives the hold that started it may lock again', async () => {
  const path = join(scratch(), 'auth.lock');
  let later: Promise<number> | undefined;
  let release = () => {};
  const ready = new Promise<void>((resolve) => {
    release = resolve;
  });
  await withLock(path, options, () => {
    later = ready.then(() => withLock(path, options, () => 4));
  });
  release();
  expect(await later).toBe(4);
});

test('what the work throws comes through, and the lock is free again', async () => {
  const path = join(scratch(), 'auth.lock');
  const failing = withLock(path, options, () => {
    throw new RangeError('mine');
  });
  await expect(failing).rejects.toThrow(RangeError);
  expect(await withLock(path, impatient, () => 5)).toBe(5);
});

/** Time passes only by sleeping. */
function fakeClock(): { clock: Clock; slept: number[] } {
  let now = 1_000;
  const slept: number[] = [];
  const sleep = async (ms: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    now += ms;
    slept.push(ms);
  };
  return { clock: { now: () => now, sleep }, slept };
}

test('polls with jitter until the time is up, pauses after the release when asked', async () => {
  const path = join(scratch(), 'auth.lock');
  const child = await holding(...flockCommand(path));
  const { clock, slept } = fakeClock();
  const waiting = withLock(path, { ...options, clock, waitMs: 5_000 }, () => 1);
  await expect(waiting).rejects.toThrow('after 5 s');
  expect(slept.slice(0, 5).every((ms) => ms >= 25 && ms <= 100)).toBe(true);
  expect(new Set(slept).size).toBeGreaterThan(5);
  expect(slept.reduce((sum, ms) => sum + ms)).toBeCloseTo(5_000);
  await released(child);
  const pause = fakeClock();
  await withLock(path, { ...options, clock: pause.clock, pauseMs: 60 }, () => 1);
  expect(pause.slept).toEqual([60]);
});

// 64 that poll as often as at first leave Hermes, which polls every 50 ms, no chance in its 15 s.
test('who has waited long polls rarer, and never rarer than every 400 ms', async () => {
  const path = join(scratch(), 'auth.lock');
  const child = await holding(...flockCommand(path));
  const { clock, slept } = fakeClock();
  await expect(
    withLock(path, { ...options, clock, waitMs: 60_000 }, () => 1),
  ).rejects.toHaveProperty('code', 'home_locked');
  let waited = 0;
  for (const ms of slept.slice(0, -1)) {
    const slower = Math.min(4, Math.max(1, waited / 500));
    expect(ms).toBeGreaterThanOrEqual(25 * slower - 0.001);
    expect(ms).toBeLessThanOrEqual(100 * slower + 0.001);
    waited += ms;
  }
  await released(child);
});

test('an abort ends the waiting', async () => {
  const path = join(scratch(), 'auth.lock');
  const child = await holding(...flockCommand(path));
  const controller = new AbortController();
  const waiting = withLock(path, { ...options, signal: controller.signal }, () => 1);
  controller.abort();
  await expect(waiting).rejects.toHaveProperty('name', 'AbortError');
  await released(child);
});

test.each([
  { name: 'in a missing directory', at: 'gone/auth.lock', reason: 'no such file or directory' },
  { name: 'that is a directory', at: '.', reason: 'it is a directory' },
  { name: 'that is a device', at: '/dev/null', reason: 'it is not a regular file' },
])('a lock file $name is refused', async ({ at, reason }) => {
  const path = at.startsWith('/') ? at : join(scratch(), at);
  await expect(withLock(path, impatient, () => 1)).rejects.toMatchObject({
    code: 'lock_failed',
    message: `cannot lock ${path}: ${reason}`,
  });
});
