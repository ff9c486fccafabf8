// Makes a release: `npm run release -- patch|minor|major|X.Y.Z [--dry-run]`. Writes the version and
// the change log, packs, commits and tags. It pushes and publishes nothing: a pushed tag makes
// .github/workflows/release.yml do that, where no person's token is needed.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cutRelease, notesOf } from './release-notes.mjs';

const STEPS = ['major', 'minor', 'patch'];
/** Where the version stands, besides package.json and its lock file, which npm writes. */
const NAMED_IN = ['examples/github/gormes.yml', 'docs/how-to/ci.md'];

const root = new URL('..', import.meta.url).pathname;
const read = (name) => readFileSync(`${root}${name}`, 'utf8');
const write = (name, text) => writeFileSync(`${root}${name}`, text);

function run(program, ...args) {
  return execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
}

class Refusal extends Error {}

/** The version after a step, or the one that is named. */
function nextVersion(current, wanted) {
  const parts = current.split('.').map(Number);
  const step = STEPS.indexOf(wanted);
  if (step >= 0) {
    return parts.map((n, i) => (i < step ? n : i === step ? n + 1 : 0)).join('.');
  }
  if (!/^\d+\.\d+\.\d+$/.test(wanted ?? '')) {
    throw new Refusal('usage: npm run release -- patch|minor|major|X.Y.Z [--dry-run]');
  }
  const given = wanted.split('.').map(Number);
  const first = given.findIndex((n, i) => n !== parts[i]);
  if (first >= 0 && given[first] < parts[first]) {
    throw new Refusal(`${wanted} is older than ${current}`);
  }
  return wanted;
}

function check(version) {
  const dirty = run('git', 'status', '--porcelain');
  if (dirty !== '') throw new Refusal(`commit or stash first:\n${dirty}`);
  if (run('git', 'tag', '--list', `v${version}`) !== '') {
    throw new Refusal(`v${version} is released: there is a tag`);
  }
  const notes = notesOf(read('CHANGELOG.md'), 'Unreleased');
  if (!notes) throw new Refusal('CHANGELOG.md says nothing below "## [Unreleased]"');
  return notes;
}

/** What the package would hold. */
function pack() {
  run('npm', 'run', '--silent', 'build');
  const [{ files, size }] = JSON.parse(run('npm', 'pack', '--dry-run', '--json'));
  return `${files.length} files, ${(size / 1e6).toFixed(2)} MB packed`;
}

function release(current, version) {
  const date = new Date().toISOString().slice(0, 10);
  write('CHANGELOG.md', cutRelease(read('CHANGELOG.md'), version, date));
  for (const name of NAMED_IN) {
    write(name, read(name).replaceAll(`v${current}`, `v${version}`));
  }
  run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version');
  // The manual pages name the version.
  run('npm', 'run', '--silent', 'docs');
  run('git', 'commit', '--all', '--quiet', '--message', `release: ${version}`);
  run('git', 'tag', '--annotate', `v${version}`, '--message', `gormes ${version}`);
}

try {
  const wanted = process.argv.slice(2).find((word) => !word.startsWith('-'));
  const { version: current } = JSON.parse(read('package.json'));
  const version = nextVersion(current, wanted);
  const notes = check(version);
  console.log(`gormes ${current} -> ${version}\n\n${notes}\n\nThe package: ${pack()}`);
  if (process.argv.includes('--dry-run')) console.log('A dry run: nothing was written.');
  else {
    release(current, version);
    console.log(`Committed and tagged v${version}. To publish: git push --follow-tags`);
  }
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
