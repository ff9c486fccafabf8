import { AsyncLocalStorage } from 'node:async_hooks';
import { type BigIntStats, closeSync, fstatSync, readFileSync, statSync } from 'node:fs';
import type { Clock } from '../base/deps.ts';
import { describeErrno, EXIT, errnoOf, GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import { openLockFile } from './write/write-in-place.ts';

// Hermes' lock (pool-store §3): flock(2) on a file that is never truncated or unlinked. Nothing
// else excludes Hermes: not fcntl locks, not O_EXCL files (reliability.md M2). The kernel frees it
// when its holder dies. Polled with jitter and never waited for in the kernel, because blocking
// waiters starve Hermes, which polls every 50 ms and gives up after 15 s (M4). For the same reason
// who has waited for a while polls rarer: 64 of us would leave Hermes one lock of fifty.

const LOCK_EX = 2;
const LOCK_NB = 4;
const POLL_MIN_MS = 25;
const POLL_MAX_MS = 100;
/** So long a wait, and polls are half as often, and so on: it adds an eighth to a wait, on average. */
const SLOWER_EACH_MS = 500;
/** A quarter of a second between two polls, on average. Rarer, and who just came would always be first. */
const SLOWEST = 4;
/** A refresh holds the lock for longer: who waits so long is told. */
const TELL_AFTER_MS = 1000;

export interface LockOptions {
  /** How long to try; 0 is one attempt. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly random: (bytes: number) => Buffer;
  /** Told once, after a second of waiting: what is waited for, until it is over. */
  readonly onWait?: ((line: string) => { end(): void }) | undefined;
  /** Ends the waiting; never the work under the lock. */
  readonly signal?: AbortSignal;
  /** Pause after the release, for callers that lock again at once: 60 or more let Hermes in (M4). Default 0. */
  readonly pauseMs?: number;
}

/** A lock that this call chain holds; `held` ends with the release, also for tasks that outlive it. */
interface Hold {
  readonly file: FileId;
  held: boolean;
}

interface FileId {
  readonly dev: bigint;
  readonly ino: bigint;
}

const holds = new AsyncLocalStorage<readonly Hold[]>();

/**
 * Runs `fn` while holding the lock file. The file is created (0600) when missing; its directory
 * must exist. Tasks of one process exclude each other as processes do; asking for a lock under
 * itself would wait for ever and throws as a bug instead.
 *
 * @throws GormesError `home_locked` (exit 7) after `waitMs`; `lock_failed`, `lock_unsupported`; the
 *   signal's reason when it is aborted while waiting; whatever `fn` throws
 */
export async function withLock<T>(
  lockPath: string,
  options: LockOptions,
  fn: () => Promise<T> | T,
): Promise<T> {
  const { fd, hold } = await acquire(lockPath, options);
  let result: T;
  try {
    result = await holds.run([...(holds.getStore() ?? []), hold], async () => fn());
  } finally {
    hold.held = false;
    closeSync(fd); // closing frees a flock: no child of ours inherits the descriptor
  }
  if (options.pauseMs) await options.clock.sleep(options.pauseMs);
  return result;
}

async function acquire(lockPath: string, options: LockOptions): Promise<Acquired> {
  let told: { end(): void } | undefined;
  try {
    return await poll(lockPath, options, (holder) => {
      told = options.onWait?.(waiting(lockPath, holder));
    });
  } finally {
    told?.end();
  }
}

interface Acquired {
  readonly fd: number;
  readonly hold: Hold;
}

async function poll(
  lockPath: string,
  options: LockOptions,
  tell: (holder: string | undefined) => void,
): Promise<Acquired> {
  const flock = await loadFlock();
  const start = options.clock.now();
  const deadline = start + options.waitMs;
  const tellAt = start + TELL_AFTER_MS;
  let isTold = false;
  for (;;) {
    options.signal?.throwIfAborted();
    const left = deadline - options.clock.now();
    const fd = openFor(lockPath);
    let hold: Hold | undefined;
    try {
      const file = fstatSync(fd, { bigint: true });
      if (!file.isFile()) throw lockFailed(lockPath, 'it is not a regular file');
      refuseNesting(lockPath, file);
      // A replaced lock file is another lock: only the one that the path names excludes anybody.
      if (flock(lockPath, fd) && sameFile(file, statSync(lockPath, STAT_OR_NOTHING))) {
        hold = { file, held: true };
        return { fd, hold };
      }
      if (left <= 0) throw homeLocked(lockPath, options.waitMs, findHolder(file));
      if (!isTold && options.clock.now() >= tellAt) {
        isTold = true;
        tell(findHolder(file));
      }
    } finally {
      if (hold === undefined) closeSync(fd);
    }
    const slower = Math.min(SLOWEST, Math.max(1, (options.waitMs - left) / SLOWER_EACH_MS));
    await options.clock.sleep(Math.min(left, jitter(options.random) * slower), options.signal);
  }
}

const STAT_OR_NOTHING = { bigint: true, throwIfNoEntry: false } as const;

function openFor(lockPath: string): number {
  try {
    return openLockFile(lockPath);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw lockFailed(lockPath, describeErrno(errno));
  }
}

function sameFile(a: FileId, b: FileId | undefined): boolean {
  return a.dev === b?.dev && a.ino === b.ino;
}

function refuseNesting(lockPath: string, file: FileId): void {
  const nested = holds.getStore()?.some((hold) => hold.held && sameFile(hold.file, file));
  if (nested) throw new Error(`the lock ${lockPath} is asked for by its own holder`);
}

function jitter(random: (bytes: number) => Buffer): number {
  return POLL_MIN_MS + ((POLL_MAX_MS - POLL_MIN_MS) * random(1).readUInt8()) / 255;
}

/** One attempt: false when somebody else holds it. Loads the native part on the first use. */
async function loadFlock(): Promise<(lockPath: string, fd: number) => boolean> {
  if (process.platform === 'win32') {
    throw new GormesError('lock_unsupported', 'gormes cannot lock a home on Windows yet', {
      hint: 'run gormes in WSL',
    });
  }
  const koffi = await import('koffi').catch((error: unknown) => {
    throw noNativePart(errnoOf(error));
  });
  const flock = koffi.load(null).func('int flock(int fd, int operation)');
  const { EAGAIN, EINTR } = koffi.os.errno;
  return (lockPath, fd) => {
    if (flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
    const errno = koffi.errno();
    if (errno === EAGAIN || errno === EINTR) return false;
    const name = Object.keys(koffi.os.errno).find((key) => koffi.os.errno[key] === errno);
    throw lockFailed(lockPath, describeErrno(name));
  };
}

/** @param errno why its file could not be written: the single-file executable does so for a moment */
function noNativePart(errno: string | undefined): GormesError {
  const what = 'the native part that locks a home cannot be loaded';
  if (errno !== undefined && /^E[A-Z]+$/.test(errno)) {
    return new GormesError('lock_unsupported', `${what}: ${describeErrno(errno)}`, {
      hint: 'it is loaded by way of a temporary file: make room, or set TMPDIR to a directory that has some',
    });
  }
  return new GormesError('lock_unsupported', what, {
    hint: 'reinstall gormes with its dependencies on this machine: npm install -g gormes',
  });
}

/**
 * Who holds a flock, as Linux tells it: `/proc/locks` names device and inode of the file. Undefined
 * elsewhere, and where the file system shows another device number there (btrfs).
 */
function findHolder(file: BigIntStats): string | undefined {
  try {
    const { dev } = file;
    const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
    const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
    const hex = (part: bigint) => part.toString(16).padStart(2, '0');
    const id = `${hex(major)}:${hex(minor)}:${file.ino}`;
    const line = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .find((row) => / FLOCK .* WRITE /.test(row) && row.includes(` ${id} `));
    const pid = / WRITE (\d+) /.exec(line ?? '')?.[1];
    if (pid === undefined) return undefined;
    const name = escapeControls(readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd());
    return `${name} (process ${pid})`;
  } catch {
    return undefined;
  }
}

function waiting(lockPath: string, holder: string | undefined): string {
  const by = holder === undefined ? '' : `, held by ${holder}`;
  return `Waiting for the lock ${escapeControls(lockPath)}${by}…`;
}

function homeLocked(lockPath: string, waitMs: number, holder: string | undefined): GormesError {
  const waited = waitMs < 1000 ? `${waitMs} ms` : `${Math.round(waitMs / 1000)} s`;
  return new GormesError(
    'home_locked',
    `${escapeControls(lockPath)} is still locked${holder ? ` by ${holder}` : ''} after ${waited}`,
    {
      exitCode: EXIT.locked,
      hint: holder
        ? 'wait until that process is done, or end it, and run the command again'
        : 'another gormes or Hermes is writing; run the command again or raise --lock-timeout',
    },
  );
}

function lockFailed(lockPath: string, reason: string): GormesError {
  return new GormesError('lock_failed', `cannot lock ${escapeControls(lockPath)}: ${reason}`, {
    hint: `see what stands there: ls -l ${escapeControls(lockPath)}`,
  });
}
