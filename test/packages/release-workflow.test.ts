/** .github/workflows/release.yml: its scripts in the order of a runner, with stand-in `npm` and `gh`. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { cutRelease, notesOf } from '../../scripts/release-notes.mjs';
import { startWorld, type World } from '../support/world.ts';

const repo = new URL('../../', import.meta.url).pathname;

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly needs?: readonly string[];
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<Record<'npm' | 'binary' | 'release', Job>>;
}

const { permissions, jobs }: Workflow = parse(
  readFileSync(join(repo, '.github/workflows/release.yml'), 'utf8'),
);
const { version }: { version: string } = JSON.parse(
  readFileSync(join(repo, 'package.json'), 'utf8'),
);

/** A checkout of the tag of a release, in so far as the scripts look at it. */
async function checkout(): Promise<World> {
  const world = await startWorld();
  for (const file of ['package.json', 'scripts/release-notes.mjs']) {
    cpSync(join(repo, file), join(world.cwd, file));
  }
  const changes = cutRelease(
    readFileSync(join(repo, 'CHANGELOG.md'), 'utf8'),
    version,
    '2026-01-31',
  );
  world.write('CHANGELOG.md', changes);
  world.write('.ci/run', '#!/bin/sh\nexit 0\n');
  spawnSync('chmod', ['+x', join(world.cwd, '.ci/run')]);
  for (const name of ['npm', 'gh']) world.program(name, {});
  return world;
}

/** Runs the scripts of a job until one fails; returns the last one's status. */
function run(world: World, job: Job, tag: string): number | null {
  let status: number | null = null;
  for (const { run: script } of job.steps) {
    if (script === undefined) continue;
    const env = { ...world.env, GITHUB_REF_NAME: tag, GITHUB_REPOSITORY: 'acme/gormes' };
    ({ status } = spawnSync('bash', ['-e', '-c', script], { cwd: world.cwd, env }));
    if (status !== 0) return status;
  }
  return status;
}

test('the tag of the version is tested and published with provenance', async () => {
  await using world = await checkout();
  expect(run(world, jobs.npm, `v${version}`)).toBe(0);
  expect(world.calls('npm').map(({ argv }) => argv)).toEqual([
    ['pkg', 'set', 'repository.url=git+https://github.com/acme/gormes.git'],
    ['run', '--silent', 'build'],
    ['publish', '--provenance', '--access', 'public'],
  ]);
});

test('another tag, or a checkout whose tests fail, publishes nothing', async () => {
  await using world = await checkout();
  expect(run(world, jobs.npm, 'v99.0.0')).not.toBe(0);
  writeFileSync(join(world.cwd, '.ci/run'), '#!/bin/sh\nexit 1\n');
  expect(run(world, jobs.npm, `v${version}`)).toBe(1);
  expect(world.calls('npm')).toEqual([]);
});

test('the executables are released with the notes of the version and their checksums', async () => {
  await using world = await checkout();
  mkdirSync(join(world.cwd, 'binaries'));
  for (const name of ['gormes-linux-x64', 'gormes-darwin-arm64']) {
    world.write(`binaries/${name}`, `the program for ${name}\n`);
  }
  expect(run(world, jobs.release, `v${version}`)).toBe(0);
  expect(world.calls('gh').map(({ argv }) => argv)).toEqual([
    [
      ...['release', 'create', `v${version}`, '--verify-tag', '--notes-file', 'notes.md'],
      ...['binaries/SHA256SUMS', 'binaries/gormes-darwin-arm64', 'binaries/gormes-linux-x64'],
    ],
  ]);
  const changes = readFileSync(join(repo, 'CHANGELOG.md'), 'utf8');
  const notes = readFileSync(join(world.cwd, 'notes.md'), 'utf8');
  expect(notes.trim()).toBe(notesOf(changes, 'Unreleased'));
  const check = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
    cwd: join(world.cwd, 'binaries'),
  });
  expect(check.status).toBe(0);
});

test('a job may do what it is for and no more, and waits for what it releases', () => {
  expect(permissions).toEqual({});
  expect(jobs.npm.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  expect(jobs.release).toMatchObject({
    needs: ['npm', 'binary'],
    permissions: { contents: 'write' },
  });
  // What an action of a third party would be told stays untold.
  for (const { uses } of Object.values(jobs).flatMap(({ steps }) => steps)) {
    if (uses !== undefined) expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/);
  }
});
