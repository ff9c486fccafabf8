import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

const HERMES = new URL('../support/hermes-writer.py', import.meta.url).pathname;

function hermes(world: World, provider: string, count: number): Promise<number | null> {
  const child = spawn('python3', [HERMES, world.home.dir, provider, String(count)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return ended(child);
}

async function ended(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return code;
}

async function addMany(world: World, provider: string, name: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const args = ['auth', 'add', provider, '--label', `${name}-${n}`, '--api-key', `${name}${n}`];
    expect(await world.gormes(args)).toMatchObject({ exitCode: 0 });
  }
}

const labels = (world: World, provider: string): string[] =>
  world.home.pool(provider).map((row) => String(row.label));
const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${name}-${n}`);

test('two gormes and a Hermes write to one pool at once, and nobody loses an entry or starves', async () => {
  await using world = await startWorld();
  mkdirSync(world.home.dir, { recursive: true, mode: 0o700 });
  const [code] = await Promise.all([
    hermes(world, 'xai', 60),
    addMany(world, 'xai', 'first', 6),
    addMany(world, 'xai', 'second', 6),
  ]);
  expect(code).toBe(0);
  expect(labels(world, 'xai').sort()).toEqual(
    [...numbered('hermes', 60), ...numbered('first', 6), ...numbered('second', 6)].sort(),
  );
  const ids = world.home.pool('xai').map((row) => row.id);
  expect(new Set(ids).size).toBe(72);
});

test('removals, resets and additions at once leave what each of them meant', async () => {
  await using world = await startWorld();
  const seeded = numbered('old', 4);
  world.home.seed({
    xai: seeded.map((label) => ({
      label,
      key: label,
      raw: { last_status: 'exhausted', last_error_code: 429 },
    })),
  });
  const remove = async (): Promise<void> => {
    for (const label of ['old-0', 'old-2'])
      expect(await world.gormes(['auth', 'remove', 'xai', label])).toMatchObject({ exitCode: 0 });
  };
  const [code] = await Promise.all([
    hermes(world, 'zai', 30),
    remove(),
    addMany(world, 'xai', 'new', 4),
    world.gormes(['auth', 'reset', 'xai']),
  ]);
  expect(code).toBe(0);
  expect(labels(world, 'xai').sort()).toEqual(['old-1', 'old-3', ...numbered('new', 4)].sort());
  expect(labels(world, 'zai')).toEqual(numbered('hermes', 30));
  for (const row of world.home.pool('xai')) expect(row.last_status).toBeNull();
});

/** Resolves once a process has loaded what it locks with: it tries for the lock, or is about to. */
async function locks(child: ChildProcess): Promise<void> {
  while (!readFileSync(`/proc/${child.pid}/maps`, 'utf8').includes('koffi')) await turn(10);
}

/** Holds the lock by util-linux until its standard input ends. */
async function holdLock(world: World): Promise<ChildProcess> {
  mkdirSync(world.home.dir, { recursive: true, mode: 0o700 });
  const child = spawn('flock', [world.home.path('auth.lock'), 'sh', '-c', 'echo held; read line'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (child.stdout) await once(child.stdout, 'data');
  return child;
}

test('a writer waits for flock(1), readers do not', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'a', key: world.canary('a') }] });
  const holder = await holdLock(world);
  const adding = world.start(['auth', 'add', 'xai', '--api-key', 'k', '--label', 'b']);
  const list = await world.gormes(['auth', 'list', 'xai']);
  expect(list.stdout).toMatch(/^xai \(1 credentials\)/);
  expect(adding.child.exitCode).toBeNull();
  expect(labels(world, 'xai')).toEqual(['a']);
  holder.stdin?.end('\n');
  expect(await adding.done).toMatchObject({ exitCode: 0 });
  expect(labels(world, 'xai')).toEqual(['a', 'b']);
});

test('a lock that stays held ends with 7, says who holds it, and changes nothing', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'a', key: world.canary('a') }] });
  const holder = await holdLock(world);
  const before = world.home.hash();
  for (const args of [
    ['auth', 'add', 'xai', '--api-key', 'k'],
    ['auth', 'remove', 'xai', 'a'],
    ['auth', 'reset', 'xai'],
    ['auth', 'logout', 'xai'],
  ]) {
    const run = await world.gormes(['--lock-timeout', '0.1', ...args]);
    expect(run).toMatchObject({ exitCode: 7, stdout: '' });
    expect(run.stderr).toMatch(
      /^error: .*auth\.lock is still locked.* after 100 ms \[home_locked\]/,
    );
  }
  holder.stdin?.end('\n');
  await ended(holder);
  expect(world.home.hash()).toBe(before);
});

test('who waits for the lock is told what for, but not under --quiet or --json', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'a', key: world.canary('a') }] });
  const holder = await holdLock(world);
  const reset = ['auth', 'reset', 'xai'];
  const told = world.start(reset);
  const silent = [world.start([...reset, '--quiet']), world.start([...reset, '--json'])];
  await told.printed('Waiting for the lock ');
  for (const { child } of silent) await locks(child);
  holder.stdin?.end('\n');
  expect((await told.done).stderr).toMatch(/^Waiting for the lock \S+auth\.lock.*…\n$/);
  for (const { done } of silent) expect(await done).toMatchObject({ exitCode: 0, stderr: '' });
});
