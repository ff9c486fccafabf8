import { parseTime, saneTime } from '../base/hermes-time.ts';
import { isJsonObject, type Json, type JsonObject, parseObject, stringAt } from '../base/json.ts';

/** What a provider's error says, as far as a cooldown depends on it (pool-store §10). */
export interface ErrorBody {
  /** Its code or type, such as `rate_limit_exceeded`. */
  readonly reason: string | undefined;
  /** For people; at most 500 characters, as Hermes keeps it. */
  readonly message: string | undefined;
  /** Unix milliseconds at which the credential works again. */
  readonly resetAt: number | undefined;
  /** An aggregator passes on what a provider behind it said. */
  readonly upstream: boolean;
}

const MESSAGE_LENGTH = 500;

/** @param text JSON, or anything else, whose text is searched then */
export function readErrorBody(text: string, nowMs: number): ErrorBody {
  const whole = parseObject(text);
  const error = isJsonObject(whole?.error) ? whole.error : whole;
  const metadata = isJsonObject(error?.metadata) ? error.metadata : {};
  const places = [error, whole, metadata, headersIn(metadata)].filter(
    (place) => place !== undefined,
  );
  const message = messageIn(whole, error) ?? (whole === undefined ? text.trim() : '');
  return {
    reason: reasonIn(whole, error),
    message: message === '' ? undefined : [...message].slice(0, MESSAGE_LENGTH).join(''),
    resetAt: resetIn(places, nowMs) ?? resetInText(text, nowMs),
    upstream: stringAt(metadata, 'provider_name') !== undefined,
  };
}

/** OpenRouter hands the headers of a limit down in the body; names in lower case, `_` for `-`. */
function headersIn(metadata: JsonObject): JsonObject | undefined {
  if (!isJsonObject(metadata.headers)) return undefined;
  return Object.fromEntries(
    Object.entries(metadata.headers).map(([name, value]) => [
      name.toLowerCase().replaceAll('-', '_'),
      value,
    ]),
  );
}

function reasonIn(
  whole: JsonObject | undefined,
  error: JsonObject | undefined,
): string | undefined {
  if (whole === undefined || error === undefined) return undefined;
  return (
    stringAt(error, 'code') ??
    stringAt(error, 'type') ??
    stringAt(error, 'status') ??
    stringAt(whole, 'error') ??
    stringAt(whole, 'code')
  );
}

function messageIn(
  whole: JsonObject | undefined,
  error: JsonObject | undefined,
): string | undefined {
  if (whole === undefined || error === undefined) return undefined;
  return (
    stringAt(error, 'message') ??
    stringAt(whole, 'error_description') ??
    stringAt(whole, 'message') ??
    stringAt(whole, 'detail')
  );
}

function resetIn(places: readonly JsonObject[], nowMs: number): number | undefined {
  for (const place of places) {
    for (const name of ['resets_at', 'reset_at', 'x_ratelimit_reset']) {
      const at = parseReset(place[name]);
      if (at !== undefined) return at;
    }
    const seconds = numberOf(place.retry_after);
    if (seconds !== undefined && seconds >= 0) return saneTime(nowMs + seconds * 1000);
  }
  return undefined;
}

/** Unix milliseconds of seconds, milliseconds (above 10^12) or an ISO time; digits may be text. */
export function parseReset(value: Json | undefined): number | undefined {
  return parseTime(numberOf(value) ?? value);
}

function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim())
    ? Number(value)
    : undefined;
}

const UNIT_MS: readonly (readonly [unit: RegExp, ms: number])[] = [
  [/^ms|^milli/, 1],
  [/^s/, 1000],
  [/^m/, 60_000],
  [/^h/, 3_600_000],
  [/^d/, 86_400_000],
];
const PART =
  '\\d+(?:\\.\\d+)?\\s*(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])';
const SPAN = `${PART}(?:[\\s,]*(?:and\\s+)?${PART}){0,4}`;
const COMPACT = '(?:\\d+(?:\\.\\d+)?(?:ms|[dhms])){1,5}';

/** Hermes' three texts (pool-store §10), each with a span of time. */
const TEXTS = [
  new RegExp(`quotaResetDelay["']?\\s*[:=]\\s*["']?(${COMPACT})`, 'i'),
  new RegExp(`retry[ -]after:?\\s+(${SPAN})`, 'i'),
  new RegExp(`resets? in:?\\s+(${SPAN}|${COMPACT})`, 'i'),
];

function resetInText(text: string, nowMs: number): number | undefined {
  for (const pattern of TEXTS) {
    const span = pattern.exec(text)?.[1];
    if (span !== undefined) return nowMs + spanMs(span);
  }
  return undefined;
}

/** `12.5s`, `30 seconds`, `4hr 5min`, `3h51m59.8s` in milliseconds. */
function spanMs(text: string): number {
  let sum = 0;
  for (const [, digits, unit = ''] of text.toLowerCase().matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const factor = UNIT_MS.find(([name]) => name.test(unit))?.[1] ?? 0;
    sum += Number(digits) * factor;
  }
  return sum;
}
