import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

const SECRET = { allowSecretOnStdout: true } as const;

async function withThree(): Promise<World> {
  const world = await startWorld();
  world.home.write('config.yaml', 'credential_pool_strategies: {openrouter: round_robin}\n');
  world.home.seed({
    openrouter: ['a', 'b', 'c'].map((label) => ({ label, key: world.canary(label) })),
  });
  return world;
}

const use = (...args: string[]): string[] => ['auth', 'use', 'openrouter', ...args];

test('a pin is honoured by token and exec, and stops the rotation', async () => {
  await using world = await withThree();
  const run = await world.gormes(use('b'));
  expect(run).toMatchObject({
    exitCode: 0,
    stdout: 'openrouter uses "b" and no other.\n',
    stderr: '',
  });
  const store = world.home.read('auth.json');
  for (let turn = 0; turn < 2; turn++) {
    expect((await world.gormes(['auth', 'token', 'openrouter'], SECRET)).stdout).toBe(
      `${world.canary('b')}\n`,
    );
  }
  world.program('tool', {});
  await world.gormes(['auth', 'exec', 'openrouter', '--', 'tool'], { allowSecretInChildEnv: true });
  expect(world.calls('tool')[0]?.env.OPENROUTER_API_KEY).toBe(world.canary('b'));
  expect(world.home.read('auth.json')).toBe(store);
});

test('the pin stands in our own files, and Hermes’ are as before', async () => {
  await using world = await withThree();
  const before = world.home.read('auth.json');
  await world.gormes(use('b'));
  expect(world.home.read('auth.json')).toBe(before);
  expect(world.home.json('gormes/ledger.json').pins).toEqual({
    openrouter: { id: world.home.pool('openrouter')[1]?.id, label: 'b' },
  });
});

test('list, explain and plan show it', async () => {
  await using world = await withThree();
  const plain = (await world.gormes(['auth', 'list'])).stdout;
  await world.gormes(use('b'));
  expect((await world.gormes(['auth', 'list'])).stdout).toBe(
    plain.replace(' ←', '').replace(/(#2 {2}b .+)/, '$1 ← pinned'),
  );
  expect((await world.gormes(['auth', 'explain', 'openrouter'])).stdout).toBe(
    'openrouter  pinned to "b"\n  a  usable, but not pinned\n→ b  next\n  c  usable, but not pinned\n',
  );
  world.write('gormes.auth.yaml', 'version: 1\nproviders: {openrouter: {strategy: round_robin}}\n');
  expect((await world.gormes(['auth', 'plan'])).stdout).toContain(
    'pinned: nothing else is used until gormes auth use openrouter --auto',
  );
});

test('a pinned entry that cools down is an error, not another entry', async () => {
  await using world = await withThree();
  await world.gormes(['auth', 'report', 'openrouter', 'b', '--status', '429']);
  const pinned = await world.gormes(use('b'));
  expect(pinned).toMatchObject({ exitCode: 0 });
  expect(pinned.stderr).toMatch(/^Note: it is cooling down until /);
  const run = await world.gormes(['auth', 'token', 'openrouter']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toMatch(
    /^error: openrouter "b" \(pinned\) is cooling down until .+\nhint: to use another one: gormes auth use openrouter --auto\n$/,
  );
  expect((await world.gormes(['auth', 'list'])).stdout).not.toContain('←');
});

test('--label beats the pin', async () => {
  await using world = await withThree();
  await world.gormes(use('b'));
  const run = await world.gormes(['auth', 'token', 'openrouter', '--label', 'c'], SECRET);
  expect(run.stdout).toBe(`${world.canary('c')}\n`);
});

test('--auto lifts the pin; without one it says so and makes no home', async () => {
  await using world = await withThree();
  await world.gormes(use('b'));
  const lifted = await world.gormes(use('--auto'));
  expect(lifted.stdout).toBe('openrouter follows its strategy again; "b" is no longer pinned.\n');
  expect(world.home.json('gormes/ledger.json').pins).toBeUndefined();
  await using empty = await startWorld();
  expect((await empty.gormes(use('--auto'))).stdout).toBe('openrouter had no pin.\n');
  expect(empty.home.hash()).toBe('absent');
});

test('a pin whose entry is gone is void, and says so once a pick', async () => {
  await using world = await withThree();
  await world.gormes(use('b'));
  await world.gormes(['auth', 'remove', 'openrouter', 'b']);
  const run = await world.gormes(['auth', 'token', 'openrouter'], SECRET);
  expect(run).toMatchObject({ exitCode: 0, stdout: `${world.canary('a')}\n` });
  expect(run.stderr).toBe(
    'Note: the pinned credential "b" is gone; gormes auth use openrouter --auto lifts the pin.\n',
  );
});

test('a pin survives an apply', async () => {
  await using world = await withThree();
  await world.gormes(use('b'));
  world.write('gormes.auth.yaml', 'version: 1\nproviders: {openrouter: {strategy: random}}\n');
  await world.gormes(['auth', 'apply', '--yes']);
  expect((await world.gormes(['auth', 'token', 'openrouter'], SECRET)).stdout).toBe(
    `${world.canary('b')}\n`,
  );
});

test('JSON tells the pin and how it stands', async () => {
  await using world = await withThree();
  await world.gormes(use('a'));
  const run = await world.gormes(use('c', '--json'));
  expect(JSON.parse(run.stdout)).toEqual({
    provider: 'openrouter',
    pinned: { id: world.home.pool('openrouter')[2]?.id, label: 'c' },
    before: 'a',
    state: 'available',
    declared: null,
  });
});

test.each([[[]], [['a', '--auto']]])('%j is refused as usage', async (args) => {
  await using world = await withThree();
  const run = await world.gormes(use(...args));
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain('name a credential, or give --auto');
});
