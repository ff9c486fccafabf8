import { expect, test } from 'vitest';
import { startWorld } from '../support/world.ts';

test('every provider is shown with its other names, endpoints of the home last', async () => {
  await using world = await startWorld();
  world.home.write(
    'config.yaml',
    'custom_providers: [{ name: Lab, base_url: https://lab.example/v1, key_env: LAB_KEY }]\n',
  );
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'providers']);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.stdout).toContain(
    'openrouter           OpenRouter                             API key\n' +
      '                     also or, open-router\n' +
      '                     reads OPENROUTER_API_KEY\n',
  );
  expect(run.stdout).toContain('                     gormes auth spotify\n');
  expect(run.stdout.split('\n').slice(-3)).toEqual([
    'custom:lab           Lab                                    API key',
    '                     reads LAB_KEY',
    '',
  ]);
  const { providers } = JSON.parse((await world.gormes(['auth', 'providers', '--json'])).stdout);
  expect(providers).toContainEqual({
    id: 'spotify',
    name: 'Spotify',
    aliases: [],
    types: [],
    variables: [],
    instead: 'gormes auth spotify',
  });
  expect(world.home.hash()).toBe(before);
});

test.each([
  ['add', ['auth', 'add', 'nope'], 'Unknown provider: nope'],
  ['list', ['auth', 'list', 'nope'], 'Unknown provider: nope'],
  ['token', ['auth', 'token', 'nope'], 'error: no provider is called "nope" [unknown_provider]'],
  ['use', ['auth', 'use', 'nope', '1'], 'error: no provider is called "nope" [unknown_provider]'],
  [
    'exec',
    ['auth', 'exec', 'nope', '--', 'x'],
    'error: no provider is called "nope" [unknown_provider]',
  ],
])(
  'an unknown provider is answered with what lists them, on an empty home too: %s',
  async (_name, args, head) => {
    await using world = await startWorld();
    expect(await world.gormes(args)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `${head}\nhint: gormes auth providers shows every provider\n`,
    });
  },
);

test('commands that Hermes does not have say an error as all others do', async () => {
  await using world = await startWorld();
  world.home.seed({
    xai: [
      { label: 'a', id: 'aaaaaa', key: world.canary('a') },
      { label: 'a', id: 'bbbbbb', key: world.canary('b') },
    ],
  });
  const stderrOf = async (...args: string[]): Promise<string> => (await world.gormes(args)).stderr;
  expect(await stderrOf('auth', 'token', 'xia')).toBe(
    'error: no provider is called "xia" [unknown_provider]\nhint: did you mean "xai"?\n',
  );
  expect(await stderrOf('auth', 'use', 'xai', 'zzz')).toBe(
    'error: xai has no credential "zzz" [target_not_found]\nhint: gormes auth list xai\n',
  );
  expect(await stderrOf('auth', 'token', 'xai', '--label', 'a')).toBe(
    'error: 2 credentials of xai are labelled "a": name one by position or id [ambiguous_target]\n' +
      'hint: the ids are aaaaaa (#1), bbbbbb (#2)\n',
  );
  expect(await stderrOf('-p', 'gone', 'auth', 'token', 'xai')).toBe(
    'error: there is no profile "gone": hermes makes profiles [profile_not_found]\n',
  );
});
