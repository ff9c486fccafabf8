import { execFileSync, spawnSync } from 'node:child_process';
import fs, {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { rolldown } from 'rolldown';
import { describe, expect, onTestFinished, test } from 'vitest';
import { realRandom } from '../../src/base/deps.ts';
import { GormesError } from '../../src/base/errors.ts';
import { ensureDir } from '../../src/pool/write/directories.ts';
import { sweepTemps, writeAtomic } from '../../src/pool/write/write-atomic.ts';
import { appendDurable, openLockFile, removeFile } from '../../src/pool/write/write-in-place.ts';

const deps = { random: realRandom };
const isRoot = process.geteuid?.() === 0;
/** A user that is not us; exists in /etc/passwd or not, the kernel does not care. */
const OTHER = 12345;

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'write-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

function failure(work: () => unknown): GormesError {
  try {
    work();
  } catch (error) {
    if (error instanceof GormesError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('writeAtomic', () => {
  test('creates a file with mode 0600 whatever the umask, and leaves nothing else behind', () => {
    const dir = scratch();
    const before = process.umask(0);
    onTestFinished(() => {
      process.umask(before);
    });
    writeAtomic(join(dir, 'auth.json'), 'héllo\n', deps);
    expect(readdirSync(dir)).toEqual(['auth.json']);
    expect(readFileSync(join(dir, 'auth.json'), 'utf8')).toBe('héllo\n');
    expect(modeOf(join(dir, 'auth.json'))).toBe(0o600);
  });

  test.each([
    { was: '644', cap: undefined, becomes: '600' },
    { was: '666', cap: undefined, becomes: '600' },
    { was: '400', cap: undefined, becomes: '400' },
    { was: '644', cap: 0o777, becomes: '644' },
    { was: '640', cap: 0o777, becomes: '640' },
  ])('a file of mode $was becomes $becomes where $cap is the widest', ({ was, cap, becomes }) => {
    const path = join(scratch(), 'f');
    writeFileSync(path, 'old');
    chmodSync(path, was);
    writeAtomic(path, 'new', deps, cap === undefined ? {} : { mode: cap });
    expect(modeOf(path).toString(8)).toBe(becomes);
  });

  test('writes any text as its UTF-8 bytes', () => {
    const path = join(scratch(), 'f');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        writeAtomic(path, text, deps);
        expect(readFileSync(path).equals(Buffer.from(text, 'utf8'))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    { name: 'an absolute link', links: (to: string) => [to] },
    { name: 'a relative link', links: () => ['real/file'] },
    { name: 'a chain of three', links: () => ['two', 'three', 'real/file'] },
    { name: 'a link through a linked directory and back', links: () => ['elsewhere/../real/file'] },
  ])('$name stays, and its target is replaced beside itself', ({ links }) => {
    const dir = scratch();
    mkdirSync(join(dir, 'real'));
    mkdirSync(join(dir, 'far/away'), { recursive: true });
    mkdirSync(join(dir, 'far/real'));
    // `elsewhere/..` is `far`, not the directory of the link.
    symlinkSync('far/away', join(dir, 'elsewhere'));
    const texts = links(join(dir, 'real/file'));
    const names = ['one', 'two', 'three'].slice(0, texts.length);
    for (const [index, name] of names.entries()) symlinkSync(texts[index] ?? '', join(dir, name));
    const target = texts[0]?.startsWith('elsewhere') ? 'far/real/file' : 'real/file';
    writeFileSync(join(dir, target), 'old');
    chmodSync(join(dir, target), 0o644);
    writeAtomic(join(dir, 'one'), 'new', deps);
    expect(names.map((name) => readlinkSync(join(dir, name)))).toEqual(texts);
    expect(readFileSync(join(dir, target), 'utf8')).toBe('new');
    expect(modeOf(join(dir, target))).toBe(0o600);
    expect(lstatSync(join(dir, target)).isFile()).toBe(true);
    expect(readdirSync(join(dir, 'real'))).toHaveLength(target === 'real/file' ? 1 : 0);
  });

  test('a dangling link gets its target', () => {
    const dir = scratch();
    mkdirSync(join(dir, 'real'));
    symlinkSync('real/new', join(dir, 'link'));
    writeAtomic(join(dir, 'link'), 'x', deps);
    expect(readFileSync(join(dir, 'real/new'), 'utf8')).toBe('x');
    expect(modeOf(join(dir, 'real/new'))).toBe(0o600);
    expect(readlinkSync(join(dir, 'link'))).toBe('real/new');
  });

  const refusals: { name: string; make: (path: string) => void; says: string }[] = [
    {
      name: 'a loop of links',
      make: (path) => symlinkSync('f', path),
      says: 'the symbolic links form a loop',
    },
    { name: 'a directory', make: (path) => mkdirSync(path), says: 'it is a directory' },
    {
      name: 'a FIFO',
      make: (path) => execFileSync('mkfifo', [path]),
      says: 'it is not a regular file',
    },
    {
      name: 'a link to a device',
      make: (path) => symlinkSync('/dev/null', path),
      says: 'it is not a regular file',
    },
    {
      name: 'a dangling link into no directory',
      make: (path) => symlinkSync('gone/file', path),
      says: 'no such file or directory',
    },
  ];
  test.each(refusals)('refuses $name and leaves it as it is', ({ make, says }) => {
    const dir = scratch();
    make(join(dir, 'f'));
    const error = failure(() => writeAtomic(join(dir, 'f'), 'x', deps));
    expect(error).toMatchObject({ code: 'write_failed', exitCode: 1 });
    expect(error.message).toBe(`cannot write ${join(dir, 'f')}: ${says}`);
    expect(error.hint).toBeDefined();
    expect(readdirSync(dir)).toEqual(['f']);
  });

  test('a temporary name that is taken is not written to', () => {
    const dir = scratch();
    const path = join(dir, 'f');
    const planted = `${path}.tmp.${process.pid}.${'00'.repeat(16)}`;
    writeFileSync(join(dir, 'victim'), 'precious');
    symlinkSync('victim', planted);
    expect(failure(() => writeAtomic(path, 'x', { random: (n) => Buffer.alloc(n) })).code).toBe(
      'write_failed',
    );
    expect(readFileSync(join(dir, 'victim'), 'utf8')).toBe('precious');
    expect(existsSync(path)).toBe(false);
  });

  test('under root the owner of a file stays, a new one gets that of its directory', () => {
    const dir = scratch();
    if (!isRoot) {
      // Somebody else's files can't be made here: that ours stay ours is all there is to see.
      writeAtomic(join(dir, 'new'), 'x', deps);
      expect(statSync(join(dir, 'new')).uid).toBe(process.geteuid?.());
      return;
    }
    writeFileSync(join(dir, 'old'), 'x');
    chownSync(join(dir, 'old'), OTHER, OTHER + 1);
    chownSync(dir, OTHER, OTHER);
    writeAtomic(join(dir, 'old'), 'y', deps);
    writeAtomic(join(dir, 'new'), 'y', deps);
    ensureDir(join(dir, 'sub/deep'));
    appendDurable(join(dir, 'journal'), 'line');
    expect(statSync(join(dir, 'old'))).toMatchObject({ uid: OTHER, gid: OTHER + 1 });
    for (const name of ['new', 'sub', 'sub/deep', 'journal']) {
      expect(statSync(join(dir, name)), name).toMatchObject({ uid: OTHER, gid: OTHER });
    }
  });
});

type Call =
  | 'openSync'
  | 'fstatSync'
  | 'writeSync'
  | 'fchmodSync'
  | 'fsyncSync'
  | 'closeSync'
  | 'renameSync';
const CALLS: readonly Call[] = [
  'openSync',
  'fstatSync',
  'writeSync',
  'fchmodSync',
  'fsyncSync',
  'closeSync',
  'renameSync',
];

/** Runs `work` while calls of the file system go through `fault`, which throws to make one fail. */
function withFaults(
  fault: (call: Call, args: readonly unknown[]) => unknown,
  work: () => void,
): void {
  const real = Object.fromEntries(CALLS.map((call) => [call, fs[call]]));
  for (const call of CALLS) {
    const original: unknown = fs[call];
    if (typeof original !== 'function') throw new Error(call);
    Object.assign(fs, {
      [call]: (...args: unknown[]) => {
        const changed = fault(call, args);
        return Reflect.apply(original, fs, Array.isArray(changed) ? changed : args);
      },
    });
  }
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }
}

function errno(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('a failing file system', () => {
  test.each(['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE', 'EDQUOT', 'EBUSY', 'EXDEV'])(
    '%s at every call leaves the old or the new content and no temporary file',
    (code) => {
      const dir = scratch();
      const path = join(dir, 'f');
      for (let failing = 1; ; failing++) {
        writeFileSync(path, 'old content', { mode: 0o600 });
        let count = 0;
        let thrown: unknown;
        withFaults(
          () => {
            count++;
            if (count === failing) throw errno(code);
          },
          () => {
            try {
              writeAtomic(path, 'new', deps);
            } catch (error) {
              thrown = error;
            }
          },
        );
        const content = readFileSync(path, 'utf8');
        expect(['old content', 'new'], `call ${failing}`).toContain(content);
        expect(readdirSync(dir)).toEqual(['f']);
        if (thrown === undefined) expect(content).toBe('new');
        else {
          const says = content === 'new' ? 'is written, but' : 'cannot write';
          expect(thrown).toMatchObject({ code: 'write_failed' });
          expect(thrown).toHaveProperty('message', expect.stringContaining(says));
        }
        if (count < failing) return;
      }
    },
  );

  test('no file is open to others at any moment, under any umask', () => {
    const dir = scratch();
    const before = process.umask(0);
    onTestFinished(() => {
      process.umask(before);
    });
    writeFileSync(join(dir, 'old'), '', { mode: 0o600 });
    const modes = new Set<number>();
    const look = () => {
      for (const name of readdirSync(dir)) modes.add(modeOf(join(dir, name)));
    };
    withFaults(look, () => {
      writeAtomic(join(dir, 'old'), 'x', deps);
      writeAtomic(join(dir, 'new'), 'x', deps);
      appendDurable(join(dir, 'journal'), 'x');
      closeSync(openLockFile(join(dir, 'auth.lock')));
    });
    look();
    expect([...modes]).toEqual([0o600]);
  });

  test('short writes are continued, and a file that stays short is not published', () => {
    const dir = scratch();
    const path = join(dir, 'f');
    const one = (call: Call, args: readonly unknown[]) =>
      call === 'writeSync' ? [...args.slice(0, 3), 1, ...args.slice(4)] : undefined;
    withFaults(one, () => writeAtomic(path, 'complete', deps));
    expect(readFileSync(path, 'utf8')).toBe('complete');
    const real = fs.fstatSync;
    Object.assign(fs, { fstatSync: (fd: number) => Object.assign(real(fd), { size: 3 }) });
    syncBuiltinESMExports();
    try {
      expect(failure(() => writeAtomic(path, 'torso', deps)).message).toContain('not all of it');
    } finally {
      Object.assign(fs, { fstatSync: real });
      syncBuiltinESMExports();
    }
    expect(readFileSync(path, 'utf8')).toBe('complete');
    expect(readdirSync(dir)).toEqual(['f']);
  });

  test.each(['EBUSY', 'EXDEV'])(
    '%s at the rename: the content is copied in place, whole',
    (code) => {
      const dir = scratch();
      const path = join(dir, 'f');
      writeFileSync(path, 'a longer old content', { mode: 0o600 });
      const { ino } = statSync(path);
      const busy = (call: Call) => {
        if (call === 'renameSync') throw errno(code);
      };
      withFaults(busy, () => writeAtomic(path, 'short', deps));
      expect(readFileSync(path, 'utf8')).toBe('short');
      expect(statSync(path).ino).toBe(ino);
      expect(readdirSync(dir)).toEqual(['f']);
    },
  );

  test('when an in-place copy fails the old content is put back', () => {
    const dir = scratch();
    const path = join(dir, 'f');
    writeFileSync(path, 'old', { mode: 0o600 });
    let renamed = false;
    let failed = false;
    const fault = (call: Call) => {
      if (call === 'renameSync') {
        renamed = true;
        throw errno('EBUSY');
      }
      if (call === 'fsyncSync' && renamed && !failed) {
        failed = true;
        throw errno('EIO');
      }
    };
    withFaults(fault, () => {
      expect(failure(() => writeAtomic(path, 'new and longer', deps)).message).toContain('EIO');
    });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(dir)).toEqual(['f']);
  });

  test('when neither content can be put in place the complete copy stays and is named', () => {
    const dir = scratch();
    const path = join(dir, 'f');
    writeFileSync(path, 'old', { mode: 0o600 });
    let renamed = false;
    const fault = (call: Call) => {
      if (call === 'renameSync') renamed = true;
      if (renamed && (call === 'renameSync' || call === 'fsyncSync')) throw errno('EBUSY');
    };
    let error: GormesError | undefined;
    withFaults(fault, () => {
      error = failure(() => writeAtomic(path, 'new', deps));
    });
    const temp = readdirSync(dir).find((name) => name !== 'f') ?? '';
    expect(readFileSync(join(dir, temp), 'utf8')).toBe('new');
    expect(error?.hint).toContain(temp);
  });
});

/** Our functions, bundled, in a process of its own with fewer rights or less room. */
async function inChild(wrap: readonly string[], body: string) {
  const dir = scratch();
  chmodSync(dir, 0o755);
  const entry = join(dir, 'entry.mjs');
  const files = ['directories', 'write-atomic', 'write-in-place'].map(
    (name) => new URL(`../../src/pool/write/${name}.ts`, import.meta.url).pathname,
  );
  writeFileSync(entry, files.map((file) => `export * from ${JSON.stringify(file)};\n`).join(''));
  const build = await rolldown({ input: entry, platform: 'node' });
  await build.write({ file: join(dir, 'w.mjs') });
  const code = `import * as w from ${JSON.stringify(join(dir, 'w.mjs'))};
const deps = { random: (n) => Buffer.alloc(n, 7) };
const say = (work) => { try { work(); console.log('done'); } catch (e) { console.log(e.code + ': ' + e.message + ' | ' + e.hint); } };
${body}`;
  const [command = '', ...args] = [...wrap, process.execPath, '--input-type=module', '-e', code];
  const run = spawnSync(command, args, { encoding: 'utf8', cwd: '/' });
  return { stdout: run.stdout, stderr: run.stderr, status: run.status, signal: run.signal };
}

/** Root passes every permission check, so it steps down; anybody else already stands there. */
const asNobody = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

describe('limits of the process', () => {
  test('a read-only directory is reported with who may write there', async () => {
    const dir = scratch();
    chmodSync(dir, 0o555);
    const run = await inChild(asNobody, `say(() => w.writeAtomic('${dir}/f', 'x', deps));`);
    expect(run.stdout).toBe(
      `write_failed: cannot write ${dir}/f: permission denied | nothing was changed; see who may write there: ls -ld ${dir}\n`,
    );
  });

  test("another user's file is refused, and the link to it too", async () => {
    const dir = scratch();
    chmodSync(dir, 0o777);
    const victim = isRoot ? join(dir, 'victim') : '/etc/passwd';
    if (isRoot) {
      writeFileSync(victim, 'x');
      chmodSync(victim, 0o666);
    }
    symlinkSync(victim, join(dir, 'link'));
    const run = await inChild(asNobody, `say(() => w.writeAtomic('${dir}/link', 'y', deps));`);
    expect(run.stdout).toContain(`${dir}/link: it belongs to another user`);
    expect(readdirSync(dir)).toHaveLength(isRoot ? 2 : 1);
  });

  test.each([
    { what: 'with the handler that main installs', handler: `process.on('SIGXFSZ', () => {});` },
    { what: 'without it, where the signal may kill', handler: '' },
  ])('past the file size limit the old file is intact, $what', async ({ handler }) => {
    const dir = scratch();
    const path = join(dir, 'f');
    writeFileSync(path, 'old', { mode: 0o600 });
    const run = await inChild(
      ['prlimit', '--fsize=4096', '--'],
      `${handler} say(() => w.writeAtomic('${path}', 'x'.repeat(5000), deps)); say(() => w.appendDurable('${path}', 'y'.repeat(5000)));`,
    );
    if (handler === '' && run.stdout === '') expect(run.signal ?? run.status).toBeTruthy();
    else {
      expect(run.stdout).toMatch(/^(?:write_failed: .*\(EFBIG\) \| nothing was changed.*\n){2}$/);
      expect(readdirSync(dir)).toEqual(['f']);
    }
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
});

describe('appendDurable', () => {
  test('creates the file with mode 0600, adds whole lines and ends a torn one', () => {
    const path = join(scratch(), 'journal.jsonl');
    appendDurable(path, '{"a":1}');
    expect(modeOf(path)).toBe(0o600);
    appendDurable(path, '{"b":2}');
    writeFileSync(path, '{"torn', { flag: 'a' });
    chmodSync(path, 0o644);
    appendDurable(path, '{"c":3}');
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"b":2}\n{"torn\n{"c":3}\n');
    expect(modeOf(path)).toBe(0o600);
  });

  test('a line that cannot be written whole is taken back', () => {
    const path = join(scratch(), 'journal');
    appendDurable(path, 'first');
    const fault = (call: Call) => {
      if (call === 'fsyncSync') throw errno('ENOSPC');
    };
    withFaults(fault, () => {
      expect(failure(() => appendDurable(path, 'second')).message).toContain('disk is full');
    });
    expect(readFileSync(path, 'utf8')).toBe('first\n');
  });
});

describe('directories, locks and leftovers', () => {
  test('only missing levels are created, 0700 whatever the umask; existing ones keep their mode', () => {
    const dir = scratch();
    chmodSync(dir, 0o755);
    const before = process.umask(0o277);
    onTestFinished(() => {
      process.umask(before);
    });
    ensureDir(join(dir, 'a/b'));
    ensureDir(join(dir, 'a/b'));
    expect([modeOf(dir), modeOf(join(dir, 'a')), modeOf(join(dir, 'a/b'))]).toEqual([
      0o755, 0o700, 0o700,
    ]);
  });

  test('a file where a directory is needed is refused', () => {
    const dir = scratch();
    writeFileSync(join(dir, 'f'), '');
    for (const path of ['f', 'f/sub']) {
      expect(failure(() => ensureDir(join(dir, path))).code).toBe('write_failed');
    }
  });

  test('an existing lock file keeps content and mode, a read-only one opens too', async () => {
    const dir = scratch();
    const path = join(dir, 'auth.lock');
    writeFileSync(path, ' ');
    chmodSync(path, 0o444);
    chmodSync(dir, 0o555);
    closeSync(openLockFile(path));
    const run = await inChild(asNobody, `say(() => w.openLockFile('${path}'));`);
    expect(run.stdout).toBe('done\n');
    expect(readFileSync(path, 'utf8')).toBe(' ');
    expect(modeOf(path)).toBe(0o444);
  });

  test('where no lock file can be created, the reason is said', async () => {
    const dir = scratch();
    chmodSync(dir, 0o555);
    const run = await inChild(asNobody, `say(() => w.openLockFile('${join(dir, 'auth.lock')}'));`);
    expect(run.stdout).toContain('EACCES');
  });

  test('leftovers beside the target of a link are swept, other files stay', () => {
    const dir = scratch();
    mkdirSync(join(dir, 'real'));
    symlinkSync('real/f', join(dir, 'link'));
    const names = [
      'f',
      `f.tmp.12.${'a'.repeat(32)}`,
      'f.tmp.12.short',
      `g.tmp.12.${'a'.repeat(32)}`,
    ];
    for (const name of names) writeFileSync(join(dir, 'real', name), '');
    expect(sweepTemps(join(dir, 'link'))).toBe(1);
    expect(readdirSync(join(dir, 'real')).sort()).toEqual([names[0], names[2], names[3]]);
  });

  test('removing a file says whether there was one', () => {
    const path = join(scratch(), 'f');
    writeFileSync(path, '');
    expect([removeFile(path), removeFile(path)]).toEqual([true, false]);
  });
});
