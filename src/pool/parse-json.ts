import type { Json, JsonObject } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { findProblems, isTooDeep, type JsonProblem } from './json-scan.ts';

/** The value of valid JSON that is not nested too deep, else undefined: then ask `parseJsonText` why. */
export function parseJsonFast(text: string): Json | undefined {
  const hasMany = countOpenings(text, MANY_OPENINGS) === MANY_OPENINGS;
  if (hasMany && isTooDeep(text)) return undefined;
  try {
    const value: Json = JSON.parse(text);
    return hasMany || isShallow(value, LIMITS.jsonDepth) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** So many containers, all inside one another, cost the parser some megabytes and nobody else anything. */
const MANY_OPENINGS = 100_000;

/** How many opening brackets a text has, those in strings included; stops at a number. */
function countOpenings(text: string, most: number): number {
  let count = 0;
  for (const bracket of ['{', '[']) {
    for (
      let at = text.indexOf(bracket);
      at >= 0 && count < most;
      at = text.indexOf(bracket, at + 1)
    )
      count++;
  }
  return count;
}

/** Whether a value has at most so many levels of containers; to look at it is faster than at its text. */
function isShallow(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  for (const key in value) {
    const inner = (value as JsonObject)[key];
    if (typeof inner === 'object' && inner !== null && !isShallow(inner, levels - 1)) return false;
  }
  return true;
}

/**
 * Value and all problems of a JSON text, in order of place. NaN and Infinity read as null, of
 * duplicate keys the last one counts (as in Python); after `syntax` and `too_deep` the value is null.
 */
export function parseJsonText(text: string): { value: Json; problems: JsonProblem[] } {
  const { problems, nans } = findProblems(text);
  let plain = '';
  let from = 0;
  for (const { start, end } of nans) {
    plain += `${text.slice(from, start)}null`;
    from = end;
  }
  const value = parseJsonFast(plain + text.slice(from));
  if (
    value === undefined &&
    !problems.some(({ kind }) => kind === 'syntax' || kind === 'too_deep')
  ) {
    problems.push({ kind: 'syntax', line: 1, column: 1, message: 'not valid JSON' });
  }
  return { value: value ?? null, problems };
}
