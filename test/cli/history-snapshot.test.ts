import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applied, declare, lines, planned } from '../support/declaration.ts';
import { startWorld } from '../support/world.ts';

test('history says when, what, by which declaration, and how it ended', async () => {
  await using world = await startWorld();
  world.write('k', `${world.canary('k')}\n`);
  declare(world, 'providers: { xai: { credentials: { a: { api_key: "file:k" } } } }');
  const yaml = readFileSync(join(world.cwd, 'gormes.auth.yaml'));
  await applied(world);
  await world.gormes(['auth', 'remove', 'xai', 'a']);
  const journal = world.home.path('gormes/journal.jsonl');
  appendFileSync(
    journal,
    '{"at":"2026-01-01T00:00:00.000Z","event":"begin","action":"add","address":"xai/b","reason":"not_in_pool"}\n{"torn',
  );
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'history', '--json']);
  const { changes, unreadable } = JSON.parse(run.stdout);
  const sha256 = createHash('sha256').update(yaml).digest('hex');
  expect(changes).toMatchObject([
    { action: 'add', address: 'xai/a', result: 'done', declaration: 'test', sha256 },
    { action: 'remove', address: 'xai/a', reason: 'requested', result: 'done', sha256: null },
    { action: 'add', address: 'xai/b', result: 'interrupted' },
  ]);
  expect(unreadable).toBe(1);
  const human = await world.gormes(['auth', 'history', '--limit', '2']);
  expect(human.stdout.trim().split('\n')).toHaveLength(2);
  expect(human.stderr).toBe('1 line of the journal could not be read\n');
  const elsewhere = await world.gormes(['auth', 'history'], { env: { TZ: 'Asia/Tokyo' } });
  expect(elsewhere.stdout).toMatch(/^2026-01-01 09:00:00 \((?:in )?\d+ days/m);
  expect(world.home.hash()).toBe(before);
});

test('history calls a pin what the declaration calls it', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'a/b', key: world.canary('a') }] });
  await world.gormes(['auth', 'use', 'xai', 'a/b']);
  await world.gormes(['auth', 'use', 'xai', '--auto']);
  const rows = (await world.gormes(['auth', 'history'])).stdout.trim().split('\n');
  expect(rows.map((row) => row.split(/ {2,}/).slice(2, 4))).toEqual([
    ['pin', 'xai/a/b'],
    ['unpin', 'xai'],
  ]);
});

test('a change that was cut off stays so when it is made later', async () => {
  await using world = await startWorld();
  const line = (at: string, event: string): string =>
    `{"at":"2026-01-0${at}T00:00:00.000Z","event":"${event}","action":"add","address":"xai/b","reason":"not_in_pool"}\n`;
  world.home.write(
    'gormes/journal.jsonl',
    line('1', 'begin') + line('2', 'begin') + line('2', 'done'),
  );
  const { changes } = JSON.parse((await world.gormes(['auth', 'history', '--json'])).stdout);
  expect(changes).toMatchObject([
    { at: '2026-01-01T00:00:00.000Z', result: 'interrupted' },
    { at: '2026-01-02T00:00:00.000Z', result: 'done' },
  ]);
});

test('history of a home that nobody changed says so and creates nothing', async () => {
  await using world = await startWorld();
  expect((await world.gormes(['auth', 'history'])).stdout).toBe('Nothing was changed here yet.\n');
  expect(await world.gormes(['auth', 'history', '--limit', '0'])).toMatchObject({ exitCode: 64 });
  expect(world.home.hash()).toBe('absent');
});

test('a plan against a snapshot shows elsewhere what the pull request does, without a secret', async () => {
  await using world = await startWorld();
  world.home.seed({ deepseek: [{ label: 'by-hand', key: world.canary('by hand') }] });
  world.write('k', `${world.canary('k')}\n`);
  declare(
    world,
    'providers: { xai: { credentials: { a: { api_key: "file:k" }, b: { api_key: "file:k", protect: true } } } }',
  );
  await applied(world);
  const before = world.home.hash();
  const snapshot = await world.gormes(['auth', 'snapshot']);
  expect(world.home.hash()).toBe(before);
  const { entries } = JSON.parse(snapshot.stdout);
  const [first] = world.home.pool('xai');
  expect(entries.map((entry: { address: string }) => entry.address)).toEqual([
    'deepseek/by-hand',
    'xai/a',
    'xai/b',
  ]);
  expect(entries[1]).toMatchObject({
    id: first?.id,
    owner: { declaration: 'test', protect: false },
  });
  expect(snapshot.stdout).not.toContain('fingerprint');

  await using other = await startWorld();
  other.write('s.json', snapshot.stdout);
  declare(
    other,
    'providers: { xai: { strategy: random, credentials: { a: { api_key: "file:not-here" }, c: { api_key: "env:NOT_HERE" } } } }',
  );
  const plan = await planned(other, ['--against', 's.json']);
  expect(lines(plan)).toEqual([
    'add xai/c not_in_pool',
    'strategy xai strategy_changed',
    'blocked xai/b protected',
  ]);
  expect(plan.unmanaged).toEqual({ deepseek: 1 });
  for (const [format, start] of [
    [[], `gormes auth plan  gormes.auth.yaml → ${world.home.dir}, as in s.json\n`],
    [
      ['--markdown'],
      `### gormes auth plan\n\n\`gormes.auth.yaml\` → \`${world.home.dir}, as in s.json\`\n`,
    ],
  ] as const) {
    const shown = await other.gormes(['auth', 'plan', '--against', 's.json', ...format]);
    expect(shown.stdout.slice(0, start.length)).toBe(start);
  }
  expect(other.home.hash()).toBe('absent');
  const bad = await other.gormes(['auth', 'plan', '--against', 'gormes.auth.yaml']);
  expect(bad).toMatchObject({ exitCode: 1, stdout: '' });
  expect(bad.stderr).toContain('[snapshot_not_understood]');
});
