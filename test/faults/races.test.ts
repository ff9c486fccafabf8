import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { KEPT_CODE } from '../support/kept-code.ts';
import { inLanes, leftovers, type Place, PROGRAM, withPlace } from './faulty-run.ts';
import { figure, LIMIT_MS, sized } from './sizes.ts';

const HERMES = new URL('../support/hermes-writer.py', import.meta.url).pathname;
const APPLIES = sized(12, 64);
const KEYS_EACH = sized(10, 50);
const SINGLE_ADDS = sized(60, 300);
const SINGLE_LANES = sized(4, 16);
const HERMES_ADDS = sized(100, 1000);

async function succeed(place: Place, program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, {
    cwd: place.dir,
    env: { ...KEPT_CODE, PATH: process.env.PATH, HOME: place.dir, HERMES_HOME: place.home.dir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [code] = await once(child, 'close');
  expect(code, `${args.join(' ')}: ${stdout}${stderr}`).toBe(0);
  return stdout;
}

function gormes(place: Place, args: readonly string[]): Promise<string> {
  return succeed(place, process.execPath, [PROGRAM, '--lock-timeout', '600', ...args]);
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${name}-${n}`);
}

/** A declaration of its own for each process, with keys in files. */
function declare(place: Place, process: string): string {
  const rows = numbered(process, KEYS_EACH).map((label) => {
    writeFileSync(join(place.dir, `${label}.key`), `fake-${label}\n`, { mode: 0o600 });
    return `      ${label}: { api_key: "file:${label}.key" }`;
  });
  const file = join(place.dir, `${process}.yaml`);
  const head = `version: 1\nname: ${process}\nproviders:\n  xai:\n    credentials:\n`;
  writeFileSync(file, `${head}${rows.join('\n')}\n`);
  return file;
}

async function addOneByOne(place: Place): Promise<string> {
  const add = async (label: string): Promise<void> => {
    await gormes(place, ['auth', 'add', 'xai', '--label', label, '--api-key', `k-${label}`]);
  };
  await inLanes(numbered('single', SINGLE_ADDS), add, SINGLE_LANES);
  return '';
}

/** As `Promise.all`, but a failure waits until the others have ended too: they work in one directory. */
async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

/** Reads the store as anybody would, without a lock, until told to stop. */
async function readOn({ home }: Place, done: AbortSignal): Promise<number> {
  let reads = 0;
  for (; !done.aborted; reads++) {
    if (home.exists('auth.json')) home.auth();
    await turn(2);
  }
  return reads;
}

// That Hermes gives up after 15 s of waiting fails the test; how long it waited is the figure.
test(
  `${APPLIES} applies of ${KEYS_EACH} keys, ${SINGLE_ADDS} additions and a Hermes at once: all entries are there`,
  async () => {
    await withPlace(async (place) => {
      // Under `fill_first` each declaration would want its own keys to come first.
      place.home.write('config.yaml', 'credential_pool_strategies: { xai: round_robin }\n');
      const names = numbered('apply', APPLIES);
      const files = names.map((name) => declare(place, name));
      const done = new AbortController();
      const reading = readOn(place, done.signal);
      const [wait] = await allEnded([
        succeed(place, 'python3', [HERMES, place.home.dir, 'xai', String(HERMES_ADDS)]),
        ...files.map((file) => gormes(place, ['auth', 'apply', '--yes', '-f', file])),
        addOneByOne(place),
      ]).finally(() => done.abort());
      const reads = await reading;
      const rows: JsonObject[] = place.home.pool('xai');
      expect(rows.map((row) => row.label).sort()).toEqual(
        [
          ...names.flatMap((name) => numbered(name, KEYS_EACH)),
          ...numbered('single', SINGLE_ADDS),
          ...numbered('hermes', HERMES_ADDS),
        ].sort(),
      );
      expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
      // The lock file, which is empty, may be Hermes': with the mode that its umask gave.
      const { open, temps } = leftovers(place);
      expect([...open.filter((file) => file !== 'auth.lock'), ...temps]).toEqual([]);
      figure(
        `races: ${APPLIES} × ${KEYS_EACH} + ${SINGLE_ADDS} entries beside ${HERMES_ADDS} of Hermes: ` +
          `${rows.length} present, ids unique, ${reads} reads all valid; ` +
          `Hermes waited ${Number(wait).toFixed(2)} s at most`,
      );
    });
  },
  LIMIT_MS,
);
