import { UsageError } from 'clipanion';
import { parseDuration } from '../config/parse-duration.ts';

/** Milliseconds of an option such as `--within 7d`. */
export function parseSpan(option: string, given: string): number {
  const ms = parseDuration(given.trim());
  if (ms === undefined) throw new UsageError(`${option} takes a time such as 90s, 30m, 12h or 7d`);
  return ms;
}
