import { statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { Deps, Env } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { escapeControls } from '../base/text.ts';
import { readRegularFile } from '../pool/read-file.ts';
import { ensureDir } from '../pool/write/directories.ts';
import { writeAtomic } from '../pool/write/write-atomic.ts';

// Which declarations may start programs. A person's word is bound to the content of every file that
// it was given for, and to the programs that were shown; whatever differs needs another word
// (design §4, reliability.md T14).

/** A file with the SHA-256 of its content. */
export interface PinnedFile {
  readonly path: string;
  readonly sha256: string;
}

/** What a person is asked to trust. */
export interface TrustSubject {
  /** Real path of the main file. */
  readonly path: string;
  /** All files of the declaration, and those that its commands name. */
  readonly files: readonly PinnedFile[];
  /** The programs, each by an identity that says all that runs. */
  readonly programs: readonly string[];
}

export interface TrustRecord extends TrustSubject {
  /** Unix milliseconds. */
  readonly trustedAt: number;
}

export type TrustList = ReadonlyMap<string, TrustRecord>;

const VERSION = 1;
const LIST_BYTES = 4 * 1024 * 1024;

/**
 * Where the list is: `$XDG_STATE_HOME/gormes/trust.json`, else `~/.local/state/gormes/trust.json`.
 * State, not configuration: a configuration directory may well be a checkout.
 *
 * @throws `no_trust_list` when the system tells no user's home
 */
export function trustFile(env: Env, userHome: string | undefined): string {
  const xdg = env.XDG_STATE_HOME;
  const base = xdg && isAbsolute(xdg) ? xdg : userHome && join(userHome, '.local/state');
  if (!base) {
    throw new GormesError('no_trust_list', 'there is no home directory to keep trust in', {
      hint: 'set HOME, or pass --allow-commands',
    });
  }
  return join(base, 'gormes/trust.json');
}

/**
 * Reads the list; an absent file is an empty one.
 *
 * @throws `trust_list_unsafe` when others may write it, `trust_list_not_understood`
 */
export function loadTrust(file: string): TrustList {
  const text = readRegularFile(file, LIST_BYTES)?.text;
  if (text === undefined) return new Map();
  const { uid, mode } = statSync(file);
  if (!isOurs(uid) || (mode & 0o022) !== 0) throw unsafe(file);
  return parseTrust(text, file);
}

/** Writes the list, 0600. Two at once: the later one wins, and the other person is asked again. */
export function saveTrust(deps: Pick<Deps, 'random'>, file: string, list: TrustList): void {
  const declarations: JsonObject = {};
  for (const [path, { files, programs, trustedAt }] of list) {
    declarations[path] = {
      files: files.map(({ path: name, sha256 }) => ({ path: name, sha256 })),
      programs: [...programs],
      trusted_at: trustedAt,
    };
  }
  ensureDir(join(file, '..'));
  writeAtomic(file, `${JSON.stringify({ version: VERSION, declarations }, null, 2)}\n`, deps);
}

/** True when a person trusted exactly these files, and was shown each of these programs. */
export function isTrusted(list: TrustList, subject: TrustSubject): boolean {
  const record = list.get(subject.path);
  if (record === undefined || !sameFiles(record.files, subject.files)) return false;
  return subject.programs.every((program) => record.programs.includes(program));
}

/**
 * The list with a subject in it. Programs of an earlier word on the same content stay: another home
 * may select other parts of the file.
 */
export function withTrust(list: TrustList, subject: TrustSubject, trustedAt: number): TrustList {
  const before = list.get(subject.path);
  const kept = before && sameFiles(before.files, subject.files) ? before.programs : [];
  const programs = [...new Set([...kept, ...subject.programs])];
  return new Map(list).set(subject.path, { ...subject, programs, trustedAt });
}

/**
 * A list inside the directory that it guards could come with a checkout. Not so where that directory
 * holds the user's whole home.
 */
export function isGuardedBySelf(
  file: string,
  directory: string,
  userHome: string | undefined,
): boolean {
  const holdsHome = userHome !== undefined && isWithin(userHome, directory);
  return isWithin(file, directory) && !holdsHome;
}

/** Whether a file's owner is us or root: anybody else could change it under our hands. */
export function isOurs(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

function sameFiles(a: readonly PinnedFile[], b: readonly PinnedFile[]): boolean {
  const known = new Map(a.map(({ path, sha256 }) => [path, sha256]));
  return known.size === b.length && b.every(({ path, sha256 }) => known.get(path) === sha256);
}

function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way));
}

function parseTrust(text: string, file: string): TrustList {
  let document: Json;
  try {
    document = JSON.parse(text);
  } catch {
    throw notUnderstood(file);
  }
  if (!isJsonObject(document) || document.version !== VERSION) throw notUnderstood(file);
  const { declarations } = document;
  if (!isJsonObject(declarations)) throw notUnderstood(file);
  return new Map(
    Object.entries(declarations).map(([path, value]) => {
      const record = parseRecord(path, value);
      if (record === undefined) throw notUnderstood(file);
      return [path, record];
    }),
  );
}

function parseRecord(path: string, value: Json): TrustRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const { files, programs, trusted_at: trustedAt } = value;
  if (!Array.isArray(files) || !Array.isArray(programs) || typeof trustedAt !== 'number') {
    return undefined;
  }
  const pinned = files.flatMap((entry) =>
    isJsonObject(entry) && typeof entry.path === 'string' && typeof entry.sha256 === 'string'
      ? [{ path: entry.path, sha256: entry.sha256 }]
      : [],
  );
  const names = programs.filter((program) => typeof program === 'string');
  if (pinned.length !== files.length || names.length !== programs.length) return undefined;
  return { path, files: pinned, programs: names, trustedAt };
}

function unsafe(file: string): GormesError {
  return new GormesError(
    'trust_list_unsafe',
    `others may write ${escapeControls(file)}, so it says nothing`,
    { hint: `look into it, then: chmod 600 ${escapeControls(file)}` },
  );
}

function notUnderstood(file: string): GormesError {
  return new GormesError(
    'trust_list_not_understood',
    `${escapeControls(file)} is not a list of trusted declarations`,
    { hint: 'move it away; gormes auth trust begins a new one' },
  );
}
