// The main job on an embedded default: plans examples/gormes.auth.yaml against a throw-away home
// with a pool in it as a person has one after some months. Touches nothing of the user's.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDemoHome } from './demo-home.mjs';

const root = new URL('..', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'gormes-demo-'));

function gormes(...args) {
  console.log(`$ gormes ${args.join(' ')}`);
  const env = {
    PATH: process.env.PATH,
    TERM: process.env.TERM,
    NO_COLOR: process.env.NO_COLOR,
    HOME: dir,
  };
  const run = spawnSync(process.execPath, [join(root, 'dist/gormes.js'), ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  console.log();
  return run.status;
}

try {
  makeDemoHome(dir);
  const listed = gormes('auth', 'list');
  const planned = gormes('auth', 'plan', '-f', 'examples/gormes.auth.yaml');
  console.log('That was a throw-away home. On your own: gormes auth plan');
  process.exitCode = listed || planned;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
