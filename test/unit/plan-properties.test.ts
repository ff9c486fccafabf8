import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { type PlanOptions, preparePlan } from '../../src/apply/prepare-plan.ts';
import { type Deps, realClock, realRandom } from '../../src/base/deps.ts';
import { Secret } from '../../src/base/secret.ts';
import { diskFiles } from '../../src/config/declaration-files.ts';
import type { Desired } from '../../src/config/desired.ts';
import { loadDeclaration } from '../../src/config/load-declaration.ts';
import { isBlocked, isEmpty } from '../../src/plan/plan.ts';
import { findHome } from '../../src/pool/home.ts';
import { homeStore, type PoolStore } from '../../src/pool/store.ts';

const LABELS = ['a', 'b', 'c', 'dash-ed', 'with space'];
const PROVIDERS = ['openrouter', 'deepseek', 'anthropic', 'xai'];
const KEYS = ['K1', 'K2', 'K3', 'K4', 'K5'];
const STRATEGIES = ['fill_first', 'round_robin', 'least_used', 'random'];

/** Entries of a home, by provider; labels and keys may repeat, as in a home that grew by hand. */
const homes = fc.dictionary(
  fc.constantFrom(...PROVIDERS),
  fc.array(fc.record({ label: fc.constantFrom(...LABELS), key: fc.constantFrom(...KEYS) }), {
    maxLength: 4,
  }),
);

/** Declarations: by provider, label → where the key is, or absent. */
const declarations = fc.dictionary(
  fc.constantFrom(...PROVIDERS),
  fc.record({
    strategy: fc.option(fc.constantFrom(...STRATEGIES), { nil: undefined }),
    credentials: fc.dictionary(
      fc.constantFrom(...LABELS),
      fc.option(fc.constantFrom(...KEYS), { nil: undefined }),
    ),
  }),
);

type HomeSpec = typeof homes extends fc.Arbitrary<infer T> ? T : never;
type DeclarationSpec = typeof declarations extends fc.Arbitrary<infer T> ? T : never;

const options: PlanOptions = {
  targets: [],
  maxRemovals: 1000,
  allowEmpty: PROVIDERS,
  takeOver: false,
};

function depsFor(dir: string): Deps {
  const refuse = async (): Promise<never> => {
    throw new Error('nobody is asked');
  };
  const env = Object.fromEntries(KEYS.map((key) => [key, `secret-value-of-${key}`]));
  return {
    env,
    userHome: dir,
    cwd: dir,
    clock: realClock,
    random: realRandom,
    http: refuse,
    notice: () => {},
    spawn: refuse,
    signal: new AbortController().signal,
    terminal: {
      interactive: false,
      ask: refuse,
      askSecret: refuse,
      confirm: refuse,
      readStdin: refuse,
    },
  } as Deps;
}

function yamlOf(spec: DeclarationSpec): string {
  const providers = Object.fromEntries(
    Object.entries(spec).map(([id, { strategy, credentials }]) => [
      id,
      {
        ...(strategy === undefined ? {} : { strategy }),
        credentials: Object.fromEntries(
          Object.entries(credentials).map(([label, key]) => [
            label,
            key === undefined ? { state: 'absent' } : { api_key: `env:${key}` },
          ]),
        ),
      },
    ]),
  );
  return JSON.stringify({ version: 1, name: 'property', unmanaged: 'keep', providers });
}

async function desiredOf(spec: DeclarationSpec, dir: string): Promise<Desired> {
  const input = { path: join(dir, 'gormes.auth.json'), bytes: Buffer.from(yamlOf(spec)) };
  const facts = {
    host: 'h',
    user: 'u',
    os: 'linux',
    home: undefined,
    profile: undefined,
    userHome: dir,
  };
  const { desired, diagnostics } = await loadDeclaration(input, {
    cwd: dir,
    files: diskFiles,
    ...facts,
  });
  if (desired === undefined) throw new Error(diagnostics.map((d) => d.message).join('; '));
  return desired;
}

function storeOf(spec: HomeSpec, dir: string): PoolStore {
  mkdirSync(dir, { recursive: true });
  let id = 0;
  const pool = Object.fromEntries(
    Object.entries(spec).map(([provider, entries]) => [
      provider,
      entries.map(({ label, key }, priority) => ({
        id: (id++).toString(16).padStart(6, '0'),
        label,
        auth_type: 'api_key',
        priority,
        source: 'manual',
        access_token: `secret-value-of-${key}`,
        future_field: { kept: [1.0, 12345678901234567000] },
      })),
    ]),
  );
  const store = {
    version: 1,
    providers: {},
    credential_pool: pool,
    some_future_key: { keep: 'me' },
  };
  writeFileSync(join(dir, 'auth.json'), JSON.stringify(store, null, 2));
  return homeStore(findHome({}, dir, { home: dir, profile: undefined }), depsFor(dir), 5000);
}

async function inTemporaryHome(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'gormes-property-'));
  try {
    await run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

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
