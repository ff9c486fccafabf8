import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applied, lines, planned } from '../support/declaration.ts';
import { startWorld } from '../support/world.ts';

test('a dump of a grown home says where references were guessed, and planning it only adopts', async () => {
  await using world = await startWorld();
  const known = world.canary('known');
  world.home.seed(
    {
      openrouter: [
        { label: 'OPENROUTER_API_KEY', key: '', source: 'env:OPENROUTER_API_KEY', id: '0a0a0a' },
        { label: 'work', key: known, id: '1b1b1b' },
        { label: 'lost', key: world.canary('lost'), id: '2c2c2c' },
        { label: 'twice', key: world.canary('t1'), id: '3d3d3d' },
        { label: 'twice', key: world.canary('t2'), id: '4e4e4e' },
      ],
    },
    { suppressed_sources: { anthropic: ['claude_code'] } },
  );
  world.home.write('.env', `OPENROUTER_API_KEY=${world.canary('own')}\nWORK_KEY=${known}\n`);
  world.home.write(
    'config.yaml',
    'model: { provider: openrouter, default: m }\ncredential_pool_strategies: { openrouter: fill_first }\n',
  );
  const before = world.home.hash();
  const dump = await world.gormes(['auth', 'dump']);
  expect(world.home.hash()).toBe(before);
  expect(dump.stderr).toBe(
    '3 credentials declared, 1 with a reference to be written (todo:), 2 left out, as comments say.\n',
  );
  expect(
    dump.stdout,
  ).toBe(`# What ~/.hermes holds, written by gormes auth dump. No secret stands in it.
# Where it says todo: a reference is still to be written; until then the key stays as it is.
version: 1

model: { provider: openrouter, default: m }

providers:
  anthropic:
    sources:
      claude_code: suppress
  openrouter:
    strategy: fill_first
    credentials:
      OPENROUTER_API_KEY: { api_key: env:OPENROUTER_API_KEY } # Hermes reads this variable itself
      work: { api_key: env:WORK_KEY } # guessed: this variable holds the same key
      lost: { api_key: "todo:" } # where is this key kept? For example "file:PATH" or "op://vault/item/field"

ignore:
  - openrouter/twice # its label stands twice
`);
  const file = world.write('gormes.auth.yaml', dump.stdout);
  expect(await world.gormes(['auth', 'fmt', '--check'])).toMatchObject({ exitCode: 0, stdout: '' });
  expect(lines(await planned(world))).toEqual([
    'adopt openrouter/OPENROUTER_API_KEY source_matches',
    'adopt openrouter/work label_matches',
    'adopt openrouter/lost label_matches',
  ]);
  await applied(world);
  expect(readFileSync(file, 'utf8')).toBe(dump.stdout);
  const again = await world.gormes(['auth', 'dump', '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({ declared: 3, todo: ['openrouter/lost'] });
});

test('an empty home is dumped as an empty declaration, and not created', async () => {
  await using world = await startWorld();
  const dump = await world.gormes(['auth', 'dump']);
  expect(dump.exitCode).toBe(0);
  world.write('gormes.auth.yaml', dump.stdout);
  expect(await planned(world)).toMatchObject({ empty: true });
  expect(world.home.hash()).toBe('absent');
});

test('fmt writes in place and keeps comments and the mode; --check writes nothing and exits 2', async () => {
  await using world = await startWorld();
  const loose =
    'version: 1 # one\n\n\nproviders:\n    xai:\n        credentials: {a: {state: absent}}  \n';
  const file = world.write('gormes.auth.yaml', loose);
  const check = await world.gormes(['auth', 'fmt', '--check']);
  expect(check).toMatchObject({ exitCode: 2 });
  expect(check.stdout).toContain('is not formatted');
  expect(readFileSync(file, 'utf8')).toBe(loose);
  const { mode } = statSync(file);
  expect(await world.gormes(['auth', 'fmt'])).toMatchObject({ exitCode: 0 });
  expect(readFileSync(file, 'utf8')).toBe(
    'version: 1 # one\n\nproviders:\n  xai:\n    credentials: { a: { state: absent } }\n',
  );
  expect(statSync(file).mode).toBe(mode);
  expect(await world.gormes(['auth', 'fmt', '--check'])).toMatchObject({ exitCode: 0 });
});

test('fmt -f - is a filter, and an included file needs no version', async () => {
  await using world = await startWorld();
  const input = 'providers:\n    xai: {credentials: {a: {state: absent}}}\n';
  expect(await world.gormes(['auth', 'fmt', '-f', '-'], { input })).toMatchObject({
    exitCode: 0,
    stdout: 'providers:\n  xai: { credentials: { a: { state: absent } } }\n',
  });
});

test('fmt refuses a file that is no YAML, or that holds a key, and prints neither', async () => {
  await using world = await startWorld();
  const key = world.canary('literal');
  for (const text of ['a: {\n', `version: 1\nx:   ${key}\n`]) {
    const run = await world.gormes(['auth', 'fmt', '-f', '-'], { input: text });
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
  }
  expect(world.home.hash()).toBe('absent');
  expect(() => statSync(join(world.cwd, 'gormes.auth.yaml'))).toThrow();
});
