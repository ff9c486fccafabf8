import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { preparePlan } from '../../src/apply/prepare-plan.ts';
import { Secret } from '../../src/base/secret.ts';
import { isBlocked, isEmpty } from '../../src/plan/plan.ts';
import { isSamePin, pinnedEntry } from '../../src/pool/pins.ts';
import { loadPool } from '../../src/pool/pools.ts';
import {
  type DeclarationSpec,
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

test('after an apply that nothing blocks the plan is empty', async () => {
  await fc.assert(
    fc.asyncProperty(homes, declarations, declarations, async (home, first, second) => {
      await inTemporaryHome(async (dir) => {
        const store = storeOf(home, dir);
        const deps = depsFor(dir);
        for (const spec of [first, second]) {
          const prepared = await preparePlan(deps, store, await desiredOf(spec, dir), options);
          if (isBlocked(prepared.plan)) return;
          const result = await applyPlan(deps, store, prepared, options, () => {});
          expect(result.outcomes.filter((outcome) => outcome.state !== 'done')).toEqual([]);
          expect(result.after.changes).toEqual([]);
          expect(isEmpty(result.after)).toBe(true);
        }
      });
    }),
    { numRuns: 60 },
  );
});

test('pins of persons and of declarations: after each apply the plan is empty and each pin is whose it should be', async () => {
  await fc.assert(
    fc.asyncProperty(
      homes,
      fc.array(fc.tuple(persons, declarations), { minLength: 2, maxLength: 3 }),
      async (home, rounds) => {
        await inTemporaryHome(async (dir) => {
          const store = storeOf(home, dir);
          const deps = depsFor(dir);
          for (const [person, spec] of rounds) {
            await usePins(deps, store, person);
            const before = store.readLedger();
            const desired = await desiredOf(spec, dir);
            const prepared = await preparePlan(deps, store, desired, options);
            if (isBlocked(prepared.plan)) return;
            const result = await applyPlan(deps, store, prepared, options, () => {});
            expect(result.outcomes.filter((outcome) => outcome.state !== 'done')).toEqual([]);
            expect(result.after.changes).toEqual([]);
            const { auth, inputs } = await store.read();
            const { pins, ownedPins } = store.readLedger();
            for (const { id, pin } of desired.providers) {
              if (pin === undefined) continue;
              const { entries } = loadPool(id, auth, inputs);
              const address = store.readLedger().entries.get(`${id}/${pin}`);
              expect(pinnedEntry(entries, pins.get(id))?.id).toBe(address?.id);
            }
            for (const [id, pin] of before.pins) {
              if (desired.providers.some((each) => each.id === id && each.pin)) continue;
              // Ours is lifted, a person's stays on its entry.
              const wasOurs = isSamePin(before.ownedPins.get(id), pin);
              expect(pins.has(id)).toBe(!wasOurs);
            }
            for (const [id, owned] of ownedPins)
              expect(
                isSamePin(owned, pins.get(id)) || desired.providers.some((p) => p.id === id),
              ).toBe(true);
          }
        });
      },
    ),
    { numRuns: 50 },
  );
});

test('what nobody declared is as it was, unknown fields included', async () => {
  await fc.assert(
    fc.asyncProperty(homes, declarations, async (home, spec) => {
      await inTemporaryHome(async (dir) => {
        const store = storeOf(home, dir);
        const deps = depsFor(dir);
        const prepared = await preparePlan(deps, store, await desiredOf(spec, dir), options);
        if (isBlocked(prepared.plan)) return;
        const before = JSON.parse(readFileSync(join(dir, 'auth.json'), 'utf8'));
        await applyPlan(deps, store, prepared, options, () => {});
        const after = JSON.parse(readFileSync(join(dir, 'auth.json'), 'utf8'));
        expect(after.some_future_key).toEqual(before.some_future_key);
        for (const [provider, rows] of Object.entries(before.credential_pool)) {
          if (!Object.hasOwn(spec, provider)) expect(after.credential_pool[provider]).toEqual(rows);
        }
      });
    }),
    { numRuns: 40 },
  );
});

test('the plan does not depend on the order of providers, nor on the order of rows in the file', async () => {
  await fc.assert(
    fc.asyncProperty(homes, declarations, async (home, spec) => {
      await inTemporaryHome(async (dir) => {
        const store = storeOf(home, dir);
        const snapshotPlan = async (given: DeclarationSpec): Promise<string[]> => {
          const { plan } = await preparePlan(
            depsFor(dir),
            store,
            await desiredOf(given, dir),
            options,
          );
          return plan.changes.map((change) => JSON.stringify(change)).sort();
        };
        const forwards = await snapshotPlan(spec);
        const backwards = await snapshotPlan(Object.fromEntries(Object.entries(spec).reverse()));
        expect(backwards).toEqual(forwards);
        const file = join(dir, 'auth.json');
        const auth = JSON.parse(readFileSync(file, 'utf8'));
        for (const rows of Object.values<unknown[]>(auth.credential_pool)) rows.reverse();
        writeFileSync(file, JSON.stringify(auth));
        expect(await snapshotPlan(spec)).toEqual(forwards);
      });
    }),
    { numRuns: 60 },
  );
});

test('a plan holds no secret', async () => {
  await fc.assert(
    fc.asyncProperty(homes, declarations, async (home, spec) => {
      await inTemporaryHome(async (dir) => {
        const { plan } = await preparePlan(
          depsFor(dir),
          storeOf(home, dir),
          await desiredOf(spec, dir),
          options,
        );
        expect(JSON.stringify(plan)).not.toContain('secret-value');
        expect(JSON.stringify(plan)).not.toContain(`${new Secret('x')}`);
      });
    }),
    { numRuns: 30 },
  );
});
