import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { golden } from '../support/golden.ts';
import { apiKeysAndLogin, aprilHome, environmentReferences } from '../support/homes.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

const dir = mkdtempSync(join(tmpdir(), 'gormes-world-test-'));
const program = join(dir, 'program.mjs');
writeFileSync(
  program,
  `import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const [verb, a, b] = process.argv.slice(2);
const home = process.env.HERMES_HOME;
if (verb === 'print') process.stdout.write(a);
if (verb === 'warn') process.stderr.write(a);
if (verb === 'write') { mkdirSync(home, { recursive: true }); writeFileSync(home + '/' + a, b); }
if (verb === 'stdin') process.stdout.write(String(readFileSync(0, 'utf8').length));
if (verb === 'env') process.stdout.write(JSON.stringify(process.env));
if (verb === 'run') process.stdout.write(spawnSync(a, [b], { encoding: 'utf8' }).stdout);
if (verb === 'give') spawnSync(a, { env: { ...process.env, KEY: b } });
if (verb === 'wait') { process.stdout.write('ready'); setInterval(() => {}, 1000); }
if (verb === 'where') process.stdout.write('home ' + home + ' in ' + process.cwd());
process.exitCode = verb === 'fail' ? 3 : 0;
`,
);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const start = (options: WorldOptions = {}): Promise<World> => startWorld({ program, ...options });

const FORMS: readonly [form: string, text: (key: string) => string][] = [
  ['raw', (key) => `key is ${key}.`],
  ['a part of 12 characters', (key) => key.slice(20, 32)],
  ['base64', (key) => Buffer.from(key).toString('base64')],
  ['base64 of Basic authorization', (key) => Buffer.from(`user:${key}`).toString('base64')],
  ['base64url', (key) => Buffer.from(`x?>${key}?>`).toString('base64url')],
  ['hex', (key) => Buffer.from(key).toString('hex').toUpperCase()],
];

test.each(FORMS)('a leak on stdout is found: %s', async (_form, text) => {
  await using world = await start();
  const key = world.canary('k1');
  await expect(world.gormes(['print', text(key)])).rejects.toThrow(/leaked k1 .* in stdout/);
  const run = await world.gormes(['print', text(key)], { allowSecretOnStdout: true });
  expect(run).toEqual({ exitCode: 0, stdout: text(key), stderr: '' });
  await expect(world.gormes(['warn', text(key)], { allowSecretOnStdout: true })).rejects.toThrow(
    /leaked k1 .* in stderr/,
  );
});

test.each([
  ['URL-encoded', encodeURIComponent],
  ['JSON-escaped', (text: string) => JSON.stringify(text)],
])('a leak of a secret with odd characters is found: %s', async (_form, encode) => {
  await using world = await start();
  const secret = world.secret('pem', '/+\n"/+\n"/+\n');
  await expect(world.gormes(['print', encode(secret)])).rejects.toThrow('leaked pem');
});

test('a secret may stand in the store and in what the test wrote, and nowhere else', async () => {
  await using world = await start();
  const key = world.canary('k1');
  world.home.write('notes.txt', key);
  world.write('~/.secrets/key', key);
  await world.gormes(['write', 'auth.json', key]);
  await expect(world.gormes(['write', 'auth.json.bak', key])).rejects.toThrow('auth.json.bak');
  world.allowSecretIn(world.home.path('auth.json.bak'));
  await world.gormes(['print', 'fine']);
  await expect(world.gormes(['write', key, 'x'])).rejects.toThrow('leaked k1');
});

test('a secret in the argv or the environment of a child is found', async () => {
  await using world = await start();
  world.program('op', { stdout: 'answer', exitCode: 0 });
  const key = world.canary('k1');
  expect((await world.gormes(['run', 'op', 'read'])).stdout).toBe('answer');
  expect(world.calls('op')).toMatchObject([{ name: 'op', argv: ['read'] }]);
  await world.gormes(['give', 'op', key], { allowSecretInChildEnv: true });
  await expect(world.gormes(['print', ''])).rejects.toThrow('leaked k1 (raw) in environment of op');
  await expect(world.gormes(['run', 'op', key], { allowSecretInChildEnv: true })).rejects.toThrow(
    'leaked k1 (raw) in argv of op',
  );
});

test('the program finds a clean environment', async () => {
  await using world = await start({ env: { MORE: '1' } });
  const { stdout } = await world.gormes(['env'], { env: { TZ: undefined, ONCE: '2' } });
  const names = Object.keys(JSON.parse(stdout)).sort();
  expect(names).toEqual([
    'AWS_EC2_METADATA_DISABLED',
    'HERMES_HOME',
    'HOME',
    'HTTPS_PROXY',
    'HTTP_PROXY',
    'LANG',
    'MORE',
    'ONCE',
    'PATH',
    'TERM',
    'TMPDIR',
    'XDG_CACHE_HOME',
  ]);
});

test('input, exit code and signals pass', async () => {
  await using world = await start();
  expect((await world.gormes(['stdin'], { input: 'four' })).stdout).toBe('4');
  expect((await world.gormes(['stdin'])).stdout).toBe('0');
  expect((await world.gormes(['fail'])).exitCode).toBe(3);
  const running = world.start(['wait']);
  await running.printed('ready');
  running.child.kill('SIGTERM');
  expect((await running.done).exitCode).toBeNull();
  await expect(world.start(['fail']).printed('never')).rejects.toThrow('ended before it printed');
});

test('a world leaves nothing behind', async () => {
  let root = '';
  {
    await using world = await start({ hosts: {} });
    root = dirname(world.userHome);
    world.start(['wait']);
    expect(existsSync(root)).toBe(true);
  }
  expect(existsSync(root)).toBe(false);
});

test('the hash of a home sees content, mode and names, and its absence', async () => {
  await using world = await start();
  expect(world.home.hash()).toBe('absent');
  world.home.seed({ openrouter: [{ label: 'work', key: world.canary('k1') }] });
  const seeded = world.home.hash();
  expect(world.home.hash()).toBe(seeded);
  world.home.write('auth.json', world.home.read('auth.json'), 0o644);
  const opened = world.home.hash();
  world.home.write('.env', '');
  expect(new Set([seeded, opened, world.home.hash()]).size).toBe(3);
});

test('a seeded entry is a row of Hermes', async () => {
  await using world = await start();
  world.home.seed({ openrouter: [{ label: 'work', key: 'k', raw: { request_count: 4 } }] });
  expect(world.home.pool('openrouter')).toEqual([
    {
      id: '4bca2c',
      label: 'work',
      auth_type: 'api_key',
      priority: 0,
      source: 'manual',
      access_token: 'k',
      last_status: null,
      last_status_at: null,
      last_error_code: null,
      last_error_reason: null,
      last_error_message: null,
      last_error_reset_at: null,
      base_url: 'https://openrouter.ai/api/v1',
      request_count: 4,
    },
  ]);
  expect(world.home.pool('zai')).toEqual([]);
});

test('a golden file stands for the bytes with its places put in', async () => {
  await using world = await start();
  const { stdout } = await world.gormes(['where']);
  expect(stdout).toEqual(golden('world.txt', world.values));
});

test('the example homes parse', () => {
  for (const home of [apiKeysAndLogin, environmentReferences, aprilHome]) {
    expect(JSON.parse(home.auth)).toMatchObject({ version: 1 });
    expect(home.env).toMatch(/\n$/);
    expect(home.config).toMatch(/\n$/);
  }
});
