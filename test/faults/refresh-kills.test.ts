import { rmSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type CodexSim, codexSim } from '../internet/codex.ts';
import { fakeJwt } from '../internet/xai.ts';
import { type Run, startWorld, type World } from '../support/world.ts';
import { leftovers } from './faulty-run.ts';
import { chooseSeed, Dice, figure, LIMIT_MS, sized } from './sizes.ts';

const HOOK = new URL('./hook.mjs', import.meta.url).href;
const KILLS = sized(20, 300);
const TOKEN = ['auth', 'token', 'openai-codex'];
const PRINTS = { allowSecretOnStdout: true };

/** A home whose one login has run out, with a refresh token that nobody used. */
function seedExpired(world: World, sim: CodexSim, round: number): string {
  rmSync(world.home.dir, { recursive: true, force: true });
  // No canaries: a killed refresh leaves its answer in the inbox, where it belongs.
  const refresh = `refresh-${round}-${'f'.repeat(20)}`;
  sim.tokens.accept(refresh);
  world.home.seed({
    'openai-codex': [
      {
        label: 'team',
        key: fakeJwt({ exp: 1000, jti: `expired-${round}` }),
        type: 'oauth',
        source: 'manual:device_code',
        raw: { refresh_token: refresh },
      },
    ],
  });
  return refresh;
}

/** What became of the kills. */
interface Tally {
  kills: number;
  /** The next run printed a token that the store holds. */
  finished: number;
  /** Cut off between the marker and the answer, sent or not: said so, and never sent again. */
  uncertain: number;
}

async function checkAfter(world: World, sim: CodexSim, spent: string, sent: number, killed: Run) {
  const where = `${killed.stdout}${killed.stderr}`;
  const stored = () => world.home.pool('openai-codex')[0] ?? {};
  const latest = () => sim.tokens.issued.at(-1);
  expect(leftovers({ dir: world.cwd, home: world.home }).open, where).toEqual([]);
  // Old or new, whole in any case: a token that was printed is one that is kept.
  const known = [spent, latest()?.refreshToken];
  expect(known, where).toContain(stored().refresh_token);
  if (killed.stdout !== '') expect(stored().refresh_token, where).toBe(latest()?.refreshToken);
  const next = await world.gormes(TOKEN, PRINTS);
  // Half a marker may stay for an hour; it holds no secret. Half an answer goes, a whole one counts.
  const { temps } = leftovers({ dir: world.cwd, home: world.home });
  expect(
    temps.filter((name) => world.home.read(name).includes('token')),
    where,
  ).toEqual([]);
  expect(sim.refreshes - sent, `sent twice: ${where}`).toBeLessThanOrEqual(1);
  if (next.exitCode === 0) {
    expect(sim.refreshes - sent).toBe(1);
    expect(next.stdout).toBe(`${latest()?.accessToken}\n`);
    expect(stored()).toMatchObject({
      access_token: latest()?.accessToken,
      refresh_token: latest()?.refreshToken,
    });
    return 'finished';
  }
  expect(next, next.stderr).toMatchObject({ exitCode: 5, stdout: '' });
  expect(next.stderr).toContain('[refresh_uncertain]');
  expect(stored().refresh_token).toBe(spent);
  return 'uncertain';
}

function tell(what: string, { kills, finished, uncertain }: Tally): void {
  figure(
    `${what}: ${kills} kills of a refresh: ${finished} finished by the next run, ${uncertain} cut off ` +
      'on the way and said so, 0 tokens sent twice, 0 blanked, 0 lost after they were printed',
  );
}

test(
  'killed at any of its changes to the home, a refresh is finished by the next run, or said to be open',
  async () => {
    const sim = codexSim();
    await using world = await startWorld({ hosts: sim.hosts });
    const tally: Tally = { kills: 0, finished: 0, uncertain: 0 };
    for (let at = 1; ; at += sized(2, 1)) {
      const spent = seedExpired(world, sim, at);
      const sent = sim.refreshes;
      const killed = await world.gormes(TOKEN, {
        ...PRINTS,
        env: {
          NODE_OPTIONS: `--import ${HOOK}`,
          FAULT_HOME: world.home.dir,
          FAULT_AT: String(at),
          FAULT_MODE: tally.kills % 2 === 0 ? 'kill-mid' : 'kill-after',
        },
      });
      if (killed.exitCode === 0) break; // every change has had its turn
      expect(killed.exitCode, killed.stderr).toBeNull();
      tally.kills++;
      tally[await checkAfter(world, sim, spent, sent, killed)]++;
    }
    expect(tally.kills).toBeGreaterThan(10);
    // Most of all: once the answer is in the inbox, no kill loses it.
    expect(tally.finished).toBeGreaterThan(tally.uncertain);
    tell('at each change', tally);
  },
  LIMIT_MS,
);

test(
  `${KILLS} refreshes killed at random moments: no token is sent twice, blanked, or lost once printed`,
  async () => {
    const seed = chooseSeed();
    const dice = new Dice(seed);
    const sim = codexSim();
    await using world = await startWorld({ hosts: sim.hosts });
    seedExpired(world, sim, 0);
    const begin = performance.now();
    expect(await world.gormes(TOKEN, PRINTS)).toMatchObject({ exitCode: 0 });
    const wholeMs = performance.now() - begin;
    const tally: Tally = { kills: 0, finished: 0, uncertain: 0 };
    for (let round = 1; tally.kills < KILLS; round++) {
      const spent = seedExpired(world, sim, round);
      const sent = sim.refreshes;
      const running = world.start(TOKEN, PRINTS);
      const cancel = new AbortController();
      const timer = after(dice.next() * 1.1 * wholeMs, undefined, { signal: cancel.signal }).then(
        () => running.child.kill('SIGKILL'),
        () => undefined,
      );
      const killed = await running.done;
      cancel.abort();
      await timer;
      if (killed.exitCode === null) tally.kills++;
      const outcome = await checkAfter(world, sim, spent, sent, killed);
      if (killed.exitCode === null) tally[outcome]++;
    }
    tell(`at random moments (seed ${seed})`, tally);
  },
  LIMIT_MS,
);
