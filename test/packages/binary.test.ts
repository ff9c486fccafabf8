/** The single-file executable, where there is neither Node nor node_modules. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const repo = new URL('../../', import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8'));

let root: string;
let cwd: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gormes-binary-test-'));
  const build = spawnSync(
    process.execPath,
    [join(repo, 'scripts/build-binary.mjs'), join(root, 'gormes')],
    { encoding: 'utf8' },
  );
  expect(build, build.stderr).toMatchObject({ status: 0 });
}, 180_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeEach(() => {
  for (const dir of ['user', 'tmp', 'work']) {
    rmSync(join(root, dir), { recursive: true, force: true });
    mkdirSync(join(root, dir));
  }
  cwd = join(root, 'work');
});

function gormes(args: readonly string[], input = '', more: Readonly<Record<string, string>> = {}) {
  const own = { PATH: join(root, 'nothing'), HOME: join(root, 'user'), TMPDIR: join(root, 'tmp') };
  const env = { ...own, ...more };
  return spawnSync(join(root, 'gormes'), args, { cwd, env, input, encoding: 'utf8' });
}

test('it tells its version, and lists a home that is not there yet', () => {
  expect(gormes(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  expect(gormes(['auth', 'list'])).toMatchObject({ status: 0, stdout: '' });
});

test('it writes under the lock, and leaves no file of its own behind', () => {
  const added = gormes(['auth', 'add', 'xai'], 'key-1\n');
  expect(added, added.stderr).toMatchObject({ status: 0 });
  expect(gormes(['auth', 'list']).stdout).toContain('api-key-1');
  expect(readdirSync(join(root, 'tmp'))).toEqual([]);
});

test('it waits for a lock that another program holds', () => {
  gormes(['auth', 'add', 'xai'], 'key-1\n');
  const lock = join(root, 'user/.hermes/auth.lock');
  const line = '"$0" --lock-timeout 0 auth add xai --api-key -';
  const env = { PATH: '/usr/bin:/bin', HOME: join(root, 'user'), TMPDIR: join(root, 'tmp') };
  const held = spawnSync('flock', [lock, 'sh', '-c', line, join(root, 'gormes')], {
    cwd,
    env,
    input: 'key-2\n',
    encoding: 'utf8',
  });
  expect(held.stderr).toContain('[home_locked]');
  expect(held.status).toBe(7);
});

test('files of the folder that it is started in change neither its environment nor its code', () => {
  const other = join(root, 'work/other');
  writeFileSync(join(cwd, '.env'), `HERMES_HOME=${other}\n`);
  writeFileSync(join(cwd, 'bunfig.toml'), 'preload = ["./strange.js"]\n');
  writeFileSync(join(cwd, 'strange.js'), 'console.log("strange"); process.exit(9);\n');
  const added = gormes(['auth', 'add', 'xai'], 'key-1\n');
  expect(added).toMatchObject({ status: 0, stdout: 'Added xai credential #1: "api-key-1"\n' });
  expect(readdirSync(cwd).sort()).toEqual(['.env', 'bunfig.toml', 'strange.js']);
});

test('where nothing can be written for a moment, it says so', () => {
  const closed = { HOME: '/proc', TMPDIR: '/proc' };
  const refused = gormes(['auth', 'add', 'xai', '--home', join(cwd, 'home')], 'key-1\n', closed);
  expect(refused.stderr).toContain(
    'cannot be loaded: no such file or directory [lock_unsupported]',
  );
  expect(refused.status).toBe(1);
  // The home is the second place to try.
  const added = gormes(['auth', 'add', 'xai'], 'key-1\n', { TMPDIR: '/proc' });
  expect(added, added.stderr).toMatchObject({ status: 0 });
});
