import { chmodSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

const PLACE = '.cache/gormes/compiled';

/** Lists a home whose user has this cache; the code that the program keeps stands in it, if any. */
async function list(world: World, env: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const run = await world.gormes(['auth', 'list'], { env: { XDG_CACHE_HOME: '', ...env } });
  expect(run, run.stderr).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.stdout).toContain('openrouter (1 credentials)');
  try {
    const dir = join(world.userHome, PLACE);
    const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
    return entries.map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

async function homeOfOne(): Promise<World> {
  const world = await startWorld();
  world.home.seed({ openrouter: [{ label: 'one', key: world.canary('one') }] });
  return world;
}

const isFile = (path: string): boolean => lstatSync(path).isFile();

test("what a run has compiled is the user's own, and the next run takes it", async () => {
  await using world = await homeOfOne();
  const kept = await list(world);
  const files = kept.filter(isFile);
  expect(files.length).toBeGreaterThan(0);
  expect(lstatSync(join(world.userHome, PLACE)).mode & 0o777).toBe(0o700);
  for (const path of kept) expect(lstatSync(path).mode & 0o022, path).toBe(0);
  const before = files.map((path) => lstatSync(path).ino);
  expect(await list(world)).toEqual(kept);
  expect(files.map((path) => lstatSync(path).ino)).toEqual(before);
});

test('what is kept and is not code is not run, and is replaced', async () => {
  await using world = await homeOfOne();
  const files = (await list(world)).filter(isFile);
  for (const path of files) writeFileSync(path, 'not code');
  expect((await list(world)).filter(isFile)).toEqual(files);
  for (const path of files) expect(lstatSync(path).size, path).toBeGreaterThan(100);
});

test('a place that others may write to is left alone', async () => {
  await using world = await homeOfOne();
  mkdirSync(join(world.userHome, PLACE), { recursive: true });
  chmodSync(join(world.userHome, PLACE), 0o777);
  expect(await list(world)).toEqual([]);
});

test("Node's own switch stops it, and a cache that cannot be made is no error", async () => {
  await using world = await homeOfOne();
  expect(await list(world, { NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual([]);
  world.write('~/.cache', 'a file');
  expect(await list(world)).toEqual([]);
});
