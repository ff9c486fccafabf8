import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cooldownUntil, isSole } from '../../src/pool/cooldown.ts';
import { judgeReport, type Mark, type Report } from '../../src/pool/judge-report.ts';
import { markEntries } from '../../src/pool/mark-entries.ts';
import { readErrorBody } from '../../src/pool/report-body.ts';
import { entriesOf } from '../support/entries.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Milliseconds for which an entry waits after a report; `dead` and `none` as words. */
function waitAfter(report: Report, more: { sole?: boolean; entitlement?: boolean } = {}): unknown {
  const rows = [
    { label: 'a', access_token: 'ka' },
    { label: 'b', access_token: 'kb' },
  ];
  const entries = entriesOf(more.sole ? rows.slice(0, 1) : rows);
  const mark = judgeReport(report, NOW, more.entitlement);
  const after = markEntries(entries, 'id-a', mark, NOW);
  const [entry] = after;
  if (entry === undefined || entry.status === undefined) return 'none';
  if (entry.status === 'dead') return 'dead';
  const until = cooldownUntil(entry, isSole(after));
  return until === undefined ? undefined : until - NOW;
}

const terminal = [
  'token_invalidated',
  'token_revoked',
  'invalid_token',
  'invalid_grant',
  'unauthorized_client',
  'refresh_token_reused',
];
const body = (error: object): string => JSON.stringify({ error });

// Each row of the table of pool-store §10, August 2026.
test.each<[string, Report, unknown, unknown]>([
  ['429', { status: 429 }, HOUR, MINUTE],
  ['402', { status: 402 }, HOUR, HOUR],
  ['400 that is billing', { status: 400, reason: 'billing_hard_limit_reached' }, HOUR, HOUR],
  [
    '403 that is billing',
    { status: 403, body: body({ message: 'Your credit balance is too low' }) },
    HOUR,
    HOUR,
  ],
  ['401', { status: 401 }, 5 * MINUTE, 5 * MINUTE],
  ['401 of another reason', { status: 401, reason: 'invalid_api_key' }, 5 * MINUTE, 5 * MINUTE],
  ...terminal.map((reason): [string, Report, unknown, unknown] => [
    `401 ${reason}`,
    { status: 401, body: body({ code: reason }) },
    'dead',
    'dead',
  ]),
  ['403', { status: 403 }, HOUR, MINUTE],
  ['403 invalid_grant is not terminal', { status: 403, reason: 'invalid_grant' }, HOUR, MINUTE],
  ['500', { status: 500 }, HOUR, MINUTE],
  ['503', { status: 503 }, HOUR, MINUTE],
  ['408', { status: 408 }, HOUR, MINUTE],
  ['no answer', { status: undefined }, HOUR, MINUTE],
  ['a reset time that is known', { status: 429, resetAt: NOW + 7 * HOUR }, 7 * HOUR, 7 * HOUR],
  ['a reset time of a 401', { status: 401, resetAt: NOW + 7 * HOUR }, 7 * HOUR, 7 * HOUR],
  ['Retry-After', { status: 429, retryAfterMs: 30_000 }, 30_000, 30_000],
  [
    'Retry-After before the body',
    { status: 429, retryAfterMs: 30_000, body: body({ resets_at: NOW / 1000 + 9 }) },
    30_000,
    30_000,
  ],
  ['a reset in 30 years', { status: 429, resetAt: NOW + 30 * 366 * 24 * HOUR }, HOUR, MINUTE],
  ['200', { status: 200 }, 'none', 'none'],
  ['400', { status: 400 }, 'none', 'none'],
  ['404', { status: 404, body: body({ code: 'model_not_found' }) }, 'none', 'none'],
  ['307', { status: 307 }, 'none', 'none'],
  [
    '403 of the organisation',
    { status: 403, body: body({ message: 'OAuth is not allowed for this organization' }) },
    'none',
    'none',
  ],
  [
    '429 of a provider behind an aggregator',
    {
      status: 429,
      body: body({
        code: 429,
        message: 'Provider returned error',
        metadata: { provider_name: 'Some Host', raw: 'busy' },
      }),
    },
    'none',
    'none',
  ],
])('%s: the cooldown of Hermes, with others and alone', (_name, report, among, alone) => {
  expect(waitAfter(report)).toBe(among);
  expect(waitAfter(report, { sole: true })).toBe(alone);
});

test('a 403 of a provider where it is about the plan changes nothing', () => {
  expect(waitAfter({ status: 403 }, { entitlement: true })).toBe('none');
});

test.each<[string, string, number | undefined]>([
  ['resets_at in seconds', body({ resets_at: NOW / 1000 + 60 }), 60_000],
  ['resets_at in milliseconds', body({ resets_at: NOW + 60_000 }), 60_000],
  ['reset_at as ISO time', JSON.stringify({ reset_at: '2026-11-24T12:05:00Z' }), 300_000],
  ['resets_at as digits', body({ resets_at: String(NOW / 1000 + 60) }), 60_000],
  ['retry_after in seconds', body({ retry_after: 12.5 }), 12_500],
  ['retry_after at the top', JSON.stringify({ error: 'x', retry_after: '3' }), 3000],
  [
    'the header that OpenRouter passes on',
    body({ metadata: { headers: { 'X-RateLimit-Reset': String(NOW + 5000) } } }),
    5000,
  ],
  ['quotaResetDelay in seconds', '{"details":[{"quotaResetDelay":"12.5s"}]}', 12_500],
  ['quotaResetDelay in milliseconds', 'quotaResetDelay: 750ms', 750],
  ['quotaResetDelay in parts', '"quotaResetDelay": "3h51m59.8s"', 13_919_800],
  ['a text: retry after', body({ message: 'Please retry after 30 seconds.' }), 30_000],
  ['a text: Retry-After', 'Retry-After: 2 minutes', 120_000],
  ['a text: resets in', body({ message: 'Usage limit reached, resets in 4hr 5min' }), 14_700_000],
  ['a text: resets in, other words', 'It resets in 1 day, 2 hours and 3 minutes', 93_780_000],
  ['a field before a text', body({ resets_at: NOW / 1000 + 1, message: 'resets in 9h' }), 1000],
  ['no time', body({ message: 'try again later' }), undefined],
  ['a unit that is none', 'resets in 4 months', undefined],
  ['a negative wait', body({ retry_after: -5 }), undefined],
  ['nothing', '', undefined],
  ['another shape', '["resets_at"]', undefined],
])('the end of a limit from %s', (_name, text, expected) => {
  const { resetAt } = readErrorBody(text, NOW);
  expect(resetAt === undefined ? undefined : resetAt - NOW).toBe(expected);
});

test.each([
  [body({ code: 'rate_limit_exceeded', message: 'Slow down' }), 'rate_limit_exceeded', 'Slow down'],
  [body({ type: 'overloaded_error', message: 'Overloaded' }), 'overloaded_error', 'Overloaded'],
  [body({ code: 429, status: 'RESOURCE_EXHAUSTED' }), 'RESOURCE_EXHAUSTED', undefined],
  ['{"error":"invalid_grant","error_description":"Revoked"}', 'invalid_grant', 'Revoked'],
  ['{"code":"1113","message":"Insufficient balance"}', '1113', 'Insufficient balance'],
  ['plain text', undefined, 'plain text'],
  [`{"message":"${'x'.repeat(900)}"}`, undefined, 'x'.repeat(500)],
  ['{}', undefined, undefined],
])('reason and message of %s', (text, reason, message) => {
  expect(readErrorBody(text, NOW)).toMatchObject({ reason, message });
});

test('any text is read without an error, and in time', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.constant('1s'.repeat(50_000))), (text) => {
      const { resetAt } = readErrorBody(text, NOW);
      expect(resetAt === undefined || Number.isFinite(resetAt)).toBe(true);
    }),
  );
});

const exhausted: Mark = {
  kind: 'exhausted',
  code: 429,
  reason: 'rate_limit',
  message: 'm',
  resetAt: NOW + 1500,
  billing: false,
};

test('the six fields are written as Hermes writes them: seconds, and null for what is not known', () => {
  const [entry] = markEntries(entriesOf([{ label: 'a' }]), 'id-a', exhausted, NOW);
  expect(entry?.raw).toMatchObject({
    last_status: 'exhausted',
    last_status_at: NOW / 1000,
    last_error_code: 429,
    last_error_reason: 'rate_limit',
    last_error_message: 'm',
    last_error_reset_at: NOW / 1000 + 1.5,
  });
  expect(Object.keys(entry?.raw ?? {})).not.toContain('failure_reason');
});

test('every entry with the same key is marked, empty ones never', () => {
  const entries = entriesOf([
    { label: 'a', access_token: 'same' },
    { label: 'b', access_token: 'same' },
    { label: 'c', access_token: 'other' },
  ]);
  const after = markEntries(entries, 'id-a', exhausted, NOW);
  expect(after.map(({ status }) => status)).toEqual(['exhausted', 'exhausted', undefined]);
  const empty = entriesOf([
    { label: 'a', access_token: '' },
    { label: 'b', access_token: '' },
  ]);
  expect(markEntries(empty, 'id-a', exhausted, NOW).map(({ status }) => status)).toEqual([
    'exhausted',
    undefined,
  ]);
});

test('a dead entry stays dead until it works', () => {
  const dead = entriesOf([{ label: 'a', last_status: 'dead', last_error_code: 401 }]);
  expect(markEntries(dead, 'id-a', exhausted, NOW)[0]?.status).toBe('dead');
  expect(markEntries(dead, 'id-a', { kind: 'ok' }, NOW)[0]?.status).toBeUndefined();
});

test('billing is noted, and goes with the next mark', () => {
  const entries = entriesOf([{ label: 'a' }]);
  const billed = markEntries(entries, 'id-a', judgeReport({ status: 402 }, NOW), NOW);
  expect(billed[0]?.failureReason).toBe('billing');
  expect(markEntries(billed, 'id-a', exhausted, NOW)[0]?.failureReason).toBeUndefined();
  expect(markEntries(billed, 'id-a', { kind: 'ok' }, NOW)[0]?.raw.last_status).toBeNull();
});

test('success of an entry that is well is no change at all', () => {
  const entries = entriesOf([
    { label: 'a', last_status: null },
    { label: 'b', last_status: 'ok' },
  ]);
  for (const id of ['id-a', 'id-b']) {
    const after = markEntries(entries, id, { kind: 'ok' }, NOW);
    expect(after.every((entry, i) => entry === entries[i])).toBe(true);
  }
});
