import { afterAll, expect, test } from 'vitest';
import { descendantsOf, isAlive, untilGone } from '../support/processes.ts';
import type { Run, World } from '../support/world.ts';
import { leftovers } from './faulty-run.ts';
import { type Scene, WAITING, type WaitingPlace } from './interrupt-places.ts';
import { figure, LIMIT_MS } from './sizes.ts';

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

let ends = 0;

afterAll(() => {
  figure(`interrupts: ${ends} ends of commands that waited: 0 children left, 0 half writes`);
});

/** Runs one case; when it is over nothing that the command started may live. */
async function interrupt(place: WaitingPlace, act: (scene: Scene) => Promise<Run>): Promise<void> {
  await using scene = await place.begin();
  const { world, running } = scene;
  const started = descendantsOf(running.child.pid ?? 0);
  const run = await act(scene);
  for (const pid of started) await untilGone(pid);
  // As after a kill: whatever takes the lock next sweeps the space that a refresh had reserved.
  if (place.finishes) await world.gormes(['auth', 'reset', 'openai-codex']);
  expect(leftovers({ dir: world.cwd, home: world.home })).toEqual({ open: [], temps: [] });
  expect(run.stderr).not.toMatch(/\n\s+at |\[bug\]|node:|EPIPE/);
  ends++;
}

/** The store alone: a lock and a journal may have come. */
const storeOf = ({ home }: World): string =>
  home.exists('auth.json') ? home.read('auth.json') : '';

const CASES = WAITING.flatMap((place) =>
  SIGNALS.map(([signal, code]) => ({ place, signal, code })),
);

test.each(CASES)(
  '$place.name: $signal ends it with $code',
  async ({ place, signal, code }) => {
    await interrupt(place, async ({ world, running, release, done }) => {
      const before = storeOf(world);
      running.child.kill(signal);
      if (place.finishes) await release();
      const run = await running.done;
      if (place.finishes) {
        expect(run.exitCode, run.stderr).toBe(0);
        done();
        return run;
      }
      expect(storeOf(world)).toBe(before);
      if (place.forwards) {
        expect(running.child.signalCode).toBe(signal);
        return run;
      }
      expect(run.exitCode, run.stderr).toBe(code);
      expect(run.stderr).toMatch(/^Interrupted\.$/m);
      return run;
    });
  },
  LIMIT_MS,
);

test.each(WAITING)(
  '$name: a second SIGINT ends it at once',
  async (place) => {
    await interrupt(place, async ({ world, running }) => {
      const before = storeOf(world);
      const { pid = 0 } = running.child;
      // Signals of one kind that come together are one.
      while (isAlive(pid) && running.child.exitCode === null) {
        running.child.kill('SIGINT');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const run = await running.done;
      if (place.forwards) expect(running.child.signalCode).toBe('SIGINT');
      else expect(run.exitCode, run.stderr).toBe(130);
      expect(storeOf(world)).toBe(before);
      return run;
    });
  },
  LIMIT_MS,
);

test.each(WAITING)(
  '$name: a standard input that ends is no end, unless it is what it waits for',
  async (place) => {
    await interrupt(place, async ({ running, release, done }) => {
      running.child.stdin?.end();
      if (place.endOfInput === undefined) await release();
      const run = await running.done;
      expect(run.exitCode, run.stderr).toBe(place.endOfInput ?? 0);
      if (place.endOfInput === undefined) done();
      return run;
    });
  },
  LIMIT_MS,
);

test.each(WAITING)(
  '$name: nobody reads what it prints, and it does what it was to do',
  async (place) => {
    await interrupt(place, async ({ running, release, done }) => {
      running.child.stdout?.destroy();
      await release();
      const run = await running.done;
      expect(run.exitCode, run.stderr).toBe(0);
      done();
      return run;
    });
  },
  LIMIT_MS,
);
