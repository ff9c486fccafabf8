import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apiKeysAndLogin } from '../support/homes.ts';
import { startWorld, type World } from '../support/world.ts';

const WRITERS: readonly (readonly string[])[] = [
  ['auth', 'add', 'xai', '--label', 'x'],
  ['auth', 'remove', 'anthropic', '1'],
  ['auth', 'reset', 'anthropic'],
  ['auth', 'logout', 'nous'],
  ['auth', 'apply', '--yes'],
];
const READERS: readonly (readonly string[])[] = [
  ['auth', 'list'],
  ['auth', 'status', 'nous'],
  ['auth', 'plan'],
];

/** Stores that must not be taken for an empty one (design §2). */
const stores: readonly { readonly name: string; readonly text: string; readonly place?: string }[] =
  [
    { name: 'not JSON', text: '{ "version": 1, oops', place: ':1:17' },
    { name: 'cut in the middle', text: apiKeysAndLogin.auth.slice(0, 700) },
    { name: 'empty', text: '' },
    { name: 'an empty object', text: '{}' },
    { name: 'a list', text: '[]' },
    { name: 'null', text: 'null' },
    { name: 'an object that is no store', text: '{"version": 1}' },
    { name: 'a pool that is a list', text: '{"version": 1, "credential_pool": []}' },
  ];

async function worldWith(text: string): Promise<World> {
  const world = await startWorld();
  world.home.write('auth.json', text);
  world.write('k', `${world.canary('key')}\n`);
  world.write(
    'gormes.auth.yaml',
    'version: 1\nproviders: { xai: { credentials: { a: { api_key: "file:k" } } } }\n',
  );
  return world;
}

test.each(stores)(
  'a store that is $name: every command fails and leaves its bytes',
  async ({ text, place }) => {
    await using world = await worldWith(text);
    const before = world.home.hash();
    for (const args of [...READERS, ...WRITERS]) {
      const run = await world.gormes(args, { input: 'key-for-nothing' });
      expect(run, args.join(' ')).toMatchObject({ exitCode: 1, stdout: '' });
      expect(run.stderr).toMatch(/^error: .+ \[auth_not_understood\]\n/);
      expect(run.stderr).toContain('auth.json');
      expect(run.stderr).toContain('hint: ');
      if (place !== undefined) expect(run.stderr).toContain(place);
      expect(world.home.hash(), args.join(' ')).toBe(before);
    }
  },
);

test('a store of a newer version is read, and no command writes it', async () => {
  await using world = await worldWith(apiKeysAndLogin.auth.replace('"version": 1', '"version": 2'));
  const before = world.home.hash();
  expect((await world.gormes(['auth', 'list'])).stdout).toContain('anthropic (2 credentials):');
  for (const args of WRITERS.slice(0, 4)) {
    const run = await world.gormes(args, { input: 'key-for-nothing' });
    expect(run, args.join(' ')).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain('[auth_newer_version]');
    expect(world.home.read('auth.json')).toBe(
      apiKeysAndLogin.auth.replace('"version": 1', '"version": 2'),
    );
  }
  expect(await world.gormes(['auth', 'apply', '--yes'])).toMatchObject({ exitCode: 4 });
  expect(world.home.hash(), 'not even a lock file aside').toBeDefined();
  expect(before).toBeDefined();
});

test('a directory in the place of the store is named as such', async () => {
  await using world = await startWorld();
  mkdirSync(world.home.path('auth.json'), { recursive: true });
  for (const args of [
    ['auth', 'list'],
    ['auth', 'add', 'xai', '--api-key', 'not-secret'],
  ]) {
    const run = await world.gormes(args);
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toMatch(/directory/);
  }
});

test('a home that may not be written is read; writing says why, before anything is asked', async () => {
  await using world = await worldWith(apiKeysAndLogin.auth);
  // The tests may run as root, whom modes do not stop; a file in the place of the home does.
  world.write('plain', 'a file');
  const run = await world.gormes(['--home', `${world.cwd}/plain`, 'auth', 'add', 'xai'], {
    input: 'not-a-secret',
  });
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toMatch(/^error: /);
  chmodSync(world.home.dir, 0o500);
  expect((await world.gormes(['auth', 'list'])).exitCode).toBe(0);
  chmodSync(world.home.dir, 0o700);
});

test('a lock that is held past the limit ends with exit 7 and names the holder', async () => {
  await using world = await worldWith(apiKeysAndLogin.auth);
  world.home.write('auth.lock', '');
  const holder = spawn(
    'flock',
    [world.home.path('auth.lock'), 'sh', '-c', 'echo held; exec sleep 60'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    },
  );
  try {
    await once(holder.stdout, 'data');
    const before = world.home.read('auth.json');
    const run = await world.gormes(['--lock-timeout', '0.2', 'auth', 'add', 'xai'], {
      input: world.canary('late'),
    });
    expect(run).toMatchObject({ exitCode: 7, stdout: '' });
    expect(run.stderr).toContain('[home_locked]');
    expect(world.home.read('auth.json')).toBe(before);
    expect(await world.gormes(['auth', 'list']), 'reading needs no lock').toMatchObject({
      exitCode: 0,
    });
  } finally {
    process.kill(-(holder.pid ?? 0));
  }
});

test('five mistakes are five diagnostics with places, exit 3, and nothing is touched', async () => {
  await using world = await startWorld();
  world.write(
    'gormes.auth.yaml',
    `version: 1
providers:
  openruter: { credentials: { a: { api_key: "env:A" } } }
  xai:
    strategy: fastest
    credentials:
      a: { api_key: "${world.canary('literal', 'xai-')}" }
      b: { api_key: "vualt:x#y" }
      c: { type: oauth, api_key: "env:C" }
`,
  );
  for (const args of [
    ['auth', 'validate'],
    ['auth', 'plan'],
    ['auth', 'apply', '--yes'],
  ]) {
    const run = await world.gormes(args);
    expect(run.exitCode, args.join(' ')).toBe(3);
    const text = run.stdout + run.stderr;
    expect(
      [...text.matchAll(/gormes\.auth\.yaml:(\d+):\d+/g)].map((match) => Number(match[1])),
    ).toEqual([3, 5, 7, 8, 9]);
    expect(text).toContain('openrouter');
  }
  expect(world.home.hash()).toBe('absent');
});

test('a plan that would change a config.yaml which is damaged elsewhere is refused, nothing is half done', async () => {
  await using world = await startWorld();
  world.home.write('config.yaml', 'agent: [\n');
  world.write('k', `${world.canary('key')}\n`);
  world.write(
    'gormes.auth.yaml',
    'version: 1\nproviders: { xai: { strategy: random, credentials: { a: { api_key: "file:k" } } } }\n',
  );
  for (const command of [['plan'], ['apply', '--yes']]) {
    const run = await world.gormes(['auth', ...command]);
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain('[config_not_understood]');
  }
  expect(world.home.exists('auth.json')).toBe(false);
});
