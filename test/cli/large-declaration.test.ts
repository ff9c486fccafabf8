import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { makeHome, makeLargeDeclaration } from '../../bench/homes.mjs';
import { type PlanDocument, planned } from '../support/declaration.ts';
import { startWorld } from '../support/world.ts';

const numbered = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i);

/** Labels that a plan names with this action, in the order of names. */
function labels(plan: PlanDocument, action: string): string[] {
  const found = plan.changes.filter((change) => change.action === action);
  return found.map(({ address }) => address.split('/')[1] ?? address).sort();
}

/** `declared-N` of these numbers, in the order of names. */
const declared = (numbers: readonly number[], ...more: string[]): string[] =>
  [...numbers.map((i) => `declared-${i}`), ...more].sort();

test('500 credentials in 3 included files for 10 hosts: the plan is right, and empty after apply', async () => {
  await using world = await startWorld();
  const { env } = makeLargeDeclaration(world.cwd, hostname());
  const plan = (): Promise<PlanDocument> => planned(world, [], { env });
  const apply = (...args: string[]) => world.gormes(['auth', 'apply', '--yes', ...args], { env });
  world.secret('declared', env.BENCH_KEY_0 ?? ''); // the others begin alike
  makeHome(world.home.dir, 100, 'declared');

  // Of the ten overlays only that of host 6 counts: 6 is not declared, 16 must be absent.
  const absent = [16, ...numbered(90, 100)];
  const kept = numbered(0, 90).filter((i) => i !== 6 && i !== 16);
  const added = declared(numbered(100, 500), 'host-6');
  const first = await plan();
  expect(labels(first, 'adopt')).toEqual(declared(kept));
  expect(labels(first, 'add')).toEqual(added);
  expect(labels(first, 'remove')).toEqual(declared(absent));
  expect(labels(first, 'strategy')).toEqual(['deepseek']);
  expect(labels(first, 'reorder'), 'the key of the variable moves behind').toEqual(['openrouter']);
  expect(first.changes).toHaveLength(88 + 401 + 11 + 2);
  expect(first).toMatchObject({ unchanged: 0, unmanaged: { deepseek: 1, openrouter: 1 } });

  // What one provider has is then unchanged, and the rest as before.
  expect(await apply('--target', 'xai')).toMatchObject({ exitCode: 0 });
  const second = await plan();
  expect(second).toMatchObject({
    unchanged: 98,
    summary: { add: 321, change: 2, remove: 9, ledger_only: 70, blocked: 0, unknown: 0 },
  });
  expect(second.changes.filter(({ address }) => address.startsWith('xai'))).toEqual([]);

  expect(await apply()).toMatchObject({ exitCode: 0 });
  expect(await plan()).toMatchObject({ empty: true, changes: [], unchanged: 489 });
  expect(world.home.pool('xai').map(({ label }) => label)).toEqual(
    numbered(0, 500)
      .filter((i) => i % 5 === 2 && !absent.includes(i))
      .map((i) => `declared-${i}`),
  );
});
