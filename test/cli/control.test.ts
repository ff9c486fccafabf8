import { expect, test } from 'vitest';
import { startWorld } from '../support/world.ts';

// What comes from outside: readers that go away, input without measure; signals: lock, exec, spotify.

test('a reader that goes away is no error, and the command is done', async () => {
  await using world = await startWorld();
  const labels = Array.from({ length: 400 }, (_, n) => `label-${n}-${'x'.repeat(40)}`);
  world.home.seed({ xai: labels.map((label) => ({ label, key: `fake-${label}` })) });
  for (const args of [
    ['auth', 'list'],
    ['auth', 'snapshot'],
    ['auth', 'reset', 'xai', '--json'],
  ]) {
    const running = world.start(args);
    running.child.stdout?.destroy();
    const run = await running.done;
    expect(run, args.join(' ')).toMatchObject({ exitCode: 0, stderr: '' });
  }
});

test('a key of 3 MB on standard input is refused by its limit, and nothing is stored', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'add', 'xai', '--label', 'a', '--api-key', '-'], {
    input: 'k'.repeat(3_000_000),
  });
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toMatch(/64 KiB|\[\w*too_(large|long)\]/);
  expect(world.home.pool('xai')).toEqual([]);
});
