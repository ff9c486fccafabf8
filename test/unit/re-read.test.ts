import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { getRow } from '../../src/apply/handlers/handler.ts';
import { realClock, realRandom } from '../../src/base/deps.ts';
import { parseEntry } from '../../src/pool/entry.ts';
import { findHome, type Home } from '../../src/pool/home.ts';
import { withLock } from '../../src/pool/lock.ts';
import { homeStore, type PoolStore } from '../../src/pool/store.ts';

// Somebody else writes while we are at it: what they wrote is there afterwards, and so is ours.

const { signal } = new AbortController();

function scratch(clock = realClock): { readonly home: Home; readonly store: PoolStore } {
  const dir = mkdtempSync(join(tmpdir(), 're-read-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const home = findHome({}, undefined, { home: dir, profile: undefined });
  const deps = { clock, env: {}, random: realRandom, signal, userHome: undefined };
  return { home, store: homeStore(home, deps, 30_000) };
}

test('what another program stored while we waited for the lock stays', async () => {
  let waits = (): void => undefined;
  const waiting = new Promise<void>((resolve) => {
    waits = resolve;
  });
  const sleep: typeof realClock.sleep = (ms, stop) => {
    waits(); // it looked for the lock, and found it taken
    return realClock.sleep(ms, stop);
  };
  const { home, store } = scratch({ ...realClock, now: realClock.now, sleep });
  writeFileSync(home.authFile, '{"version":1,"providers":{}}');
  const lock = { waitMs: 0, clock: realClock, random: realRandom };
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let taken = (): void => undefined;
  const isTaken = new Promise<void>((resolve) => {
    taken = resolve;
  });
  const held = withLock(home.lockFile, lock, () => {
    taken();
    return gate;
  });
  await isTaken;
  const update = store.update(({ auth }) => {
    auth.ours = true;
  });
  await waiting;
  writeFileSync(home.authFile, '{"version":1,"providers":{},"theirs":true}');
  release();
  await held;
  await update;
  expect(JSON.parse(readFileSync(home.authFile, 'utf8'))).toMatchObject({
    ours: true,
    theirs: true,
  });
});

test('what a person wrote to .env while we edited it stays', async () => {
  const { home, store } = scratch();
  writeFileSync(home.envFile, 'OURS=1\nTHEIRS=1\n');
  let turns = 0;
  await store.update((draft) => {
    draft.env = draft.env.remove('OURS');
    if (++turns === 1) writeFileSync(home.envFile, 'OURS=1\nTHEIRS=2\n');
  });
  expect(readFileSync(home.envFile, 'utf8')).toBe('THEIRS=2\n');
  expect(turns).toBe(2);
});

test('what a person wrote to config.yaml while we edited it stays', async () => {
  const { home, store } = scratch();
  writeFileSync(home.configFile, 'a: 1\n');
  let turns = 0;
  await store.update((draft) => {
    draft.config = draft.config.set(['ours'], 1);
    if (++turns === 1) writeFileSync(home.configFile, 'a: 2\n');
  });
  expect(readFileSync(home.configFile, 'utf8')).toBe('a: 2\nours: 1\n');
  expect(turns).toBe(2);
});

test('a file that changes with every look is given up, unwritten', async () => {
  const { home, store } = scratch();
  writeFileSync(home.configFile, 'turn: 0\n');
  let turns = 0;
  const updated = store.update((draft) => {
    draft.config = draft.config.set(['ours'], 1);
    writeFileSync(home.configFile, `turn: ${++turns}\n`);
  });
  await expect(updated).rejects.toMatchObject({ code: 'home_changing' });
  expect(readFileSync(home.configFile, 'utf8')).toBe(`turn: ${turns}\n`);
});

test('success is said only of what reads back', async () => {
  const { home, store } = scratch();
  const real = fs.renameSync;
  const put = (renameSync: typeof real): void => {
    Object.assign(fs, { renameSync });
    syncBuiltinESMExports();
  };
  onTestFinished(() => put(real));
  // A program that does not take the lock comes right after us.
  put((from, to) => {
    real(from, to);
    if (to === home.authFile) writeFileSync(home.authFile, '{"version":1,"providers":{}}');
  });
  const updated = store.update(({ auth }) => {
    auth.ours = true;
  });
  await expect(updated).rejects.toMatchObject({ code: 'write_not_kept' });
});

test('a row that is not as it was looked at is refused', () => {
  const entry = parseEntry('xai', { id: 'a1', label: 'work', source: 'manual' }, 'a1');
  const row = { id: 'a1', label: 'work', source: 'manual' };
  expect(getRow([entry], 'xai', row)).toBe(entry);
  for (const other of [{ id: 'b2' }, { label: 'home' }, { source: 'env:XAI_API_KEY' }])
    expect(() => getRow([entry], 'xai', { ...row, ...other })).toThrow('changed since');
});
