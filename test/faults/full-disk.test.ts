import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { codexSim } from '../internet/codex.ts';
import { fakeJwt } from '../internet/xai.ts';
import { KEPT_CODE } from '../support/kept-code.ts';
import { startWorld } from '../support/world.ts';
import { makeImmutable, mountSmallDisk, notPermitted } from './disk.ts';
import { inLanes, leftovers, type Place, PROGRAM, withPlace } from './faulty-run.ts';
import { figure, LIMIT_MS, sized } from './sizes.ts';

const PAGE = 4096;
const DISK = 512 * 1024;
/** Space that is left, in pages: from none to more than a command needs. */
const SIZES = Array.from({ length: sized(10, 48) }, (_, n) => n);

/** A refresh reserves 128 KiB before it spends its token. */
const REFRESH_STEP = Math.ceil((192 * 1024) / SIZES.length);

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** The label that stands there once it is done. */
  readonly adds: string;
}

const CASES: readonly Case[] = [
  {
    name: 'add',
    args: ['auth', 'add', 'xai', '--label', 'new', '--api-key', 'fake-new'],
    adds: 'new',
  },
  { name: 'apply', args: ['auth', 'apply', '--yes'], adds: 'declared' },
];

/** A store of about three pages, and a declaration with one key more. */
function fill(place: Place): string {
  place.home.seed({
    xai: Array.from({ length: 24 }, (_, n) => ({ label: `old-${n}`, key: `fake-old-key-${n}` })),
  });
  writeFileSync(join(place.dir, 'key'), 'fake-declared\n', { mode: 0o600 });
  writeFileSync(
    join(place.dir, 'gormes.auth.yaml'),
    'version: 1\nproviders: { xai: { credentials: { declared: { api_key: "file:key" } } } }\n',
  );
  return place.home.read('auth.json');
}

interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

async function run(
  place: Place,
  args: readonly string[],
  as: { readonly limit?: number; readonly uid?: number } = {},
): Promise<Ran> {
  const node = [process.execPath, PROGRAM, ...args];
  const limited = as.limit === undefined ? node : ['prlimit', `--fsize=${as.limit}`, '--', ...node];
  const child = spawn(limited[0] ?? '', limited.slice(1), {
    cwd: place.dir,
    env: { ...KEPT_CODE, PATH: process.env.PATH, HOME: place.dir, HERMES_HOME: place.home.dir },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(as.uid === undefined ? {} : { uid: as.uid, gid: as.uid }),
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => chunks.push(String(chunk)));
  const [code, signal] = await once(child, 'close');
  return { code, signal, output: chunks.join('') };
}

const labels = (place: Place): string[] => place.home.pool('xai').map((row) => String(row.label));

/** After a run that had too little space: old or done, said so, whole, nothing left over. */
function checkRefused(place: Place, { adds }: Case, before: string, ran: Ran, where: string): void {
  expect(ran.signal, where).toBeNull();
  expect(ran.output, where).not.toContain('[bug]');
  expect(leftovers(place), where).toEqual({ open: [], temps: [] });
  if (ran.code === 0) {
    expect(labels(place), where).toContain(adds);
    return;
  }
  expect([1, 4], where).toContain(ran.code);
  expect(ran.output, where).toMatch(/ENOSPC|EFBIG/);
  // `apply` writes the entry first and its note next: the entry may stand there already, whole.
  if (place.home.read('auth.json') !== before) expect(labels(place), where).toContain(adds);
  expect(labels(place).filter((label) => label !== adds).length, where).toBe(24);
}

/** With space again, the same command ends as it should. */
async function checkRepeat(place: Place, { name, args, adds }: Case, where: string): Promise<void> {
  if (name === 'add' && labels(place).includes(adds)) return;
  const again = await run(place, args);
  expect(again, `${where}: ${again.output}`).toMatchObject({ code: 0 });
  expect(
    labels(place).filter((label) => label === adds),
    where,
  ).toEqual([adds]);
  expect(labels(place).length, where).toBe(25);
}

test.each(CASES)(
  '$name on a full disk: the old content stays, the error names it, nothing is left over',
  async (kind) => {
    let [refused, done, reason] = [0, 0, ''];
    await inLanes(SIZES, (pages) =>
      withPlace(async (place) => {
        mkdirSync(place.home.dir, { mode: 0o700 });
        const disk = mountSmallDisk(place.home.dir, DISK);
        if (typeof disk === 'string') {
          reason = disk;
          return;
        }
        using mounted = disk;
        const before = fill(place);
        mounted.leave(pages * PAGE);
        const where = `${kind.name} with ${pages} pages free`;
        const ran = await run(place, kind.args);
        if (ran.code === 0) done++;
        else refused++;
        checkRefused(place, kind, before, ran, where);
        mounted.clear();
        await checkRepeat(place, kind, where);
      }),
    );
    if (reason !== '') return notPermitted(`${kind.name} on a full tmpfs`, reason);
    // Both happened, or the sizes miss the point.
    expect(Math.min(refused, done)).toBeGreaterThan(0);
    figure(`full disk: ${kind.name} at ${SIZES.length} sizes: ${refused} refused, 0 truncated`);
  },
  LIMIT_MS,
);

test.each(CASES)(
  '$name with a limit on the size of files: the same',
  async (kind) => {
    const limits = SIZES.map((n) => n * Math.ceil(16_384 / SIZES.length));
    let refused = 0;
    await inLanes(limits, (limit) =>
      withPlace(async (place) => {
        const before = fill(place);
        const where = `${kind.name} limited to ${limit} bytes`;
        const ran = await run(place, kind.args, { limit });
        if (ran.code !== 0) refused++;
        checkRefused(place, kind, before, ran, where);
        await checkRepeat(place, kind, where);
      }),
    );
    expect(refused).toBeGreaterThan(0);
    figure(
      `file size limit: ${kind.name} at ${limits.length} sizes: ${refused} refused, 0 truncated`,
    );
  },
  LIMIT_MS,
);

test(
  'a refresh that finds no space sends nothing: the single-use token is kept',
  async () => {
    let [kept, renewed] = [0, 0];
    for (const pages of SIZES) {
      const sim = codexSim();
      const refresh = `first-refresh-${'f'.repeat(20)}`;
      sim.tokens.accept(refresh);
      await using world = await startWorld({ hosts: sim.hosts });
      mkdirSync(world.home.dir, { recursive: true, mode: 0o700 });
      const disk = mountSmallDisk(world.home.dir, DISK);
      if (typeof disk === 'string') return notPermitted('refresh on a full tmpfs', disk);
      using mounted = disk;
      world.home.seed({
        'openai-codex': [
          {
            label: 'team',
            key: world.secret('expired access token', fakeJwt({ exp: 1000, jti: 'expired' })),
            type: 'oauth',
            source: 'manual:device_code',
            raw: { refresh_token: world.secret('refresh token', refresh) },
          },
        ],
      });
      const before = world.home.read('auth.json');
      // A refresh wants room for more than it writes.
      mounted.leave(pages * REFRESH_STEP);
      const ran = await world.gormes(['auth', 'token', 'openai-codex'], {
        allowSecretOnStdout: true,
      });
      const where = `${pages * REFRESH_STEP} bytes free: ${ran.stderr}`;
      if (ran.exitCode === 0) {
        renewed++;
        const stored: JsonObject | undefined = world.home.pool('openai-codex')[0];
        expect(stored?.refresh_token, where).toBe(sim.tokens.issued.at(-1)?.refreshToken);
      } else {
        kept++;
        expect(sim.refreshes, where).toBe(0);
        expect(ran.stderr, where).toContain('ENOSPC');
        expect(world.home.read('auth.json'), where).toBe(before);
      }
      const place = { dir: world.cwd, home: world.home };
      expect(leftovers(place), where).toEqual({ open: [], temps: [] });
    }
    expect(Math.min(kept, renewed)).toBeGreaterThan(0);
    figure(`full disk: refresh at ${SIZES.length} sizes: ${kept} refused, 0 tokens spent in vain`);
  },
  LIMIT_MS,
);

/** A user that is neither root nor the owner of anything. */
const SOMEBODY = 12345;

/** Ways to forbid writing; each returns what ends it, or why the machine does not allow it. */
const BARRIERS: Readonly<Record<string, (place: Place) => Disposable | string>> = {
  'a read-only file system': (place) => {
    const disk = mountSmallDisk(place.home.dir, DISK);
    if (typeof disk === 'string') return disk;
    fill(place);
    disk.readOnly();
    return disk;
  },
  'an immutable store': (place) => makeImmutable(place.home.path('auth.json')),
  'an immutable home': (place) => makeImmutable(place.home.dir),
  'a home of mode 0500': (place) => {
    if (process.geteuid?.() !== 0) return 'only root can become another user';
    for (const path of [place.dir, place.home.dir, place.home.path('auth.json')])
      chownSync(path, SOMEBODY, SOMEBODY);
    chmodSync(place.home.dir, 0o500);
    return { [Symbol.dispose]: () => undefined };
  },
  'a store of another user': (place) => {
    if (process.geteuid?.() !== 0) return 'only root can become another user';
    for (const path of [place.dir, place.home.dir]) chownSync(path, SOMEBODY, SOMEBODY);
    chmodSync(place.home.path('auth.json'), 0o644);
    return { [Symbol.dispose]: () => undefined };
  },
};

test.each(Object.entries(BARRIERS))(
  '%s: reads work, writes say why and change nothing',
  async (name, raise) => {
    await withPlace(async (place) => {
      fill(place);
      const raised = raise(place);
      if (typeof raised === 'string') return notPermitted(name, raised);
      using _barrier = raised;
      const as = /0500|another user/.test(name) ? { uid: SOMEBODY } : {};
      const before = place.home.hash();
      const list = await run(place, ['auth', 'list', 'xai'], as);
      expect(list, list.output).toMatchObject({ code: 0 });
      for (const { args } of CASES) {
        const ran = await run(place, args, as);
        const where = `${args[1]}: ${ran.output}`;
        expect([1, 4], where).toContain(ran.code);
        expect(ran.output, where).toMatch(/permission denied|read-only|belongs to another user/);
        expect(ran.output, where).not.toContain('[bug]');
        expect(leftovers(place).temps, where).toEqual([]);
      }
      // A lock file aside, which a home without one gets.
      if (!place.home.exists('auth.lock')) expect(place.home.hash()).toBe(before);
      expect(labels(place).length).toBe(24);
      figure(`${name}: read, not written, said`);
    });
  },
  LIMIT_MS,
);
