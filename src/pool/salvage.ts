import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { memberValue, skipSpace, stringEnd } from '../base/json-spans.ts';
import { closest } from '../base/text.ts';
import { parseJsonFast, parseJsonText } from './parse-json.ts';

/** What could be read of a damaged store. */
export interface Salvage {
  /** A store that parses; holds secrets. */
  readonly value: JsonObject;
  /** Its text, where more than the value could be kept. */
  readonly text: string | undefined;
  /** Entries that begin in the text and can't be read, or not surely. */
  readonly broken: number;
}

/** Keys whose members are restored one by one. */
const POOLS = 'credential_pool';
const LOGINS = 'providers';
/** What stands where bytes were no text. */
const REPLACED = '\ufffd';

/**
 * Restores what parses of a store that is cut, or damaged in some places: pool entries, single logins
 * and other keys of the top level, each whole or not at all. Half a credential is none.
 */
export function salvage(text: string): Salvage {
  const { value, problems } = parseJsonText(text);
  const isCut = problems.some(({ kind }) => kind === 'syntax' || kind === 'too_deep');
  if (!isCut && isJsonObject(value)) {
    // Not a number reads as null; of keys that stand twice the last one counts.
    const isText = problems.every(({ kind }) => kind === 'nan');
    return { value: asStore(value), text: isText ? withoutNaN(text, value) : undefined, broken: 0 };
  }
  const found = new Map(named([...membersOf(text)]));
  const pools = found.get(POOLS);
  const logins = found.get(LOGINS);
  // A stray brace can end the pool early: what the lines hold counts then.
  const rows = rowsIn(text, startOf(text, POOLS));
  const isWhole = isJsonObject(pools) && countRows(pools) >= countRows(rows.pools);
  const rest = [...found].filter(([key]) => key !== POOLS && key !== LOGINS);
  const restored: JsonObject = {
    ...Object.fromEntries(rest),
    version: 1,
    providers: isJsonObject(logins) ? logins : loginsIn(text, startOf(text, LOGINS)),
    credential_pool: isWhole ? pools : rows.pools,
  };
  return { value: restored, text: undefined, broken: isWhole ? 0 : rows.broken };
}

function countRows(pools: JsonObject): number {
  return Object.values(pools).reduce<number>(
    (sum, rows) => sum + (Array.isArray(rows) ? rows.length : 0),
    0,
  );
}

/** A file that parses and is no store keeps its keys, and gets what Hermes looks for. */
function asStore(value: JsonObject): JsonObject {
  const store: JsonObject = { version: 1, ...Object.fromEntries(named(Object.entries(value))) };
  if (!isJsonObject(store[LOGINS])) store[LOGINS] = {};
  if (store[POOLS] !== undefined && !isJsonObject(store[POOLS])) delete store[POOLS];
  return store;
}

/** Members with the two keys that matter under their name, should a letter of it be damaged. */
function named(members: [string, Json][]): [string, Json][] {
  return members.map(([key, value]) => {
    const meant = isJsonObject(value) ? closest(key, [POOLS, LOGINS]) : undefined;
    const isTaken = members.some(([other]) => other === meant);
    return meant === undefined || isTaken ? [key, value] : [meant, value];
  });
}

/** The same bytes with `null` for NaN and Infinity, when that is the store that was read. */
function withoutNaN(text: string, value: JsonObject): string | undefined {
  const plain = text.replace(/(?<=[:[,]\s*)-?(?:NaN|Infinity)(?=\s*[,\]}])/g, 'null');
  const parsed = parseJsonFast(plain);
  return JSON.stringify(parsed) === JSON.stringify(asStore(value)) ? plain : undefined;
}

/** Members of the top level that are whole: from the beginning on, then wherever a line begins one. */
function membersOf(text: string): Map<string, Json> {
  const found = new Map<string, Json>();
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text.charAt(at) === '"') {
    const end = takeMember(text, at, found);
    if (end === undefined) break;
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  for (const match of text.matchAll(/^ {2}(?=")/gm)) {
    const start = match.index + match[0].length;
    if (start >= at) takeMember(text, start, found);
  }
  return found;
}

function takeMember(text: string, at: number, found: Map<string, Json>): number | undefined {
  const key = parseJsonFast(text.slice(at, stringEnd(text, at)));
  const start = memberValue(text, at);
  const end = wholeEnd(text, start);
  if (typeof key !== 'string' || end === undefined) return undefined;
  const value = wholeValue(text, start, end);
  if (value === undefined) return undefined;
  if (!found.has(key)) found.set(key, value);
  return end;
}

/** Behind the brace of a key of the top level; the whole text where the damage took the key. */
function startOf(text: string, key: string): number {
  const match = new RegExp(`"${key}"\\s*:\\s*\\{`).exec(text);
  return match === null ? 0 : match.index + match[0].length;
}

/** Entries behind an offset, each under the pool whose list begins last before it. */
function rowsIn(text: string, from: number): { pools: JsonObject; broken: number } {
  const pools: JsonObject = {};
  const seen = new Set<string>();
  let provider: string | undefined;
  let broken = 0;
  const marks = /"((?:[^"\\]|\\.)*)"\s*:\s*\[\s*(?=[{\]])|\{\s*(?="(?:id|label|auth_type)"\s*:)/g;
  marks.lastIndex = from;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[1] !== undefined) {
      const name = parseJsonFast(`"${mark[1]}"`);
      provider = typeof name === 'string' ? name : undefined;
      if (provider !== undefined && !Object.hasOwn(pools, provider)) setOwn(pools, provider, []);
      continue;
    }
    const end = wholeEnd(text, mark.index);
    const row = end === undefined ? undefined : wholeValue(text, mark.index, end);
    if (end === undefined || !isJsonObject(row) || provider === undefined) {
      broken++;
      continue;
    }
    marks.lastIndex = end;
    const id = stringAt(row, 'id') ?? '';
    const list = pools[provider];
    if (Array.isArray(list) && !seen.has(`${provider} ${id}`)) list.push(row);
    seen.add(`${provider} ${id}`);
  }
  return { pools, broken };
}

/** Single logins behind an offset, until one is cut. */
function loginsIn(text: string, from: number): JsonObject {
  const logins: JsonObject = {};
  let at = skipSpace(text, from);
  while (text.charAt(at) === '"') {
    const found = new Map<string, Json>();
    const end = takeMember(text, at, found);
    if (end === undefined) break;
    for (const [id, login] of found) setOwn(logins, id, login);
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return logins;
}

/** The offset behind a value whose brackets close; undefined when they don't. */
function wholeEnd(text: string, start: number): number | undefined {
  const first = text.charAt(start);
  if (first === '"') {
    const end = stringEnd(text, start);
    return text.charAt(end - 1) === '"' && end > start + 1 ? end : undefined;
  }
  if (first !== '{' && first !== '[') {
    const word = /[^\s,\]}]*/y;
    word.lastIndex = start;
    word.test(text);
    // A number at the very end may have been longer.
    return word.lastIndex < text.length && word.lastIndex > start ? word.lastIndex : undefined;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') at = stringEnd(text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1;
  }
  return undefined;
}

function wholeValue(text: string, start: number, end: number): Json | undefined {
  const slice = text.slice(start, end);
  return slice.includes(REPLACED) ? undefined : parseJsonFast(slice);
}

/** By definition, not assignment: `__proto__` is a key like any other. */
function setOwn(object: JsonObject, key: string, value: Json): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
