import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEPT_CODE } from '../support/kept-code.ts';
import { TestHome } from '../support/test-home.ts';

export const PROGRAM = new URL('../../dist/gormes.js', import.meta.url).pathname;
const HOOK = new URL('./hook.mjs', import.meta.url).href;

/** A command that changes a home, for runs that are killed or fail in the middle. */
export interface Victim {
  readonly name: string;
  readonly args: readonly string[];
  readonly input?: string;
  /** Pins that stand when it is done. */
  readonly pins?: readonly object[];
  /** Puts the home into the state before. */
  readonly prepare: (place: Place) => void;
}

/** A home and a directory to work in. */
export interface Place {
  readonly dir: string;
  readonly home: TestHome;
}

export type Fault =
  | {
      readonly at: number;
      /** `kill-before`, `kill-mid`, `kill-after`, an errno, or a signal that comes before the call. */
      readonly mode: string;
    }
  /** Killed in the place of its first rename to a path with this end. */
  | { readonly rename: string };

export interface FaultyRun {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Calls that changed the home; only of a run that ended by itself. */
  readonly calls: number;
  /** `f 600 /path` or `d 700 /path` after each change: how open what was touched stood then. */
  readonly looks: readonly string[];
}

export async function withPlace<T>(run: (place: Place) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'gormes-fault-'));
  try {
    return await run({ dir, home: new TestHome(join(dir, 'home')) });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function faultEnv(fault: Fault | undefined): Record<string, string> {
  if (fault === undefined) return {};
  if ('rename' in fault) return { FAULT_RENAME: fault.rename };
  return { FAULT_AT: String(fault.at), FAULT_MODE: fault.mode };
}

/** Runs the built program, with the fault when one is given, under a umask that forbids nothing. */
export async function runVictim(
  place: Place,
  victim: Victim,
  fault?: Fault,
  env: Readonly<Record<string, string>> = {},
): Promise<FaultyRun> {
  const count = join(place.dir, 'count');
  const look = join(place.dir, 'look');
  rmSync(look, { force: true });
  const script = 'umask 000; exec "$0" "$@"';
  const node = [process.execPath, '--import', HOOK, PROGRAM];
  const child = spawn('sh', ['-c', script, ...node, ...victim.args], {
    cwd: place.dir,
    env: {
      ...KEPT_CODE,
      PATH: process.env.PATH,
      HOME: place.dir,
      HERMES_HOME: place.home.dir,
      FAULT_HOME: place.home.dir,
      FAULT_COUNT: count,
      FAULT_LOOK: look,
      ...faultEnv(fault),
      ...env,
    },
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on('data', (chunk) => out.push(String(chunk)));
  child.stderr.on('data', (chunk) => err.push(String(chunk)));
  child.stdin.on('error', () => {}); // it was killed before it read
  child.stdin.end(victim.input ?? '');
  const [code, signal] = await once(child, 'close');
  const calls = signal === null ? Number(readFileSync(count, 'utf8')) : 0;
  const looks = existsSync(look) ? readFileSync(look, 'utf8').split('\n').filter(Boolean) : [];
  return { code, signal, stdout: out.join(''), stderr: err.join(''), calls, looks };
}

/** Runs many independent checks, a few at a time; more where they mostly wait. */
export async function inLanes<T>(
  items: readonly T[],
  check: (item: T) => Promise<void>,
  lanes = 4,
): Promise<void> {
  const left = [...items];
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await check(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Files of the home that others could read, or that a killed run left behind. */
export function leftovers({ home }: Place): { readonly open: string[]; readonly temps: string[] } {
  const files = home.exists('.')
    ? readdirSync(home.dir, { recursive: true, encoding: 'utf8' })
    : [];
  const open = files.filter((file) => {
    const stat = statSync(home.path(file));
    return (stat.mode & 0o077) !== 0 && !stat.isDirectory();
  });
  return { open, temps: files.filter((file) => file.includes('.tmp.')) };
}
