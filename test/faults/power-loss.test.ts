import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isJsonObject, type Json } from '../../src/base/json.ts';
import { DiskModel, type Step } from './disk-model.ts';
import { type Place, runVictim, type Victim, withPlace } from './faulty-run.ts';
import { figure, LIMIT_MS } from './sizes.ts';
import { victims } from './victims.ts';

const RECORDER = new URL('./record.mjs', import.meta.url).href;

function filesOf({ home }: Place): Map<string, string> {
  const names = home.exists('.')
    ? readdirSync(home.dir, { recursive: true, encoding: 'utf8' })
    : [];
  return new Map(
    names
      .map((name) => home.path(name))
      .filter((path) => statSync(path).isFile())
      .map((path) => [path, readFileSync(path, 'latin1')]),
  );
}

/** Runs a command and returns what it did to the files, in order. */
async function recorded(place: Place, victim: Victim): Promise<Step[]> {
  const file = join(place.dir, 'steps');
  rmSync(file, { force: true });
  const run = await runVictim(place, victim, undefined, {
    NODE_OPTIONS: `--import ${RECORDER}`,
    RECORD_HOME: place.home.dir,
    RECORD_FILE: file,
  });
  expect(run, run.stderr).toMatchObject({ code: 0 });
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line));
}

/** What a path holds for a reader after each step: the versions that were meant. */
function meant(path: string, before: string | undefined, steps: readonly Step[]) {
  const found = new Set([before]);
  const data = new Map<number, string>();
  const names = new Map<string, number>();
  for (const step of steps) {
    if (step.op === 'create') names.set(step.path, step.ino);
    if (step.op === 'create') data.set(step.ino, '');
    if (step.op === 'data') data.set(step.ino, step.text);
    if (step.op !== 'rename') continue;
    names.set(step.to, names.get(step.from) ?? 0);
    if (step.to === path) found.add(data.get(names.get(path) ?? 0));
  }
  return found;
}

/** Ids of entries that a ledger speaks of, and of entries that a store holds. */
function ids(text: string | undefined, key: 'entries' | 'credential_pool'): Set<string> {
  const value: Json = text === undefined ? {} : JSON.parse(text);
  const top = isJsonObject(value) ? value[key] : undefined;
  const rows = isJsonObject(top) ? Object.values(top).flat() : [];
  return new Set(rows.flatMap((row) => (isJsonObject(row) ? [String(row.id)] : [])));
}

const FILES = ['auth.json', '.env', 'config.yaml', 'gormes/ledger.json'];

const fresh: Victim = {
  name: 'add to no home',
  args: ['auth', 'add', 'xai', '--label', 'new'],
  input: 'fake-xai-key-1',
  prepare: () => undefined,
};

test.each([...victims, fresh])(
  '$name: a power loss at any moment leaves each file old or new, and after the end new',
  async (victim) => {
    await withPlace(async (place) => {
      victim.prepare(place);
      const before = filesOf(place);
      const steps = await recorded(place, victim);
      expect(steps.length).toBeGreaterThan(5);
      const disk = new DiskModel(before);
      const [auth, , , ledger] = FILES.map((name) => place.home.path(name));
      const journal = place.home.path('gormes/journal.jsonl');
      const lines = place.home.read('gormes/journal.jsonl').split('\n');
      let states = 0;
      for (const [index, step] of steps.entries()) {
        disk.take(step);
        const where = `${victim.name}, after step ${index + 1}, ${JSON.stringify(step).slice(0, 90)}`;
        for (const path of FILES.map((name) => place.home.path(name))) {
          const valid = meant(path, before.get(path), steps);
          const possible = disk.possible(path);
          states += possible.size;
          expect(
            [...possible].filter((text) => !valid.has(text)),
            `${path}: ${where}`,
          ).toEqual([]);
        }
        for (const text of disk.possible(journal)) {
          states++;
          const last = (text ?? '').split('\n').length - 1;
          expect((text ?? '').split('\n').slice(0, last), where).toEqual(lines.slice(0, last));
        }
        // Whatever the ledger speaks of, the store has, or had before this run removed it.
        const known = ids(before.get(auth ?? ''), 'credential_pool');
        for (const stored of disk.possible(auth ?? ''))
          for (const noted of disk.possible(ledger ?? '')) {
            const present = ids(stored, 'credential_pool');
            const claimed = [...ids(noted, 'entries')].filter(
              (id) => !present.has(id) && !known.has(id),
            );
            expect(claimed, where).toEqual([]);
          }
      }
      for (const [path, text] of filesOf(place)) {
        if (path.endsWith('auth.lock')) continue;
        expect([...disk.possible(path)], `${path} after the end`).toEqual([text]);
      }
      figure(
        `power loss: ${victim.name}: ${steps.length} calls, ${states} states that a disk may be left in: 0 torn, 0 lost after the end`,
      );
    });
  },
  LIMIT_MS,
);
