import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { declare, lines, planned } from '../support/declaration.ts';
import { startWorld, type World } from '../support/world.ts';

function text(world: World, name = 'gormes.auth.yaml'): string {
  return readFileSync(join(world.cwd, name), 'utf8');
}

const add = (label: string, ...more: string[]) => [
  ...['auth', 'add', 'openrouter', '--type', 'api-key', '--label', label],
  ...more,
];

test('add --save writes the credential under the block of its provider, comments kept', async () => {
  await using world = await startWorld();
  declare(
    world,
    `# mine
providers:
  or: # an alias
    credentials:
      a: { state: absent } # not any more
`,
  );
  const run = await world.gormes(add('work', '--save'), { input: world.canary('k') });
  expect(run.exitCode).toBe(0);
  expect(run.stderr).toContain('in place of todo:');
  expect(text(world)).toBe(`version: 1
name: test
# mine
providers:
  or: # an alias
    credentials:
      a: { state: absent } # not any more
      work:
        api_key: "todo:"
`);
  expect(lines(await planned(world))).toEqual(['adopt openrouter/work label_matches']);
});

test('add --save makes the block that is missing, in the main file', async () => {
  await using world = await startWorld();
  declare(world, 'providers: {}\n');
  await world.gormes(add('work', '--save'), { input: world.canary('k') });
  expect(lines(await planned(world))).toEqual(['adopt openrouter/work label_matches']);
});

test('remove --save takes it out of the included file that holds it', async () => {
  await using world = await startWorld();
  world.home.seed({ openrouter: [{ label: 'b', key: world.canary('b') }] });
  declare(world, 'include: [part.yaml]\nproviders: { xai: {} }\n');
  world.write(
    'part.yaml',
    'providers:\n  openrouter:\n    credentials:\n      a: { api_key: "prompt:" } # keep\n      b: { api_key: "prompt:" } # goes\n',
  );
  const main = text(world);
  expect(await world.gormes(['auth', 'remove', 'openrouter', 'b', '--save'])).toMatchObject({
    exitCode: 0,
  });
  expect(text(world)).toBe(main);
  expect(text(world, 'part.yaml')).toBe(
    'providers:\n  openrouter:\n    credentials:\n      a: { api_key: "prompt:" } # keep\n',
  );
});

test('remove --save takes its pin out too', async () => {
  await using world = await startWorld();
  world.home.seed({ openrouter: [{ label: 'b', key: world.canary('b') }] });
  declare(
    world,
    'providers:\n  openrouter:\n    pin: b # for now\n    credentials:\n      a: { api_key: "prompt:" }\n      b: { api_key: "todo:" }\n',
  );
  expect(await world.gormes(['auth', 'remove', 'openrouter', 'b', '--save'])).toMatchObject({
    exitCode: 0,
  });
  expect(text(world)).toBe(
    'version: 1\nname: test\nproviders:\n  openrouter:\n    credentials:\n      a: { api_key: "prompt:" }\n',
  );
});

test('what is declared already stays as it is', async () => {
  await using world = await startWorld();
  declare(world, 'providers: { openrouter: { credentials: { work: { api_key: "prompt:" } } } }\n');
  const before = text(world);
  const run = await world.gormes(add('work', '--save'), { input: world.canary('k') });
  expect(run.stderr).toContain('says so already');
  expect(text(world)).toBe(before);
});

test('without a declaration --save stops before anything is added', async () => {
  await using world = await startWorld();
  const run = await world.gormes(add('work', '--save'), { input: world.canary('k') });
  expect(run).toMatchObject({ exitCode: 3, stdout: '' });
  expect(world.home.hash()).toBe('absent');
});

test('an anchor in the way is refused, with what to do; the pool has its entry', async () => {
  await using world = await startWorld();
  declare(
    world,
    'providers:\n  openrouter: { credentials: &x { a: { api_key: "prompt:" } } }\n  xai: { credentials: *x }\n',
  );
  const before = text(world);
  const run = await world.gormes(add('work', '--save'), { input: world.canary('k') });
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('[save_refused]');
  expect(text(world)).toBe(before);
  expect(world.home.pool('openrouter')).toHaveLength(1);
});
