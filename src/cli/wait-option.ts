import { UsageError } from 'clipanion';

/** A shorter wait ends before a page has loaded. */
const SHORTEST_S = 5;

/** `--timeout` of a login by browser, in milliseconds; undefined when it is not given. */
export function waitOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const seconds = Number(given);
  if (given.trim() === '' || !(seconds >= 0) || !Number.isFinite(seconds)) {
    throw new UsageError('--timeout takes a number of seconds');
  }
  return Math.max(SHORTEST_S, seconds) * 1000;
}
