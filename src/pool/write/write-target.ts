import { lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describeErrno, errnoOf, GormesError } from '../../base/errors.ts';
import { escapeControls } from '../../base/text.ts';

/** As Linux: more links than this are a loop. */
const MAX_LINKS = 40;

/** The file that a path finally names: a file, or the place where a dangling link wants one. */
export interface Target {
  readonly path: string;
  readonly directory: string;
  /** Absent when there is no such file yet. */
  readonly stats: Stats | undefined;
  /** Whose the file is to be. */
  readonly uid: number;
  readonly gid: number;
}

/** A reason of ours where the system names no errno. */
export class Refusal extends Error {}

/** The in-place copy failed, and so did putting the old content back. */
export class Stranded extends Error {
  readonly reason: unknown;
  readonly temp: string;

  constructor(reason: unknown, temp: string) {
    super('stranded');
    this.reason = reason;
    this.temp = temp;
  }
}

/** The change is made, but the disk did not confirm it. */
export class Unconfirmed extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('unconfirmed');
    this.reason = reason;
  }
}

/**
 * Follows symbolic links to the file that a write is to replace: relative, in chains, dangling.
 * The directory must exist.
 *
 * @throws Refusal for a loop, for anything but a regular file, and where owners say no: another
 *   user's file, or (for root) a link of one user to the file of another
 */
export function resolveTarget(path: string): Target {
  const linkOwners: number[] = [];
  let current = path;
  for (let hops = 0; hops <= MAX_LINKS; hops++) {
    // Joined as text: the kernel resolves `..` after links, `path.join` before.
    const directory = dirname(current);
    const full = `${directory === '/' ? '' : directory}/${basename(current)}`;
    const stats = lstatSync(full, { throwIfNoEntry: false });
    if (!stats?.isSymbolicLink()) return checkTarget(full, directory, stats, linkOwners);
    linkOwners.push(stats.uid);
    const text = readlinkSync(full);
    current = text.startsWith('/') ? text : `${directory}/${text}`;
  }
  throw new Refusal('the symbolic links form a loop');
}

function checkTarget(
  path: string,
  directory: string,
  stats: Stats | undefined,
  linkOwners: readonly number[],
): Target {
  if (stats?.isDirectory()) throw new Refusal('it is a directory');
  if (stats && !stats.isFile()) throw new Refusal('it is not a regular file');
  const { uid, gid } = stats ?? statSync(directory);
  const self = process.geteuid?.();
  // Renaming over somebody else's file would make it ours; root keeps its owner instead.
  if (self !== undefined && self !== 0 && stats && uid !== self) {
    throw new Refusal('it belongs to another user');
  }
  // Somebody's link must not lead root to a file of somebody else.
  if (self === 0 && linkOwners.some((owner) => owner !== 0 && owner !== uid)) {
    throw new Refusal('the symbolic link and its target belong to different users');
  }
  return { path, directory, stats, uid, gid };
}

/**
 * `write_failed` for whatever stopped a write: which path, why, and what stands there now. What is no
 * failure of the file system is thrown on, as a bug.
 */
export function writeFailed(path: string, error: unknown): GormesError {
  if (error instanceof Stranded) {
    return new GormesError(
      'write_failed',
      `cannot write ${escapeControls(path)}: ${reasonOf(error.reason)}; it is now damaged`,
      {
        hint: `the complete new content is in ${escapeControls(error.temp)}: copy it there by hand`,
      },
    );
  }
  if (error instanceof Unconfirmed) {
    return new GormesError(
      'write_failed',
      `${escapeControls(path)} is written, but the disk did not confirm it: ${reasonOf(error.reason)}`,
      { hint: 'it may not outlive a power failure; look at the disk: dmesg | tail' },
    );
  }
  if (!(error instanceof Refusal) && errnoOf(error) === undefined) throw error;
  return new GormesError(
    'write_failed',
    `cannot write ${escapeControls(path)}: ${reasonOf(error)}`,
    {
      hint: hintFor(path, errnoOf(error)),
    },
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Refusal ? error.message : describeErrno(errnoOf(error));
}

function hintFor(path: string, errno: string | undefined): string {
  const directory = escapeControls(dirname(path));
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return 'nothing was changed; make room there and run the command again';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `nothing was changed; see who may write there: ls -ld ${directory}`;
    default:
      return `nothing was changed; see what stands there: ls -l ${escapeControls(path)}`;
  }
}
