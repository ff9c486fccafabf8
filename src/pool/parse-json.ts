import type { Json } from '../base/json.ts';
import { findProblems, isTooDeep, type JsonProblem } from './json-scan.ts';

/** The value of valid JSON that is not nested too deep, else undefined: then ask `parseJsonText` why. */
export function parseJsonFast(text: string): Json | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
