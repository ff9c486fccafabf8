import { expect, test } from 'vitest';
import { availability, cooldownUntil, isSole } from '../../src/pool/cooldown.ts';
import { entriesOf, entryOf } from '../support/entries.ts';

const AT = 1_786_355_001_520;
const out = { last_status: 'exhausted', last_status_at: AT / 1000 };
const MINUTE = 60_000;

test.each([
  ['429', { last_error_code: 429 }, 60 * MINUTE, MINUTE],
  ['402', { last_error_code: 402 }, 60 * MINUTE, 60 * MINUTE],
  [
    'billing by class',
    { last_error_code: 400, failure_reason: 'billing' },
    60 * MINUTE,
    60 * MINUTE,
  ],
  [
    'billing by reason',
    { last_error_code: 403, last_error_reason: 'billing_hard_limit' },
    60 * MINUTE,
    60 * MINUTE,
  ],
  ['401', { last_error_code: 401 }, 5 * MINUTE, 5 * MINUTE],
  ['403', { last_error_code: 403 }, 60 * MINUTE, MINUTE],
  ['500', { last_error_code: 500 }, 60 * MINUTE, MINUTE],
  ['no code', {}, 60 * MINUTE, MINUTE],
])('a failure by %s waits as in Hermes, alone and among others', (_name, fields, many, sole) => {
  const entry = entryOf({ ...out, ...fields });
  expect((cooldownUntil(entry) ?? 0) - AT).toBe(many);
  expect((cooldownUntil(entry, true) ?? 0) - AT).toBe(sole);
});

test('a reset time that the provider named beats the table and the minute', () => {
  const entry = entryOf({ ...out, last_error_code: 429, last_error_reset_at: AT / 1000 + 7 });
  expect(cooldownUntil(entry)).toBe(AT + 7000);
  expect(cooldownUntil(entry, true)).toBe(AT + 7000);
});

test.each([
  ['seconds', (AT + 7000) / 1000],
  ['milliseconds', AT + 7000],
  ['ISO', new Date(AT + 7000).toISOString()],
])('a reset time in %s is understood', (_name, value) => {
  expect(cooldownUntil(entryOf({ ...out, last_error_reset_at: value }))).toBe(AT + 7000);
});

test.each([
  ['well', {}, 'available'],
  ['marked ok', { last_status: 'ok' }, 'available'],
  ['cooling', { ...out, last_error_code: 429 }, 'cooling'],
  ['cooled down', { ...out, last_status_at: AT / 1000 - 3600 }, 'available'],
  ['exhausted without a time', { last_status: 'exhausted' }, 'available'],
  ['dead', { ...out, last_status: 'dead' }, 'dead'],
  ['a variable that is not set', { source: 'env:X', access_token: '' }, 'empty'],
  [
    'a login to be refreshed',
    { auth_type: 'oauth', access_token: '', refresh_token: 'r' },
    'available',
  ],
  ['a status of the future', { last_status: 'resting' }, 'available'],
])('an entry that is %s', (_name, fields, state) => {
  expect(availability(entryOf(fields), AT).state).toBe(state);
});

test('dead entries do not count as company', () => {
  expect(isSole(entriesOf([{ label: 'a' }, { label: 'b', last_status: 'dead' }]))).toBe(true);
  expect(isSole(entriesOf([{ label: 'a' }, { label: 'b' }]))).toBe(false);
  expect(isSole([])).toBe(true);
});
