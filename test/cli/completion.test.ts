import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

/** The values that are proposed for the last word of a line. */
async function proposed(world: World, line: readonly string[]): Promise<string[]> {
  const run = await world.gormes(['__complete', '--', ...line]);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  return run.stdout.split('\n').flatMap((text) => (text === '' ? [] : [text.split('\t')[0] ?? '']));
}

async function poolWorld(): Promise<World> {
  const world = await startWorld();
  world.home.seed({
    openrouter: [
      { label: 'work', key: world.canary('work') },
      { label: 'old\u001b[31m', key: world.canary('old') },
    ],
  });
  return world;
}

test.each([
  ['commands', ['auth', 'pl'], ['plan']],
  ['first words, hidden ones left out', ['log'], ['logout']],
  ['words of a group', ['mcp', ''], ['login', 'logout']],
  ['live providers', ['auth', 'remove', ''], ['openrouter']],
  ['any provider where one is added', ['auth', 'add', 'openr'], ['openrouter']],
  ['labels by alias, without control characters', ['auth', 'remove', 'or', ''], ['work']],
  ['labels of an option', ['auth', 'token', 'openrouter', '--label', ''], ['work']],
  ['options', ['auth', 'plan', '--det'], ['--detailed-exitcode']],
  ['global options', ['auth', 'list', '--lock'], ['--lock-timeout']],
  ['choices', ['auth', 'token', '--format', 'h'], ['header']],
  ['choices behind =', ['auth', 'token', '--format=h'], ['--format=header']],
  ['addresses', ['auth', 'exec', 'openrouter/'], ['openrouter/work']],
  ['files', ['auth', 'plan', '-f', ''], [':files']],
  ['files behind --', ['auth', 'exec', 'openrouter', '--', ''], [':files']],
  ['nothing for a value that only a person knows', ['auth', 'add', 'xai', '--label', ''], []],
  ['nothing behind an unknown command', ['auth', 'nothing', ''], []],
  ['nothing behind a global option that lacks its value', ['--home'], ['--home']],
])('proposes %s', async (_name, line, expected) => {
  await using world = await poolWorld();
  expect(await proposed(world, line)).toEqual(expected);
});

test('a home on the line is the one that is asked', async () => {
  await using world = await poolWorld();
  expect(await proposed(world, ['--home', '/nowhere', 'auth', 'remove', ''])).toEqual([]);
  expect(await proposed(world, ['-p', 'none', 'auth', 'remove', ''])).toEqual([]);
});

test('profiles are proposed by name', async () => {
  await using world = await poolWorld();
  world.home.write('profiles/coder/auth.json', '{"version":1}');
  expect(await proposed(world, ['-p', 'c'])).toEqual(['coder']);
});

test('nothing is created, and a broken home proposes nothing', async () => {
  await using world = await startWorld();
  expect(await proposed(world, ['auth', 'remove', ''])).toEqual([]);
  expect(world.home.hash()).toBe('absent');
  world.home.write('auth.json', '{ not json');
  const before = world.home.hash();
  expect(await proposed(world, ['auth', 'remove', ''])).toEqual([]);
  expect(world.home.hash()).toBe(before);
});

test('a shell that is not known is a mistake', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['completion', 'powershell']);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain('completion takes bash, zsh or fish');
});
