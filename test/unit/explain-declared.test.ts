import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { explainProvider } from '../../src/apply/explain-provider.ts';
import { preparePlan } from '../../src/apply/prepare-plan.ts';
import { isBlocked } from '../../src/plan/plan.ts';
import type { PlacedEntry } from '../../src/pool/explain-pool.ts';
import {
  declarations,
  depsFor,
  desiredOf,
  homes,
  inTemporaryHome,
  options,
  persons,
  storeOf,
  usePins,
} from '../support/random-homes.ts';

/** Labels with their places, by priority. */
const placed = (entries: readonly PlacedEntry[]) =>
  entries.map(({ entry, place, pinned }) => [entry.label, place, pinned]);

test('what explain says of the pool after an apply is how it is then', async () => {
  await fc.assert(
    fc.asyncProperty(homes, persons, declarations, async (home, pins, spec) => {
      await inTemporaryHome(async (dir) => {
        const store = storeOf(home, dir);
        const deps = depsFor(dir);
        await usePins(deps, store, pins);
        const desired = await desiredOf(spec, dir);
        const prepared = await preparePlan(deps, store, desired, options);
        if (isBlocked(prepared.plan)) return;
        const explain = (provider: string) =>
          explainProvider(deps, store, { provider, simulate: [], desired });
        const ids = Object.keys(spec);
        const before = await Promise.all(ids.map(explain));
        await applyPlan(deps, store, prepared, options, () => {});
        for (const [index, id] of ids.entries()) {
          const { declared, ...now } = await explain(id);
          const said = before[index]?.declared;
          expect(declared?.changes).toEqual([]);
          expect(declared?.after).toBeUndefined();
          const after = said?.after ?? before[index];
          expect(placed(now.entries)).toEqual(placed(after?.entries ?? []));
          expect(now.strategy).toBe(after?.strategy);
          const kinds = now.entries.map(({ entry }) => declared?.belongings.get(entry.id));
          const labels = Object.keys(spec[id]?.credentials ?? {});
          for (const [place, belonging] of kinds.entries()) {
            const label = now.entries[place]?.entry.label ?? '';
            if (belonging?.kind === 'declared')
              expect(belonging).toMatchObject({ managed: true, address: `${id}/${label}` });
            else expect(belonging).toEqual({ kind: 'unmanaged' });
            if (!labels.includes(label)) expect(belonging?.kind).toBe('unmanaged');
          }
        }
      });
    }),
    { numRuns: 40 },
  );
});
