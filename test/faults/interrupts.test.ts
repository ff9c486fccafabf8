import { afterAll, expect, test } from 'vitest';
import { errnoOf } from '../../src/base/errors.ts';
import { KEY } from '../support/dialogue.ts';
import { descendantsOf, isAlive, untilGone } from '../support/processes.ts';
import type { Run, World } from '../support/world.ts';
import { inLanes, leftovers, runVictim, withPlace } from './faulty-run.ts';
import {
  beginDialogue,
  DIALOGUES,
  type Dialogue,
  type DialogueScene,
} from './interrupt-dialogues.ts';
import { type Scene, WAITING, type WaitingPlace } from './interrupt-places.ts';
import { figure, LIMIT_MS, sized } from './sizes.ts';
import { victims } from './victims.ts';

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
      // One more may meet a process that has answered already and hears no more: it dies by it.
      const died = running.child.signalCode === 'SIGINT';
      if (!died) expect([run.exitCode, place.forwards], run.stderr).toEqual([130, undefined]);
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

/** Runs one case in a terminal; when it is over nothing that the command started may live. */
async function interruptDialogue(
  dialogue: Dialogue,
  act: (scene: DialogueScene) => Promise<void> | void,
): Promise<void> {
  await using scene = await beginDialogue(dialogue);
  const { world, pids } = scene;
  const before = storeOf(world);
  await act(scene);
  for (const pid of pids) await untilGone(pid);
  expect(storeOf(world)).toBe(before);
  expect(leftovers({ dir: world.cwd, home: world.home })).toEqual({ open: [], temps: [] });
  ends++;
}

/** It may have gone a moment before. */
function sendTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** What the shell says when the command is over. */
async function seeEnd({ run }: DialogueScene, code: number): Promise<void> {
  await run.see('ended ');
  expect(run.screen).toContain(`ended ${code}, restored`);
  expect(run.raw.lastIndexOf('\x1b[?25h'), 'the cursor is shown').toBeGreaterThanOrEqual(
    run.raw.lastIndexOf('\x1b[?25l'),
  );
  expect(run.screen).not.toMatch(/\n\s+at |\[bug\]|node:/);
}

test.each(
  DIALOGUES.flatMap((dialogue) => SIGNALS.map(([signal, code]) => ({ dialogue, signal, code }))),
)(
  '$dialogue.name: $signal ends it with $code and restores the terminal',
  async ({ dialogue, signal, code }) => {
    await interruptDialogue(dialogue, async (scene) => {
      sendTo(scene.pids[0], signal);
      await seeEnd(scene, code);
      expect(scene.run.screen).toMatch(/interrupted/i);
    });
  },
);

test.each(DIALOGUES)('$name: a second SIGINT restores the terminal too', async (dialogue) => {
  await interruptDialogue(dialogue, async (scene) => {
    const [pid] = scene.pids;
    while (isAlive(pid)) {
      sendTo(pid, 'SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await seeEnd(scene, 130);
  });
});

test.each(
  DIALOGUES.flatMap((dialogue) => (['ctrlC', 'ctrlD'] as const).map((key) => ({ dialogue, key }))),
)('$dialogue.name: $key ends it, where it reads keys', async ({ dialogue, key }) => {
  await interruptDialogue(dialogue, async (scene) => {
    scene.run.press(KEY[key]);
    if (dialogue.deaf && key === 'ctrlD') scene.run.press(KEY.ctrlC);
    await seeEnd(scene, 130);
  });
});

test.each(DIALOGUES)('$name: a terminal that goes away ends it', async (dialogue) => {
  await interruptDialogue(dialogue, ({ hangUp }) => hangUp());
});

const EXIT_CODES: Readonly<Record<string, number>> = Object.fromEntries(SIGNALS);

test.each(victims.filter(({ args }) => args.includes('apply')))(
  '$name: a signal in the middle of a write ends it behind a whole one, and a repeat goes on',
  async (victim) => {
    const calls = await withPlace(async (place) => {
      victim.prepare(place);
      return (await runVictim(place, victim)).calls;
    });
    const step = sized(4, 1);
    const places = Array.from({ length: Math.floor(calls / step) }, (_, n) => n * step + 1);
    await inLanes(places, (at) =>
      withPlace(async (place) => {
        victim.prepare(place);
        const [mode] = SIGNALS[at % SIGNALS.length] ?? SIGNALS[0];
        const where = `${mode} at ${at} of ${calls}`;
        const run = await runVictim(place, victim, { at, mode });
        expect([0, EXIT_CODES[mode]], `${where}: ${run.stderr}`).toContain(run.code);
        expect(() => place.home.auth(), where).not.toThrow();
        expect(leftovers(place), where).toEqual({ open: [], temps: [] });
        if (run.code !== 0)
          expect(await runVictim(place, victim), where).toMatchObject({ code: 0 });
        const plan = { ...victim, args: ['auth', 'plan', '--detailed-exitcode'] };
        const { code, stdout } = await runVictim(place, plan);
        expect(code, `${where}: ${stdout}`).toBe(0);
        ends++;
      }),
    );
  },
  LIMIT_MS,
);
