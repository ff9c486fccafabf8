import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import type { Outcome } from '../../src/apply/outcomes.ts';
import { preparePlan } from '../../src/apply/prepare-plan.ts';
import type { LockedStore, PoolStore } from '../../src/pool/store.ts';
import { depsFor, desiredOf, inTemporaryHome, options, storeOf } from '../support/random-homes.ts';

type Home = Parameters<typeof storeOf>[0];
type Spec = Parameters<typeof desiredOf>[0];

/** The labels of a provider, as the file has them. */
function labels(dir: string, provider: string): string[] {
  const auth = JSON.parse(readFileSync(join(dir, 'auth.json'), 'utf8'));
  return auth.credential_pool[provider].map((row: { label: string }) => row.label);
}

function journal(dir: string): string[] {
  const text = readFileSync(join(dir, 'gormes', 'journal.jsonl'), 'utf8');
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line)).map(({ event, address }) => `${event} ${address}`);
}

function told(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ state, change }) => `${state} ${change.action} ${change.address}`);
}

/** Applies a declaration; `wrap` stands between the apply and the store. */
async function applied(
  dir: string,
  home: Home,
  spec: Spec,
  wrap: (store: PoolStore) => PoolStore,
  signal?: AbortSignal,
) {
  const store = storeOf(home, dir);
  const deps = { ...depsFor(dir), ...(signal === undefined ? {} : { signal }) };
  const prepared = await preparePlan(deps, store, await desiredOf(spec, dir), options);
  return await applyPlan(deps, wrap(store), prepared, options, () => {});
}

const three: Spec = {
  openrouter: { strategy: 'random', pin: undefined, credentials: { a: 'K1', b: 'K2', c: 'K3' } },
};
const adds = ['add openrouter/a', 'add openrouter/b', 'add openrouter/c'];

test('changes of the store and the ledger alone share one write, and each is in the journal', async () => {
  await inTemporaryHome(async (dir) => {
    let locks = 0;
    const result = await applied(dir, {}, three, (store) => ({
      ...store,
      lock: (work) => {
        locks++;
        return store.lock(work);
      },
    }));
    expect(told(result.outcomes)).toEqual(
      [...adds, 'strategy openrouter'].map((it) => `done ${it}`),
    );
    // The three keys, and the strategy.
    expect(locks).toBe(2);
    expect(labels(dir, 'openrouter')).toEqual(['a', 'b', 'c']);
    const addresses = ['openrouter/a', 'openrouter/b', 'openrouter/c'];
    expect(journal(dir).slice(0, 6)).toEqual([
      ...addresses.map((address) => `begin ${address}`),
      ...addresses.map((address) => `done ${address}`),
    ]);
  });
});

test('a change that refuses fails alone: those before and behind it are made', async () => {
  await inTemporaryHome(async (dir) => {
    const home: Home = {
      openrouter: ['x', 'y', 'z'].map((label, at) => ({ label, key: `K${at + 1}` })),
    };
    const result = await applied(dir, home, three, (store) => {
      // Relabelled by somebody else after the plan was made.
      const file = join(dir, 'auth.json');
      writeFileSync(file, readFileSync(file, 'utf8').replace('"label": "y"', '"label": "other"'));
      return store;
    });
    const failed = result.outcomes.filter((outcome) => outcome.state === 'failed');
    expect(told(failed)).toEqual(['failed adopt openrouter/b', 'failed relabel openrouter/b']);
    expect(failed.map((outcome) => outcome.error.code)).toEqual(['row_changed', 'row_changed']);
    expect(labels(dir, 'openrouter')).toEqual(['a', 'other', 'c']);
    expect(result.outcomes.filter((outcome) => outcome.state === 'done')).toHaveLength(5);
  });
});

/** A store whose ledger can't be written. */
function withoutLedger(store: PoolStore): PoolStore {
  return {
    ...store,
    lock: (work) =>
      store.lock((held) => {
        const update: LockedStore['update'] = (change) =>
          held.update((draft) => {
            const done = change(draft);
            // Nothing can be renamed over a directory.
            mkdirSync(store.home.ledgerFile, { recursive: true });
            return done;
          });
        return work({ ...held, update });
      }),
  };
}

test('when the ledger cannot be written, all changes of the write fail, and none is made twice', async () => {
  await inTemporaryHome(async (dir) => {
    const result = await applied(dir, {}, three, withoutLedger).catch((error) => error);
    expect(result).toMatchObject({ code: 'not_a_file' }); // the plan afterwards can't read it
    expect(labels(dir, 'openrouter')).toEqual(['a', 'b', 'c']);
    expect(journal(dir).filter((line) => line.startsWith('failed'))).toEqual([
      'failed openrouter/a',
      'failed openrouter/b',
      'failed openrouter/c',
    ]);
  });
});

test('an interrupt lets the write end that is under way, and begins no other', async () => {
  await inTemporaryHome(async (dir) => {
    const control = new AbortController();
    const wrap = (store: PoolStore): PoolStore => ({
      ...store,
      lock: (work) =>
        store.lock((held) => {
          control.abort();
          return work(held);
        }),
    });
    const result = await applied(dir, {}, three, wrap, control.signal);
    expect(told(result.outcomes)).toEqual([
      ...adds.map((it) => `done ${it}`),
      'left strategy openrouter',
    ]);
    expect(result.exitCode).toBe(130);
  });
});

test.each([
  ['one change', { a: 'K1' }],
  ['several changes', { a: 'K1', b: 'K2' }],
])(
  'what %s stored and could not note is ours for whatever comes next',
  async (_name, credentials) => {
    await inTemporaryHome(async (dir) => {
      const home: Home = { openrouter: [{ label: 'other', key: 'K3' }] };
      const spec = (declared: Record<string, string>): Spec => ({
        openrouter: { strategy: undefined, pin: undefined, credentials: declared },
      });
      const stores: PoolStore[] = [];
      const wrap = (store: PoolStore): PoolStore => {
        stores.push(store);
        return withoutLedger(store);
      };
      const failed = await applied(dir, home, spec(credentials), wrap).catch((e) => e);
      expect(failed).toMatchObject({ code: 'not_a_file' });
      expect(labels(dir, 'openrouter')).toEqual([...Object.keys(credentials), 'other']);
      rmdirSync(join(dir, 'gormes', 'ledger.json'));

      const [store] = stores;
      if (store === undefined) throw new Error('nothing was applied');
      const desired = await desiredOf(spec({}), dir);
      const dropped = await preparePlan(depsFor(dir), store, desired, options);
      expect(dropped.plan.changes.map(({ action, address }) => `${action} ${address}`)).toEqual(
        Object.keys(credentials).map((label) => `remove openrouter/${label}`),
      );
    });
  },
);
