import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

const PROCESSES = 16;
const LABELS = ['a', 'b', 'c', 'd'];
const LIMIT_MS = 120_000;

/** No canary: the search for those would meet the temporary files of the other processes. */
function keyOf(label: string): string {
  return `the-key-called-${label}`;
}

async function withPool(strategy: string): Promise<World> {
  const world = await startWorld();
  world.home.write('config.yaml', `credential_pool_strategies: {openrouter: ${strategy}}\n`);
  world.home.seed({ openrouter: LABELS.map((label) => ({ label, key: keyOf(label) })) });
  return world;
}

/** Labels in the order in which 16 processes got them, each asking so many times. */
async function pickAll(world: World, turns: number): Promise<string[]> {
  const byKey = new Map(LABELS.map((label) => [keyOf(label), label]));
  const pick = async (): Promise<string> => {
    const run = await world.gormes(['auth', 'token', 'openrouter', '--quiet'], {
      allowSecretOnStdout: true,
    });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    return byKey.get(run.stdout.trim()) ?? run.stdout;
  };
  const one = async (): Promise<string[]> => {
    const picked: string[] = [];
    for (let turn = 0; turn < turns; turn++) picked.push(await pick());
    return picked;
  };
  return (await Promise.all(Array.from({ length: PROCESSES }, one))).flat();
}

function counts(picked: readonly string[]): Record<string, number> {
  const sums: Record<string, number> = Object.fromEntries(LABELS.map((label) => [label, 0]));
  for (const label of picked) sums[label] = (sums[label] ?? 0) + 1;
  return sums;
}

test(
  'round_robin: 16 processes share the entries to the pick',
  async () => {
    await using world = await withPool('round_robin');
    expect(counts(await pickAll(world, 3))).toEqual({ a: 12, b: 12, c: 12, d: 12 });
    expect(world.home.pool('openrouter').map(({ priority }) => priority)).toEqual([0, 1, 2, 3]);
  },
  LIMIT_MS,
);

test(
  'least_used: 16 processes share the entries to the pick, and every pick is counted',
  async () => {
    await using world = await withPool('least_used');
    expect(counts(await pickAll(world, 3))).toEqual({ a: 12, b: 12, c: 12, d: 12 });
    expect(world.home.pool('openrouter').map((row) => row.request_count)).toEqual([12, 12, 12, 12]);
  },
  LIMIT_MS,
);

test(
  'random: every entry is used, and nothing is written',
  async () => {
    await using world = await withPool('random');
    const before = world.home.hash();
    const sums = counts(await pickAll(world, 3));
    // 48 picks of four: that one is never picked happens once in 250,000 runs.
    for (const label of LABELS) expect(sums[label], label).toBeGreaterThan(0);
    expect(world.home.hash()).toBe(before);
  },
  LIMIT_MS,
);

test(
  'fill_first: all get the first, and nothing is written',
  async () => {
    await using world = await withPool('fill_first');
    const before = world.home.hash();
    expect(counts(await pickAll(world, 1))).toEqual({ a: 16, b: 0, c: 0, d: 0 });
    expect(world.home.hash()).toBe(before);
  },
  LIMIT_MS,
);

/** How many of so many picks a strategy counts, and the priorities that it leaves. */
const KEEPS: Readonly<Record<string, { readonly counted: number; readonly moves: boolean }>> = {
  fill_first: { counted: 0, moves: false },
  random: { counted: 0, moves: false },
  round_robin: { counted: 0, moves: true },
  least_used: { counted: 1, moves: false },
};

test.each(Object.entries(KEEPS))(
  '%s: 16 processes pick and report: no report is lost, no pick is miscounted',
  async (strategy, { counted, moves }) => {
    await using world = await startWorld();
    world.home.write('config.yaml', `credential_pool_strategies: {openrouter: ${strategy}}\n`);
    const labels = Array.from({ length: PROCESSES / 2 }, (_, i) => `key-${i}`);
    const spares = ['spare-1', 'spare-2'];
    const entries = [...labels, ...spares].map((label) => ({ label, key: keyOf(label) }));
    world.home.seed({ openrouter: entries });
    const report = (label: string, i: number) =>
      world.gormes(['auth', 'report', 'openrouter', label, '--status', String(500 + i), '--quiet']);
    const pick = () =>
      world.gormes(['auth', 'token', 'openrouter', '--quiet'], { allowSecretOnStdout: true });
    const runs = await Promise.all(labels.flatMap((label, i) => [report(label, i), pick()]));
    for (const run of runs) expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const rows = world.home.pool('openrouter');
    expect(rows.map(({ label }) => label).sort()).toEqual(entries.map(({ label }) => label).sort());
    for (const [i, label] of labels.entries()) {
      expect(rows.find((row) => row.label === label)).toMatchObject({
        last_status: 'exhausted',
        last_error_code: 500 + i,
      });
    }
    const uses = rows
      .map((row) => Number(row.request_count))
      .reduce((sum, count) => sum + count, 0);
    expect(uses).toBe(counted * labels.length);
    const kept = rows.map(({ label }) => label);
    if (!moves) expect(kept).toEqual(entries.map(({ label }) => label));
    expect(rows.map(({ priority }) => priority)).toEqual(entries.map((_, place) => place));
    const left = await pick();
    expect(spares.map(keyOf)).toContain(left.stdout.trim());
    const journal = world.home.read('gormes/journal.jsonl').trimEnd().split('\n');
    expect(journal.map((line) => JSON.parse(line).event).sort()).toEqual([
      ...labels.map(() => 'begin'),
      ...labels.map(() => 'done'),
    ]);
  },
  LIMIT_MS,
);
