import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { preparePlan } from '../../src/apply/prepare-plan.ts';
import { isBlocked } from '../../src/plan/plan.ts';
import { poolTexts, renderDiff } from '../../src/plan/render-diff.ts';
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

test('what the diff announces is what the apply makes', async () => {
  await fc.assert(
    fc.asyncProperty(homes, persons, declarations, async (home, pins, spec) => {
      await inTemporaryHome(async (dir) => {
        const store = storeOf(home, dir);
        const deps = depsFor(dir);
        await usePins(deps, store, pins);
        const desired = await desiredOf(spec, dir);
        const before = await preparePlan(deps, store, desired, options);
        if (isBlocked(before.plan)) return;
        const announced = poolTexts(before.live, before.input.ledger.pins, before.plan);
        await applyPlan(deps, store, before, options, () => {});
        const after = await preparePlan(deps, store, desired, options);
        const made = poolTexts(after.live, after.input.ledger.pins, after.plan).before;
        // New ids are random, and only the row knows a default endpoint.
        expect(stable(made)).toBe(stable(announced.after));
        expect(JSON.stringify(announced)).not.toContain('secret-value');
      });
    }),
    { numRuns: 60 },
  );
});

function stable(text: string): string {
  return text.replace(/ {2}(new|#[0-9a-f]{6}) {2}/g, '  id  ');
}

test('a diff is unified and names only what differs', async () => {
  const before = 'openrouter:\n  credential: a  #1  api key, manual\n';
  const after = 'openrouter:\n  credential: a  new  api key, manual\n';
  expect(await renderDiff({ before, after })).toBe(`--- live
+++ planned
@@ -1,2 +1,2 @@
 openrouter:
-  credential: a  #1  api key, manual
+  credential: a  new  api key, manual
`);
});

test('an empty pool that is filled is a diff from nothing', async () => {
  expect(await renderDiff({ before: '', after: 'x:\n' })).toBe(
    '--- live\n+++ planned\n@@ -0,0 +1,1 @@\n+x:\n',
  );
});

test('equal pools have no diff', async () => {
  expect(await renderDiff({ before: 'x\n', after: 'x\n' })).toBe('');
});
