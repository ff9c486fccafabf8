import { GormesError, type Place } from '../base/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { escapeControls } from '../base/text.ts';
import type { JsonProblem } from './json-scan.ts';
import { parseJsonFast, parseJsonText } from './parse-json.ts';
import { readRegularFile } from './read-file.ts';

/** The `version` that gormes writes; Hermes never wrote another one (pool-store §2). */
const AUTH_VERSION = 1;

/**
 * `auth.json` as it stands. There is no third state: a file that is not understood throws, because
 * only "absent" may become a new file (reliability.md §5 rule 3).
 */
export type AuthFile = { readonly state: 'absent' } | ValidAuthFile;

export interface ValidAuthFile {
  readonly state: 'valid';
  readonly text: string;
  /** Hermes' old `systems` shape already mapped. Holds secrets. */
  readonly value: JsonObject;
  /**
   * Why this file may be read but not written, else undefined. Read it before a write only: the
   * first look scans the whole text.
   */
  readonly refuseWrite: GormesError | undefined;
}

/**
 * Reads a store without a lock.
 *
 * @throws GormesError `auth_not_understood` (what Hermes would take for an empty store and overwrite),
 *   `not_a_file`, `file_too_large`, `not_utf8`, `read_failed`
 */
export function readAuthFile(path: string): AuthFile {
  const file = readRegularFile(path, LIMITS.authReadBytes);
  return file ? parseAuthText(path, file.text) : { state: 'absent' };
}

/**
 * A store from its text; `path` is for messages.
 *
 * @throws GormesError `auth_not_understood`
 */
export function parseAuthText(path: string, text: string): ValidAuthFile {
  const parsed = parseJsonFast(text) ?? parseSlowly(path, text);
  if (!isJsonObject(parsed)) throw notUnderstood(path, 'it holds no JSON object');
  const value = fromOldShape(parsed);
  for (const key of ['providers', 'credential_pool']) {
    if (Object.hasOwn(value, key) && !isJsonObject(value[key])) {
      throw notUnderstood(path, `"${key}" is not an object`);
    }
  }
  if (!isJsonObject(value.providers) && !isJsonObject(value.credential_pool)) {
    throw notUnderstood(path, 'it has neither "providers" nor "credential_pool"');
  }
  return {
    state: 'valid',
    text,
    value,
    get refuseWrite() {
      return findRefusal(path, text, value);
    },
  };
}

/** What only Python reads (NaN), or the error that names the place. */
function parseSlowly(path: string, text: string): Json {
  const { value, problems } = parseJsonText(text);
  const stop = problems.find(({ kind }) => kind === 'syntax' || kind === 'too_deep');
  if (!stop) return value;
  if (text.trim() === '') throw notUnderstood(path, 'it is empty');
  throw notUnderstood(path, stop.message, stop);
}

/** `{"systems": {"nous_portal": …}}`, as Hermes maps it (pool-store §2); other keys stay. */
function fromOldShape(value: JsonObject): JsonObject {
  if (isJsonObject(value.providers) || isJsonObject(value.credential_pool)) return value;
  if (!isJsonObject(value.systems)) return value;
  const { systems, ...rest } = value;
  const { nous_portal: nous, ...others } = value.systems;
  if (nous === undefined) return { ...value, providers: {} };
  const kept = Object.keys(others).length > 0 ? { ...rest, systems: others } : rest;
  return { ...kept, providers: { nous }, active_provider: 'nous' };
}

function findRefusal(path: string, text: string, value: JsonObject): GormesError | undefined {
  const { version } = value;
  const name = escapeControls(path);
  if (typeof version === 'number' && version > AUTH_VERSION) {
    return new GormesError(
      'auth_newer_version',
      `${name} has version ${version}; this gormes writes version ${AUTH_VERSION} only`,
      { hint: 'update gormes: npm install -g gormes' },
    );
  }
  if (Buffer.byteLength(text) > LIMITS.authWriteBytes) {
    return new GormesError(
      'auth_too_large',
      `${name} is larger than gormes writes (${LIMITS.authWriteBytes} bytes)`,
      { hint: `see what fills it: ls -l ${name}` },
    );
  }
  const [problem] = parseJsonText(text).problems;
  if (!problem) return undefined;
  return new GormesError(
    problem.kind === 'nan' ? 'auth_nan' : 'auth_duplicate_key',
    `${name} can be read but not written without loss: ${problem.message}`,
    { place: placeOf(path, problem), hint: 'gormes auth repair' },
  );
}

function notUnderstood(path: string, reason: string, problem?: JsonProblem): GormesError {
  return new GormesError(
    'auth_not_understood',
    `${escapeControls(path)} is not a credential store: ${reason}`,
    { hint: 'gormes auth repair', ...(problem ? { place: placeOf(path, problem) } : {}) },
  );
}

function placeOf(path: string, { line, column }: JsonProblem): Place {
  return { file: path, line, column };
}
