/** The release script, in a scratch repository. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repo = new URL('../../', import.meta.url).pathname;
const FILES = ['docs', 'examples', 'man', 'schema', 'scripts', 'src', 'package.json'];
const MORE = ['package-lock.json', 'README.md', 'LICENSE', '.npmrc', '.gitignore'];
const CHANGES = '# Changes\n\n## [Unreleased]\n\n- News.\n\n## [0.0.1] - 2020-01-01\n\n- Old.\n';
/** A release builds twice. */
const LIMIT_MS = 300_000;

const { version } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8'));
const [major, minor, patch] = version.split('.').map(Number);
const nextMinor = `${major}.${minor + 1}.0`;
const nextPatch = `${major}.${minor}.${patch + 1}`;

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gormes-release-'));
  for (const name of [...FILES, ...MORE]) {
    cpSync(join(repo, name), join(root, name), { recursive: true });
  }
  symlinkSync(join(repo, 'node_modules'), join(root, 'node_modules'));
  // `node_modules/` of .gitignore is a directory, and this is a link.
  appendFileSync(join(root, '.gitignore'), 'node_modules\n');
  writeFileSync(join(root, 'CHANGELOG.md'), CHANGES);
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'start');
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

function run(program: string, args: readonly string[]) {
  const who = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' };
  const env = { PATH: process.env.PATH, HOME: join(root, '.git'), ...who, ...committer };
  return spawnSync(program, args, { cwd: root, env, encoding: 'utf8' });
}

function git(...args: string[]): string {
  const { status, stdout, stderr } = run('git', args);
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

const release = (...args: string[]) => run(process.execPath, ['scripts/release.mjs', ...args]);
const read = (name: string) => readFileSync(join(root, name), 'utf8');

test.each([
  [[], 'usage: npm run release'],
  [['big'], 'usage: npm run release'],
  [['1.2'], 'usage: npm run release'],
  [['0.0.9'], `0.0.9 is older than ${version}`],
])('%j is refused', (args, message) => {
  const refused = release(...args);
  expect(refused).toMatchObject({ status: 1, stdout: '' });
  expect(refused.stderr).toContain(`error: ${message}`);
});

test('a change that is not committed stops it', () => {
  appendFileSync(join(root, 'README.md'), '\n');
  const refused = release('minor', '--dry-run');
  git('checkout', '--', 'README.md');
  expect(refused.stderr).toContain('error: commit or stash first');
  expect(refused.status).toBe(1);
});

test(
  'a dry run tells version, notes and package, and writes nothing',
  () => {
    const told = release('minor', '--dry-run');
    expect(told, told.stderr).toMatchObject({ status: 0 });
    expect(told.stdout).toContain(`gormes ${version} -> ${nextMinor}\n\n- News.\n\nThe package`);
    expect(told.stdout).toMatch(/\nThe package: \d+ files, \d\.\d\d MB packed\nA dry run/);
    expect(git('status', '--porcelain')).toBe('');
    expect(git('tag')).toBe('');
  },
  LIMIT_MS,
);

test(
  'a release is one commit with a tag, and there is nothing to release after it',
  () => {
    const made = release('patch');
    expect(made, made.stderr).toMatchObject({ status: 0 });
    expect(git('log', '--format=%s')).toBe(`release: ${nextPatch}\nstart`);
    expect(git('describe', '--exact-match')).toBe(`v${nextPatch}`);
    expect(git('status', '--porcelain')).toBe('');
    for (const name of ['package.json', 'package-lock.json']) {
      expect(JSON.parse(read(name)).version).toBe(nextPatch);
    }
    expect(read('man/gormes.1')).toContain(`"gormes ${nextPatch}"`);
    expect(read('examples/github/gormes.yml')).toContain(`@v${nextPatch}`);
    expect(read('CHANGELOG.md').replace(/\d{4}-\d\d-\d\d/, 'TODAY')).toBe(
      CHANGES.replace('## [Unreleased]', `## [Unreleased]\n\n## [${nextPatch}] - TODAY`),
    );
    const notes = run(process.execPath, ['scripts/release-notes.mjs', nextPatch]);
    expect(notes.stdout).toBe('- News.\n');
    expect(release('patch').stderr).toContain('CHANGELOG.md says nothing below');
    expect(release(nextPatch).stderr).toContain(`v${nextPatch} is released: there is a tag`);
  },
  LIMIT_MS,
);
