import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { KEPT_CODE } from '../support/kept-code.ts';
import { leftovers, type Place, PROGRAM, withPlace } from './faulty-run.ts';
import { chooseSeed, Dice, figure, LIMIT_MS, sized } from './sizes.ts';

const KILLS = sized(150, 1000);
/** A run is killed no later than this share of the time that whole runs took: most die at work. */
const LATEST = 1.1;

interface Ended {
  readonly killed: boolean;
  readonly stdout: string;
}

/** Runs the program under a umask that hides nothing; killed after so long, when told. */
async function run(place: Place, args: readonly string[], killAfterMs?: number): Promise<Ended> {
  const script = 'umask 000; exec "$0" "$@"';
  const child = spawn('sh', ['-c', script, process.execPath, PROGRAM, ...args], {
    cwd: place.dir,
    env: { ...KEPT_CODE, PATH: process.env.PATH, HOME: place.dir, HERMES_HOME: place.home.dir },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  const closed = once(child, 'close');
  if (killAfterMs !== undefined) {
    const cancel = new AbortController();
    const timer = after(killAfterMs, undefined, { signal: cancel.signal }).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
    await closed;
    cancel.abort();
    await timer;
  } else {
    await closed;
  }
  return { killed: child.signalCode === 'SIGKILL', stdout };
}

/** What a lane knows of its entries: those that a run said it added, and those it said it removed. */
class Lane {
  readonly here = new Set<string>();
  readonly gone = new Set<string>();
  /** A killed run was asked to remove it: either is right until a run says so. */
  readonly open = new Set<string>();
  kills = 0;
  acknowledged = 0;
}

/** Labels of one pool in which this lane alone adds and removes. */
function labels({ home }: Place, provider: string): string[] {
  return home.pool(provider).map((row) => String(row.label));
}

function checkStore(place: Place, provider: string, lane: Lane, where: string): void {
  if (!place.home.exists('auth.json')) {
    expect(lane.acknowledged, where).toBe(0);
    return;
  }
  const live = labels(place, provider);
  expect(new Set(live).size, `${where}: doubled`).toBe(live.length);
  const lost = [...lane.here].filter((label) => !lane.open.has(label) && !live.includes(label));
  expect(lost, `${where}: lost`).toEqual([]);
  expect(
    live.filter((label) => lane.gone.has(label)),
    `${where}: back`,
  ).toEqual([]);
  expect(leftovers(place).open, `${where}: readable by others`).toEqual([]);
}

/** Adds, and now and then removes, until its share of kills is done. */
async function addAndRemove(place: Place, lane: Lane, dice: Dice, wholeMs: number): Promise<void> {
  for (let n = 0; lane.kills < KILLS / 2; n++) {
    const [victim] = [...lane.here].filter((label) => !lane.open.has(label));
    const removes = victim !== undefined && dice.next() < 0.3;
    const label = removes ? victim : `add-${n}`;
    const args = removes
      ? ['auth', 'remove', 'openrouter', label]
      : ['auth', 'add', 'openrouter', '--label', label, '--api-key', `fake-key-${n}`];
    if (removes) lane.open.add(label);
    const ended = await run(place, args, dice.next() * LATEST * wholeMs);
    if (ended.killed) lane.kills++;
    if (ended.stdout.includes(removes ? 'Removed openrouter' : 'Added openrouter')) {
      lane.acknowledged++;
      lane.open.delete(label);
      if (removes) lane.here.delete(label);
      (removes ? lane.gone : lane.here).add(label);
    }
    checkStore(place, 'openrouter', lane, `run ${n}: ${args[1]} ${label}`);
  }
}

/** Applies a declaration whose keys change each time: additions, rotations, removals, settings. */
async function applyChanges(place: Place, lane: Lane, dice: Dice, wholeMs: number): Promise<void> {
  for (let n = 0; lane.kills < KILLS / 2; n++) {
    declare(place, n);
    const ended = await run(place, ['auth', 'apply', '--yes'], dice.next() * LATEST * wholeMs);
    if (ended.killed) lane.kills++;
    if (ended.stdout.includes('Apply complete')) {
      lane.acknowledged++;
      // Also what runs before it made and were killed at: it is ours, so it went when it was dropped.
      expect(labels(place, 'xai').sort(), `apply ${n}`).toEqual(declared(n));
    }
    // Between the two halves of a rotation, both keys of a label stand there.
    expect(labels(place, 'xai').length, `apply ${n}`).toBeLessThanOrEqual(declared(n).length + 3);
    expect(leftovers(place).open, `apply ${n}`).toEqual([]);
  }
}

function declared(n: number): string[] {
  return n % 3 === 0 ? ['a', 'b'] : ['a', 'b', 'c'];
}

function declare(place: Place, n: number): void {
  for (const label of declared(n))
    writeFileSync(join(place.dir, `key-${label}`), `fake-${label}-${label === 'b' ? 0 : n}\n`, {
      mode: 0o600,
    });
  const rows = declared(n).map((label) => `      ${label}: { api_key: "file:key-${label}" }`);
  const strategy = n % 2 === 0 ? 'round_robin' : 'least_used';
  writeFileSync(
    join(place.dir, 'gormes.auth.yaml'),
    `version: 1\nname: kills\nproviders:\n  xai:\n    strategy: ${strategy}\n    credentials:\n${rows.join('\n')}\n`,
  );
}

test(
  `${KILLS} kills at random moments: nothing that was said to be done is lost or doubled`,
  async () => {
    const seed = chooseSeed();
    await withPlace(async (place) => {
      const wholeMs = await measure(place);
      const [adds, applies] = [new Lane(), new Lane()];
      await Promise.all([
        addAndRemove(place, adds, new Dice(seed), wholeMs),
        applyChanges(place, applies, new Dice(seed + 1), wholeMs),
      ]);
      declare(place, 1);
      const { stdout } = await run(place, ['auth', 'apply', '--yes']);
      expect(stdout).toMatch(/Apply complete|No changes/);
      await run(place, ['auth', 'reset', 'xai']);
      expect(leftovers(place)).toEqual({ open: [], temps: [] });
      expect(labels(place, 'xai').sort(), `seed ${seed}`).toEqual(declared(1));
      checkStore(place, 'openrouter', adds, `seed ${seed}`);
      figure(
        `kills: ${adds.kills + applies.kills} SIGKILLs at random moments (seed ${seed}), ` +
          `${adds.acknowledged + applies.acknowledged} acknowledged runs, ` +
          '0 corrupt, 0 lost, 0 doubled, 0 readable by others, 0 temporary files left',
      );
    });
  },
  LIMIT_MS,
);

/** How long a run takes while another one goes on, in milliseconds. */
async function measure(place: Place): Promise<number> {
  declare(place, 0);
  const start = performance.now();
  const one = ['auth', 'add', 'openai', '--label', 'first', '--api-key', 'fake-first'];
  await Promise.all([run(place, one), run(place, ['auth', 'apply', '--yes'])]);
  return performance.now() - start;
}
