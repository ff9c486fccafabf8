import { expect, test } from 'vitest';
import { applied, declare } from '../support/declaration.ts';
import { startWorld, type World } from '../support/world.ts';

// What `auth explain` says of the declaration of a place.

async function withPool(): Promise<World> {
  const world = await startWorld();
  for (const name of ['a', 'b']) world.write(name, `${world.canary(name)}\n`);
  world.home.seed({
    xai: ['a', 'theirs', 'spared'].map((label) => ({ label, key: world.canary(label) })),
  });
  return world;
}

const YAML =
  'ignore: [xai/spared]\nproviders: { xai: { pin: b, credentials: { a: { api_key: "file:a" }, b: { api_key: "file:b" } } } }';

const explain = (world: World, ...args: string[]) =>
  world.gormes(['auth', 'explain', 'xai', ...args]);

test('without a declaration there is not a word more', async () => {
  await using world = await withPool();
  const run = await explain(world);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.stdout.split('\n')).toHaveLength(5);
  expect(JSON.parse((await explain(world, '--json')).stdout)).toMatchObject({ declaration: null });
});

test('it tells whose each credential is, what would change, and who is next then', async () => {
  await using world = await withPool();
  declare(world, YAML);
  const before = world.home.hash();
  const run = await explain(world);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.stdout).toBe(`xai  fill_first
→ a       next
  theirs  when 1 other before it can't be used
  spared  when 2 others before it can't be used

By gormes.auth.yaml:
  a       declared, not managed yet
  theirs  not declared, not managed
  spared  ignored
An apply would:
  < a      adopt #${world.home.pool('xai')[0]?.id} is managed from now on (same label)
  + b      add file:b (not in pool)
  ~ order  set a, b, spared, theirs (order changed)
  ~ b      pin used, and no other (declared)
Then the next request uses "b" (pinned).
`);
  expect(world.home.hash()).toBe(before);
  await applied(world);
  const after = await explain(world);
  expect(after.stdout).toContain('xai  pinned to "b"\n');
  expect(after.stdout).toContain('  a       declared\n  b       declared\n');
  expect(after.stdout).toContain('\nAn apply changes nothing here.\n');
});

test('what is dropped, or another declaration’s, is said; so is what changed outside', async () => {
  await using world = await withPool();
  declare(world, YAML);
  await applied(world);
  await world.gormes(['auth', 'use', 'xai', 'theirs']);
  const other = world.write('other.yaml', 'version: 1\nname: other\nproviders: { xai: {} }\n');
  const foreign = await explain(world, '-f', other);
  expect(foreign.stdout).toContain(
    'By other.yaml:\n  a       managed by another declaration (test)',
  );
  expect(foreign.stdout).toContain('An apply changes nothing here.');
  const drifted = await explain(world);
  expect(drifted.stdout).toContain(
    'Changed outside:\n  xai/b  its pin was moved to "theirs" outside\nAn apply would:\n  ~ b  pin ',
  );
  declare(world, 'limits: { keep_one_usable: false }\nproviders: {}');
  const dropped = await explain(world);
  expect(dropped.stdout).toContain('  a       managed, and no longer declared\n');
  expect(dropped.stdout).toContain('Then the next request uses "theirs" (pinned).');
});

test('a plan that is blocked is said to be', async () => {
  await using world = await withPool();
  declare(
    world,
    'limits: { max_removals: 0 }\nproviders: { xai: { credentials: { a: { state: absent } } } }',
  );
  expect((await explain(world)).stdout).toContain(
    'But it is blocked, and does not start: gormes auth plan\n',
  );
});

test('JSON has the same', async () => {
  await using world = await withPool();
  declare(world, YAML);
  const { declaration } = JSON.parse((await explain(world, '--json')).stdout);
  expect(declaration).toMatchObject({
    path: `${world.cwd}/gormes.auth.yaml`,
    credentials: [
      { label: 'a', belongs: 'declared', address: 'xai/a', managed: false },
      { label: 'theirs', belongs: 'unmanaged', address: null, managed: false },
      { label: 'spared', belongs: 'ignored' },
    ],
    drift: [],
    blocked: false,
    after: { strategy: 'fill_first', pin: 'b', next: 'b' },
  });
  expect(declaration.changes.map(({ action }: { action: string }) => action)).toEqual([
    'adopt',
    'add',
    'reorder',
    'use',
  ]);
});

test('what is supposed counts for the time after an apply too', async () => {
  await using world = await withPool();
  declare(world, YAML.replace('pin: b, ', ''));
  const run = await explain(world, '--simulate', '429 on a');
  expect(run.stdout).toContain('Then the next request uses "b" (fill_first).');
});

test('a broken declaration is one line, and no failure', async () => {
  await using world = await withPool();
  const plain = (await explain(world)).stdout;
  declare(world, 'nonsense: 1\nproviders: { openruter: {} }');
  expect(await explain(world)).toEqual({
    exitCode: 0,
    stdout: plain,
    stderr: 'Note: gormes.auth.yaml is left out, it is invalid (2 errors): gormes auth validate\n',
  });
  expect(await explain(world, '-f', 'nowhere.yaml')).toMatchObject({ exitCode: 3, stdout: '' });
});

test('a custom provider that is declared and not yet defined', async () => {
  await using world = await withPool();
  declare(
    world,
    'custom_providers: { lab: { name: Big Lab, base_url: https://lab.example/v1, credentials: { a: { api_key: "file:a" } } } }',
  );
  const run = await world.gormes(['auth', 'explain', 'custom:big-lab']);
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toBe(`custom:big-lab  fill_first
  no credentials

By gormes.auth.yaml:
An apply would:
  + definition  define https://lab.example/v1 (not in config.yaml)
  + a           add file:a (not in pool)
Then the next request uses "a" (fill_first).
`);
  expect(await world.gormes(['auth', 'explain', 'custom:small-lab'])).toMatchObject({
    exitCode: 1,
  });
});

test('what a profile inherits is nobody’s here, and counts until it has something of its own', async () => {
  await using world = await withPool();
  world.home.write('profiles/coder/config.yaml', '');
  declare(world, 'providers: { xai: { strategy: random } }');
  const inherited = await explain(world, '-p', 'coder');
  expect(inherited.stdout).toContain('one of 3, by chance');
  expect(inherited.stdout).not.toContain('managed');
  declare(world, 'providers: { xai: { credentials: { mine: { api_key: "file:b" } } } }');
  expect((await explain(world, '-p', 'coder')).stdout).toContain(
    'Then the next request uses "mine" (fill_first).',
  );
});

test('a declaration for other homes is none for this one', async () => {
  await using world = await withPool();
  declare(world, `homes: [coder]\n${YAML}`);
  expect((await explain(world)).stdout).not.toContain('gormes.auth.yaml');
});

test('no program is started, and no text of a declaration can move the cursor', async () => {
  await using world = await withPool();
  world.program('vault', {});
  declare(
    world,
    'providers: { xai: { credentials: { a: { api_key: { command: [vault] } } } }, gemini: { credentials: { g: { api_key: { command: [vault] } } } } }',
  );
  expect((await explain(world)).stdout).toContain('adopt');
  expect(world.calls('vault')).toEqual([]);
  world.write('a\u001b[31mb.yaml', 'version: 1\nproviders: {}\n');
  expect((await explain(world, '-f', 'a\u001b[31mb.yaml')).stdout).toContain(
    'By a\\x1b[31mb.yaml:',
  );
});
