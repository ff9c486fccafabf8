import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

function other(world: World, name = 'other.yaml'): string {
  world.write('x.key', `${world.canary('x')}\n`);
  return world.write(
    name,
    'version: 1\nproviders: { xai: { credentials: { a: { api_key: "file:x.key" } } } }\n',
  );
}

test.each([
  ['validate', ['auth', 'validate']],
  ['plan', ['auth', 'plan', '--json']],
  ['plan against a snapshot', ['auth', 'plan', '--against', 'snapshot.json']],
  ['fmt', ['auth', 'fmt', '--check']],
  ['trust', ['auth', 'trust']],
])('a file is named as an argument or with -f alike: %s', async (_name, args) => {
  await using world = await startWorld();
  other(world);
  world.write('snapshot.json', (await world.gormes(['auth', 'snapshot'])).stdout);
  const run = await world.gormes([...args, 'other.yaml']);
  expect(run).toMatchObject({ exitCode: 0 });
  expect(await world.gormes([...args, '-f', 'other.yaml'])).toEqual(run);
});

test('an argument is standard input where it is a hyphen', async () => {
  await using world = await startWorld();
  const input = readFileSync(other(world), 'utf8');
  const run = await world.gormes(['auth', 'validate', '-'], { input });
  expect(run).toMatchObject({ exitCode: 0, stdout: 'standard input is valid.\n' });
});

test('fmt lays out the file that is its argument', async () => {
  await using world = await startWorld();
  const file = world.write('other.yaml', 'version: 1 # one\n\n\nname: n\n');
  expect(await world.gormes(['auth', 'fmt', 'other.yaml'])).toMatchObject({ exitCode: 0 });
  expect(readFileSync(file, 'utf8')).toBe('version: 1 # one\n\nname: n\n');
});

test('an argument of apply that is called like a declaration is one, and needs its yes', async () => {
  await using world = await startWorld();
  other(world);
  const asked = await world.gormes(['auth', 'apply', 'other.yaml']);
  expect(asked).toMatchObject({ exitCode: 5 });
  expect(asked.stderr).toContain('[needs_confirmation]');
  expect(world.home.exists('auth.json')).toBe(false);
  const run = await world.gormes(['auth', 'apply', 'other.yaml', '--yes']);
  expect(run).toMatchObject({ exitCode: 0 });
  expect(world.home.pool('xai')).toMatchObject([{ label: 'a' }]);
});

test('an argument of apply with another name is a saved plan, and nothing else', async () => {
  await using world = await startWorld();
  world.write('x.key', `${world.canary('x')}\n`);
  world.write('other.json', '{"version": 1}\n');
  expect(await world.gormes(['auth', 'apply', 'other.json', '--yes'])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr:
      'error: other.json is no saved plan [plan_not_understood]\n' +
      'hint: a declaration is planned or applied with -f: gormes auth plan -f other.json\n',
  });
});

test.each([
  ['twice', ['auth', 'plan', '-f', 'other.yaml', 'other.yaml'], 'give one of them [usage]'],
  ['two files', ['auth', 'validate', 'a.yaml', 'b.yaml'], 'with -f FILE'],
  ['beside a provider', ['auth', 'explain', 'xai', 'other.yaml'], 'with -f FILE'],
])('a second file is refused with what names one: %s', async (_name, args, text) => {
  await using world = await startWorld();
  other(world);
  const run = await world.gormes(args);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain(text);
});
