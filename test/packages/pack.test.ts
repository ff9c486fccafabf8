/** What `npm pack` ships, installed as a user installs it: in an empty folder, without scripts. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesUnder } from '../support/test-home.ts';

/** Bytes that we promise at most: the program itself, and all that an install brings. */
const LARGEST_BUNDLE = 2_000_000;
const LARGEST_INSTALL = 15_000_000;

const repo = new URL('../../', import.meta.url).pathname;
/** What a build and a package need of the checkout. */
const INPUTS = ['docs', 'examples', 'man', 'schema', 'scripts', 'src', 'package.json', 'README.md'];
const MORE = ['LICENSE', 'CHANGELOG.md', '.npmrc'];

const { version } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8'));

let root: string;
let packed: string[];
let home: string;

function run(program: string, args: readonly string[], cwd: string) {
  const env = { PATH: process.env.PATH, HOME: home, NO_COLOR: '1', npm_config_cache: cache() };
  return spawnSync(program, args, { cwd, env, encoding: 'utf8' });
}

/** The cache of the npm that installed the checkout, so that little or nothing is fetched. */
function cache(): string {
  return spawnSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).stdout.trim();
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gormes-pack-'));
  home = join(root, 'user');
  const source = join(root, 'source');
  for (const dir of [home, source, join(root, 'empty')]) mkdirSync(dir);
  // dist/ of the checkout holds chunks of earlier builds while tests run: the package gets none.
  for (const name of [...INPUTS, ...MORE]) {
    cpSync(join(repo, name), join(source, name), { recursive: true });
  }
  symlinkSync(join(repo, 'node_modules'), join(source, 'node_modules'));
  expect(run(process.execPath, ['scripts/build.mjs'], source)).toMatchObject({ status: 0 });
  const pack = run('npm', ['pack', '--json', '--pack-destination', root], source);
  const [{ filename, files }] = JSON.parse(pack.stdout);
  packed = files.map(({ path }: { path: string }) => path);
  writeFileSync(join(root, 'empty/package.json'), '{ "private": true }\n');
  const args = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  const install = run('npm', [...args, join(root, filename)], join(root, 'empty'));
  expect(install, install.stderr).toMatchObject({ status: 0 });
}, 180_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the package holds the program, its schemas, examples and documents, and nothing else', () => {
  const rest = packed.filter((path) => !/^(dist|schema|examples|docs|man)\//.test(path));
  expect(rest.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  expect(packed.filter((path) => /^docs\/(?!.*\.md$)|^docs\/decisions/.test(path))).toEqual([]);
  expect(packed.filter((path) => /\.(ts|map|env)$/.test(path))).toEqual([]);
});

test('it installs into an empty folder and runs', () => {
  const gormes = (...args: string[]) =>
    run(join(root, 'empty/node_modules/.bin/gormes'), args, join(root, 'empty'));
  expect(gormes('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  const listed = gormes('auth', 'list');
  expect(listed).toMatchObject({ status: 0, stdout: '' });
  // With the lock of the native module, and a write.
  const added = run(
    'sh',
    ['-c', 'echo key-1 | node_modules/.bin/gormes auth add xai'],
    join(root, 'empty'),
  );
  expect(added, added.stderr).toMatchObject({ status: 0 });
  expect(gormes('auth', 'list').stdout).toContain('xai');
});

test('it stays small', () => {
  const bundle = size(join(root, 'empty/node_modules/gormes/dist'));
  const install = size(join(root, 'empty/node_modules'));
  console.info(`bundle ${megabytes(bundle)}, installed ${megabytes(install)}`);
  expect(bundle).toBeLessThan(LARGEST_BUNDLE);
  expect(install).toBeLessThan(LARGEST_INSTALL);
});

function size(dir: string): number {
  return filesUnder(dir).reduce((sum, file) => sum + statSync(file).size, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
