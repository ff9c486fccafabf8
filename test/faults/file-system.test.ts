import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { notPermitted } from './disk.ts';
import { leftovers, type Place, runVictim, type Victim, withPlace } from './faulty-run.ts';
import { figure, LIMIT_MS } from './sizes.ts';
import { victims } from './victims.ts';

test(
  'under umask 000, nothing in a home is open to others at any moment',
  async () => {
    let seen = 0;
    const freshHome: Victim = {
      name: 'add to no home',
      args: ['auth', 'add', 'xai', '--label', 'new'],
      input: 'fake-xai-key-1',
      prepare: () => undefined,
    };
    for (const victim of [...victims, freshHome]) {
      await withPlace(async (place) => {
        victim.prepare(place);
        const { code, looks, stderr } = await runVictim(place, victim);
        expect(code, stderr).toBe(0);
        expect(looks.length).toBeGreaterThan(3);
        seen += looks.length;
        expect(looks.filter((look) => !/^(f 600|d 700) /.test(look))).toEqual([]);
      });
    }
    figure(`modes: ${seen} looks right after a change under umask 000: all 0600 or 0700`);
  },
  LIMIT_MS,
);

/** A file of the home, and a command that writes it. */
const FILES: Readonly<Record<string, Victim | undefined>> = {
  'auth.json': victims.find(({ name }) => name === 'add'),
  '.env': victims.find(({ name }) => name === 'remove a variable'),
  'config.yaml': victims.find(({ name }) => name === 'apply'),
};

/** Ways in which a file can be a link: each makes it one and returns where the bytes are. */
const LINKS: Readonly<Record<string, (file: string, elsewhere: string) => string>> = {
  relative: (file, elsewhere) => {
    const target = join(elsewhere, 'target');
    renameSync(file, target);
    symlinkSync('../elsewhere/target', file);
    return target;
  },
  absolute: (file, elsewhere) => {
    const target = join(elsewhere, 'target');
    renameSync(file, target);
    symlinkSync(target, file);
    return target;
  },
  'a chain of three': (file, elsewhere) => {
    const target = join(elsewhere, 'target');
    renameSync(file, target);
    symlinkSync('target', join(elsewhere, 'second'));
    symlinkSync('second', join(elsewhere, 'first'));
    symlinkSync(join(elsewhere, 'first'), file);
    return target;
  },
};

const CASES = Object.keys(FILES).flatMap((file) =>
  Object.keys(LINKS).map((link) => [file, link] as const),
);

function victimOf(file: string): Victim {
  const victim = FILES[file];
  if (victim === undefined) throw new Error(`nobody writes ${file}`);
  return victim;
}

test.each(CASES)(
  '%s as a link, %s: the link stays, its target is replaced',
  async (file, link) => {
    await withPlace(async (place) => {
      const victim = victimOf(file);
      victim.prepare(place);
      const elsewhere = join(place.dir, 'elsewhere');
      mkdirSync(elsewhere, { mode: 0o700 });
      const path = place.home.path(file);
      const target = LINKS[link]?.(path, elsewhere) ?? '';
      const [text, before] = [readlinkSync(path), readFileSync(target, 'utf8')];
      const run = await runVictim(place, victim);
      expect(run, run.stderr).toMatchObject({ code: 0 });
      expect(readlinkSync(path)).toBe(text);
      expect(readFileSync(target, 'utf8')).not.toBe(before);
      expect(lstatSync(target).isFile()).toBe(true);
      expect(statSync(target).mode & 0o777).toBe(0o600);
      expect(leftovers(place).temps).toEqual([]);
    });
  },
  LIMIT_MS,
);

test.each(Object.keys(FILES))('%s as a link to another file system', async (file) => {
  await withPlace(async (place) => {
    const shared = '/dev/shm';
    if (!existsSync(shared)) return notPermitted('a second file system', `there is no ${shared}`);
    const elsewhere = mkdtempSync(join(shared, 'gormes-'));
    try {
      const victim = victimOf(file);
      victim.prepare(place);
      const [path, target] = [place.home.path(file), join(elsewhere, 'target')];
      const before = readFileSync(path, 'utf8');
      writeFileSync(target, before, { mode: 0o600 });
      rmSync(path);
      symlinkSync(target, path);
      expect(await runVictim(place, victim)).toMatchObject({ code: 0 });
      expect(readlinkSync(path)).toBe(target);
      expect(readFileSync(target, 'utf8')).not.toBe(before);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });
});

test('a dangling link gets its target, a loop is refused and stays', async () => {
  const add = victimOf('auth.json');
  await withPlace(async (place) => {
    mkdirSync(place.home.dir, { mode: 0o700 });
    symlinkSync('../store.json', place.home.path('auth.json'));
    expect(await runVictim(place, add)).toMatchObject({ code: 0 });
    expect(readlinkSync(place.home.path('auth.json'))).toBe('../store.json');
    expect(statSync(join(place.dir, 'store.json')).mode & 0o777).toBe(0o600);
  });
  await withPlace(async (place) => {
    mkdirSync(place.home.dir, { mode: 0o700 });
    symlinkSync('other', place.home.path('auth.json'));
    symlinkSync('auth.json', place.home.path('other'));
    const before = place.home.hash();
    const run = await runVictim(place, add);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toContain('loop');
    expect(place.home.hash()).toBe(before);
  });
});

test('a second name of the store keeps the old content whole', async () => {
  await withPlace(async (place) => {
    const add = victimOf('auth.json');
    add.prepare(place);
    const before = place.home.read('auth.json');
    linkSync(place.home.path('auth.json'), join(place.dir, 'backup.json'));
    expect(await runVictim(place, add)).toMatchObject({ code: 0 });
    expect(readFileSync(join(place.dir, 'backup.json'), 'utf8')).toBe(before);
    expect(place.home.pool('xai').length).toBe(1);
  });
});

test.each([...Object.keys(FILES), 'auth.lock', 'gormes/ledger.json'])(
  'a pipe in the place of %s is named, and nothing waits for it',
  async (file) => {
    await withPlace(async (place: Place) => {
      const victim = victimOf(file in FILES ? file : 'config.yaml');
      victim.prepare(place);
      const path = place.home.path(file);
      mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
      rmSync(path, { force: true });
      expect(spawnSync('mkfifo', ['-m', '600', path]).status).toBe(0);
      const run = await runVictim(place, victim);
      expect([1, 4], run.stdout).toContain(run.code);
      expect(run.stderr + run.stdout).toMatch(/not a regular file/);
      expect(lstatSync(path).isFIFO()).toBe(true);
    });
  },
);

/** Mounts a file over the store, as a container does with what it is given; the reason when not allowed. */
function mountStore(place: Place): Disposable | string {
  const given = join(place.dir, 'given.json');
  const path = place.home.path('auth.json');
  writeFileSync(given, readFileSync(path), { mode: 0o600 });
  const mounted = spawnSync('mount', ['--bind', given, path], { encoding: 'utf8' });
  if (mounted.status !== 0) return mounted.stderr?.trim() || String(mounted.error);
  return { [Symbol.dispose]: () => void spawnSync('umount', [path]) };
}

test(
  'a store that a container mounted is written in place; a kill in the middle is repaired',
  async () => {
    const add = victimOf('auth.json');
    let [kills, torn] = [0, 0];
    for (let at = 0; ; at++) {
      const reached = await withPlace(async (place) => {
        add.prepare(place);
        const mount = mountStore(place);
        if (typeof mount === 'string') return notPermitted('a mounted store', mount);
        using _mount = mount;
        const before = place.home.read('auth.json');
        const where = `kill ${at}`;
        const run = await runVictim(place, add, at === 0 ? undefined : { at, mode: 'kill-mid' });
        if (run.signal === null) {
          expect(run, run.stderr).toMatchObject({ code: 0 });
          expect(readFileSync(join(place.dir, 'given.json'), 'utf8')).toContain('fake-xai-key-1');
          expect(leftovers(place)).toEqual({ open: [], temps: [] });
          return at === 0;
        }
        kills++;
        const repair = { ...add, args: ['auth', 'repair', '--yes'] };
        expect(await runVictim(place, repair), where).toMatchObject({ code: 0 });
        const { length } = place.home.pool('xai');
        if (length === 1) torn++;
        // The old store, or the new one: nobody else's entry is gone.
        expect(place.home.pool('anthropic').length, where).toBe(2);
        if (length === 0) expect(place.home.read('auth.json'), where).toBe(before);
        return true;
      });
      if (reached !== true) break;
    }
    if (kills > 0)
      figure(`a mounted store: ${kills} kills, ${torn} after the new content stood: 0 lost`);
  },
  LIMIT_MS,
);
