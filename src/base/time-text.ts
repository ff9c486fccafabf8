/** Units of a relative time, each up to the first count that the next one says better. */
const UNITS = [
  { ms: 1000, below: 90, name: 's' },
  { ms: 60_000, below: 90, name: 'min' },
  { ms: 3_600_000, below: 48, name: 'h' },
  // Two at least.
  { ms: 86_400_000, below: Number.POSITIVE_INFINITY, name: 'days' },
] as const;

/** `in 3 h`, `2 days ago`, `now`: rounded to one unit. Both in Unix milliseconds. */
export function relativeText(at: number, nowMs: number): string {
  const distance = Math.abs(at - nowMs);
  const count = (ms: number): number => Math.round(distance / ms);
  const unit = UNITS.find(({ ms, below }) => count(ms) < below);
  if (unit === undefined || count(1000) === 0) return 'now';
  const amount = `${count(unit.ms)} ${unit.name}`;
  return at > nowMs ? `in ${amount}` : `${amount} ago`;
}

/** `2026-08-10 14:02`, where the reader is; with seconds on request. */
export function localTime(at: number, seconds = false): string {
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  const clock = [date.getHours(), date.getMinutes(), ...(seconds ? [date.getSeconds()] : [])];
  return `${day} ${clock.map(two).join(':')}`;
}

/** `2026-08-10 14:02 (in 3 h)`: how text for people shows every time. */
export function timeText(at: number, nowMs: number): string {
  return `${localTime(at)} (${relativeText(at, nowMs)})`;
}
