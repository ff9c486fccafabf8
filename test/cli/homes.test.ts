import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { declare } from '../support/declaration.ts';
import { startWorld, type World } from '../support/world.ts';

function twoHomes(world: World): void {
  world.home.seed({ xai: [{ label: 'root-only', key: world.canary('root') }] });
  mkdirSync(world.home.path('profiles/coder'), { recursive: true, mode: 0o700 });
  world.write('k', `${world.canary('declared')}\n`);
  declare(
    world,
    `homes: [default, coder]
providers: { deepseek: { credentials: { a: { api_key: "file:k" } } } }
overlays:
  - when: { profile: coder }
    providers: { deepseek: { strategy: round_robin } }
`,
  );
}

function labelsOf(world: World, file: string): unknown {
  const auth = JSON.parse(readFileSync(world.home.path(file), 'utf8'));
  return Object.entries<{ label: string }[]>(auth.credential_pool).map(
    ([provider, rows]) => `${provider}: ${rows.map((row) => row.label).join(', ')}`,
  );
}

test('plan shows each home, with its own overlays', async () => {
  await using world = await startWorld();
  twoHomes(world);
  const run = await world.gormes(['auth', 'plan', '--json', '--detailed-exitcode']);
  expect(run.exitCode).toBe(2);
  const { homes } = JSON.parse(run.stdout);
  expect(homes.map((each: { home: string }) => each.home)).toEqual([
    world.home.dir,
    world.home.path('profiles/coder'),
  ]);
  const actions = homes.map((each: { changes: { action: string }[] }) =>
    each.changes.map(({ action }) => action),
  );
  expect(actions).toEqual([['add'], ['add', 'strategy']]);
  const human = await world.gormes(['auth', 'plan']);
  expect(human.stdout).toContain('→ ~/.hermes\n');
  expect(human.stdout).toContain('→ ~/.hermes/profiles/coder\n');
});

test('apply works on each in turn; a profile gets nothing of the root', async () => {
  await using world = await startWorld();
  twoHomes(world);
  for (const name of ['auth.json', 'config.yaml', 'gormes/ledger.json'])
    world.allowSecretIn(world.home.path(`profiles/coder/${name}`));
  const run = await world.gormes(['auth', 'apply', '--yes']);
  expect(run.exitCode).toBe(0);
  expect(run.stdout.match(/Apply complete/g)).toHaveLength(2);
  expect(labelsOf(world, 'auth.json')).toEqual(['xai: root-only', 'deepseek: a']);
  expect(labelsOf(world, 'profiles/coder/auth.json')).toEqual(['deepseek: a']);
  expect(world.home.exists('config.yaml')).toBe(false);
  expect(await world.gormes(['auth', 'plan', '--detailed-exitcode'])).toMatchObject({
    exitCode: 0,
  });
});

test('-p chooses one of them, and refuses one that is not named', async () => {
  await using world = await startWorld();
  twoHomes(world);
  mkdirSync(world.home.path('profiles/other'), { recursive: true });
  world.allowSecretIn(world.home.path('profiles/coder/auth.json'));
  expect(await world.gormes(['-p', 'coder', 'auth', 'apply', '--yes'])).toMatchObject({
    exitCode: 0,
  });
  expect(labelsOf(world, 'auth.json')).toEqual(['xai: root-only']);
  const run = await world.gormes(['-p', 'other', 'auth', 'plan']);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain('[home_not_declared]');
});

test('a profile that does not exist stops everything before the first change', async () => {
  await using world = await startWorld();
  twoHomes(world);
  declare(world, 'homes: [default, nobody]\nproviders: {}\n');
  const before = world.home.hash();
  expect(await world.gormes(['auth', 'apply', '--yes'])).toMatchObject({ exitCode: 1, stdout: '' });
  expect(world.home.hash()).toBe(before);
});

test('a change that is blocked in one home stops all of them', async () => {
  await using world = await startWorld();
  twoHomes(world);
  world.allowSecretIn(world.home.path('profiles/coder/auth.json'));
  await world.gormes(['auth', 'apply', '--yes']);
  declare(world, 'homes: [default, coder]\nproviders: {}\n');
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'apply', '--yes']);
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toContain('--allow-empty deepseek');
  expect(world.home.hash()).toBe(before);
});

test('the plan of several homes is not saved as one; of one it is', async () => {
  await using world = await startWorld();
  twoHomes(world);
  expect(await world.gormes(['auth', 'plan', '--out', 'p'])).toMatchObject({ exitCode: 64 });
  world.allowSecretIn(world.home.path('profiles/coder/auth.json'));
  expect(await world.gormes(['-p', 'coder', 'auth', 'plan', '--out', 'p'])).toMatchObject({
    exitCode: 0,
  });
  expect(await world.gormes(['-p', 'coder', 'auth', 'apply', 'p'])).toMatchObject({ exitCode: 0 });
});

test('a command that is proposed is for the same home', async () => {
  await using world = await startWorld();
  const other = join(world.userHome, 'other home');
  world.write('~/other home/auth.json', '{"version": 1,');
  const broken = await world.gormes(['--home', other, 'auth', 'list']);
  expect(broken.stderr).toContain(`hint: gormes --home '${other}' auth repair\n`);
  const typo = await world.gormes(['-p', 'default', 'auth', 'lsit']);
  expect(typo.stderr).toContain('hint: did you mean "gormes -p default auth list"?\n');
  const none = await world.gormes(['auth', 'list', '-p', 'default']);
  expect(none.stderr).toBe('No credentials yet. Add one: gormes -p default auth add openrouter\n');
  expect((await world.gormes(['auth', 'list'])).stderr).toContain(': gormes auth add openrouter\n');
});

test('a file in the place of a home is named', async () => {
  await using world = await startWorld();
  const file = world.write('home', '');
  expect((await world.gormes(['--home', file, 'auth', 'list'])).stderr).toBe(
    `error: cannot read ${file}/auth.json: a part of the path is not a directory [read_failed]\n` +
      `hint: a file stands in its way: ls -ld ${file}\n`,
  );
});
