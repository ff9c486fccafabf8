import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { declare } from '../support/declaration.ts';
import { startWorld, type World } from '../support/world.ts';

async function add(world: World, label: string, home: string): Promise<string> {
  const input = world.canary(label);
  const args = ['--home', home, 'auth', 'add', 'xai', '--label', label];
  world.allowSecretIn(join(home, 'auth.json'));
  const run = await world.gormes(args, { input });
  expect(run, run.stderr).toMatchObject({ exitCode: 0 });
  return run.stderr;
}

const PLACES = [
  ['in a git work tree', 'repo/.git', 'repo/home', 'git work tree'],
  ['in a folder of Dropbox', 'Dropbox (Private)', 'Dropbox (Private)/a/home', 'synced folder'],
  ['in a folder of Syncthing', 'any/.stfolder', 'any/home', 'synced folder'],
  ['in OneDrive', 'OneDrive - Work', 'OneDrive - Work/home', 'synced folder'],
] as const;

test.each(PLACES)(
  'a home %s is warned of at its first change, and not again',
  async (_name, mark, at, says) => {
    await using world = await startWorld();
    mkdirSync(join(world.userHome, mark), { recursive: true });
    const home = join(world.userHome, at);
    const first = await add(world, 'one', home);
    expect(first).toContain(`Warning: this home is in a ${says} (${world.userHome}/`);
    expect(await add(world, 'two', home)).not.toContain('Warning');
  },
);

test('a store that is a link into a work tree is warned of too', async () => {
  await using world = await startWorld();
  const repo = join(world.userHome, 'dotfiles');
  mkdirSync(join(repo, '.git'), { recursive: true });
  world.home.seed({});
  world.write('~/dotfiles/auth.json', world.home.read('auth.json'));
  const home = join(world.userHome, 'linked');
  mkdirSync(home, { mode: 0o700 });
  symlinkSync(join(repo, 'auth.json'), join(home, 'auth.json'));
  expect(await add(world, 'one', home)).toContain(`git work tree (${repo})`);
});

test('an ordinary home is not warned of, nor is one that is only read', async () => {
  await using world = await startWorld();
  expect(await add(world, 'one', dirname(world.home.path('auth.json')))).not.toContain('Warning');
  mkdirSync(join(world.userHome, 'repo/.git'), { recursive: true });
  const list = await world.gormes(['--home', join(world.userHome, 'repo/home'), 'auth', 'list']);
  expect(list.exitCode).toBe(0);
  expect(list.stderr).not.toContain('Warning');
});

test('an apply whose first write makes several changes warns once, too', async () => {
  await using world = await startWorld();
  const home = join(world.userHome, 'repo/home');
  mkdirSync(join(world.userHome, 'repo/.git'), { recursive: true });
  world.write('k1', `${world.canary('k1')}\n`);
  world.write('k2', `${world.canary('k2')}\n`);
  world.allowSecretIn(join(home, 'auth.json'));
  declare(
    world,
    'providers: { xai: { credentials: { a: { api_key: "file:k1" }, b: { api_key: "file:k2" } } } }',
  );
  const run = await world.gormes(['--home', home, 'auth', 'apply', '--yes']);
  expect(run, run.stderr).toMatchObject({ exitCode: 0 });
  expect(run.stderr.match(/Warning: this home is in a git work tree/g)).toHaveLength(1);
});

test('a first change that fails warns, so that the warning is not lost', async () => {
  await using world = await startWorld();
  const home = join(world.userHome, 'repo/home');
  mkdirSync(join(world.userHome, 'repo/.git'), { recursive: true });
  declare(world, 'providers: { qwen-oauth: { credentials: { qwen: { type: import } } } }');
  const run = await world.gormes(['--home', home, 'auth', 'apply', '--yes']);
  expect(run, run.stderr).toMatchObject({ exitCode: 4 });
  expect(run.stderr).toContain('Warning: this home is in a git work tree');
  expect(await add(world, 'one', home)).not.toContain('Warning');
});
