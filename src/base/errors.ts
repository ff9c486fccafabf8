/** Exit codes by meaning (design §9). */
export const EXIT = {
  ok: 0,
  failed: 1,
  changes: 2,
  invalidDeclaration: 3,
  partlyApplied: 4,
  needsPerson: 5,
  stalePlan: 6,
  locked: 7,
  usage: 64,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A position in a text file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The source line, already masked where it may hold a secret. */
  readonly excerpt?: string;
  /** How many columns the caret covers, at least 1. */
  readonly length?: number;
}

export interface GormesErrorOptions {
  readonly exitCode?: ExitCode;
  readonly hint?: string;
  readonly place?: Place;
  /** The message as Hermes words it: commands that Hermes has too show that, without `error:` and code. */
  readonly hermes?: string;
}

/**
 * Something a person can act on. Anything else that is thrown is a bug, and is shown as one.
 *
 * `code` is snake_case and never reused; `message` is one line without a final stop; `hint` is the
 * next command to type. Neither may hold a secret.
 */
export class GormesError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly hermes: string | undefined;

  constructor(code: string, message: string, options: GormesErrorOptions = {}) {
    super(message);
    this.name = 'GormesError';
    this.code = code;
    this.exitCode = options.exitCode ?? EXIT.failed;
    this.hint = options.hint;
    this.place = options.place;
    this.hermes = options.hermes;
  }
}

/** A finding with a place. Errors make a file invalid; warnings do so under `--strict` only. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly place: Place;
  readonly hint?: string;
}

/** Node's error code (`ENOENT`, …) of a thrown value, when it has one. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What an errno means to a person, for messages about files. */
export function describeErrno(errno: string | undefined): string {
  switch (errno) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENOENT':
      return 'no such file or directory';
    case 'ENOTDIR':
      return 'a part of the path is not a directory';
    case 'EISDIR':
      return 'it is a directory';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full (ENOSPC)';
    case 'EDQUOT':
      return 'the disk quota is used up (EDQUOT)';
    case 'EFBIG':
      return 'the file would pass the size limit (EFBIG)';
    case 'ELOOP':
      return 'the symbolic links form a loop';
    case undefined:
      return 'unknown reason';
    default:
      return errno;
  }
}
