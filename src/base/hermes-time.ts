import type { Json } from './json.ts';

/** Unix milliseconds of seconds, milliseconds (above 10^12) or an ISO string, as Hermes reads them. */
export function parseTime(value: Json | undefined): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) {
    return saneTime(value > 1e12 ? value : value * 1000);
  }
  if (typeof value !== 'string' || value === '') return undefined;
  // Python writes microseconds; Date.parse keeps three digits of them.
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** The last moment that a `Date` can hold (ECMA-262 §21.4.1.1); one beyond it throws when it is shown. */
const LAST_MS = 8.64e15;

/** A time that a `Date` can hold, in Unix milliseconds: what others write may be far beyond. */
export function saneTime(unixMs: number): number {
  return Math.max(-LAST_MS, Math.min(unixMs, LAST_MS));
}

/** `2026-08-10T09:03:21.481000+00:00`: Python's form, milliseconds padded to microseconds. */
export function hermesTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/(\.\d{3})Z$/, '$1000+00:00');
}
