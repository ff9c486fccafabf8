import { execFileSync } from 'node:child_process';

/** Runs once before all tests: builds the program that they drive, and what the sources import. */
export function setup(): void {
  const script = new URL('../../scripts/build.mjs', import.meta.url).pathname;
  execFileSync(process.execPath, [script, '--keep'], { stdio: 'inherit' });
}
