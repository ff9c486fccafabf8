import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { viewPools } from '../../src/cli/views/pool.ts';
import { listEntries } from '../../src/pool/list-entries.ts';
import { failureKind, statusText, waitText } from '../../src/pool/status-text.ts';
import { entryOf } from '../support/entries.ts';
import { snapshotOf } from '../support/snapshots.ts';

const NOW = Date.UTC(2026, 7, 10, 9);
const now = NOW / 1000;
const out = { last_status: 'exhausted', last_status_at: now - 100 };

test('a pool is listed to the character as the reference shows it', () => {
  const listed: JsonObject[] = [
    { label: 'ok' },
    { label: '429 1h', ...out, last_status_at: now, last_error_code: 429 },
    {
      label: '429 reason',
      ...out,
      last_error_code: 429,
      last_error_reason: 'rate_limit_exceeded',
      last_error_reset_at: now + 10,
    },
    {
      label: 'reset 2d',
      ...out,
      last_error_code: 429,
      last_error_reset_at: now + 2 * 86_400 + 3 * 3600,
    },
    { label: '401', ...out, last_error_code: 401, last_error_reason: 'invalid_api_key' },
    { label: '402', ...out, last_error_code: 402 },
    { label: 'old', ...out, last_status_at: now - 7200, last_error_code: 500 },
    { label: 'nocode', last_status: 'exhausted', last_status_at: null },
    {
      label: 'a label that is much longer than twenty',
      auth_type: 'oauth',
      source: 'manual:hermes_pkce',
    },
    { label: '🔑 wide', auth_type: 'api_key', source: 'env:X' },
  ];
  const rows = listed.map((row, i) => ({
    id: `00000${i}`,
    access_token: 'k',
    source: 'manual',
    priority: i,
    ...row,
  }));
  const snapshot = snapshotOf({ auth: { credential_pool: { openrouter: rows } } });
  expect(viewPools(listEntries(snapshot, NOW))).toBe(
    `openrouter (10 credentials):
  #1  ok                   api_key manual ←
  #2  429 1h               api_key manual rate-limited (429) (1h 0m left)
  #3  429 reason           api_key manual rate-limited rate_limit_exceeded (429) (10s left)
  #4  reset 2d             api_key manual rate-limited (429) (2d 3h left)
  #5  401                  api_key manual auth failed invalid_api_key (401) (re-auth may be required)
  #6  402                  api_key manual exhausted (402) (58m 20s left)
  #7  old                  api_key manual exhausted (500) (ready to retry)
  #8  nocode               api_key manual exhausted
  #9  a label that is much longer than twenty oauth   hermes_pkce
  #10  🔑 wide               api_key env:X

`,
  );
});

test.each([
  ['429', { last_error_code: 429, last_error_reason: 'forbidden' }, 'rate-limited'],
  ['a reason of rate', { last_error_code: 403, last_error_reason: 'QUOTA_used' }, 'rate-limited'],
  ['a message of rate', { last_error_message: 'Too Many Requests, slow down' }, 'rate-limited'],
  [
    'the reason exhausted',
    { last_error_code: 401, last_error_reason: 'exhausted' },
    'rate-limited',
  ],
  ['401', { last_error_code: 401 }, 'auth failed'],
  ['403', { last_error_code: 403 }, 'auth failed'],
  ['a reason of auth', { last_error_code: 500, last_error_reason: 'authx' }, 'auth failed'],
  ['a message of auth', { last_error_message: 'token has expired' }, 'auth failed'],
  ['500', { last_error_code: 500 }, 'exhausted'],
  ['nothing', {}, 'exhausted'],
])('the failure of %s is told', (_name, fields, kind) => {
  expect(failureKind(entryOf(fields))).toBe(kind);
});

test.each([
  [0, '0s'],
  [59, '59s'],
  [60, '1m 0s'],
  [3599, '59m 59s'],
  [3600, '1h 0m'],
  [86_399, '23h 59m'],
  [86_400, '1d 0h'],
  [183_600, '2d 3h'],
])('%i seconds are shown as %s', (seconds, text) => {
  expect(waitText(seconds)).toBe(text);
});

test.each([
  ['ok shows nothing', { last_status: 'ok' }, false, ''],
  [
    'a dead key',
    { last_status: 'dead', last_error_code: 401 },
    false,
    ' dead (401) (needs a new key)',
  ],
  [
    'a dead login',
    {
      last_status: 'dead',
      auth_type: 'oauth',
      last_error_code: 401,
      last_error_reason: 'token_revoked',
    },
    false,
    ' dead token_revoked (401) (log in again)',
  ],
  [
    'half a second is rounded up',
    { ...out, last_error_reset_at: now + 0.5 },
    false,
    ' exhausted (1s left)',
  ],
  [
    'one of several waits an hour',
    { ...out, last_status_at: now, last_error_code: 429 },
    false,
    ' rate-limited (429) (1h 0m left)',
  ],
  [
    'the only one waits a minute',
    { ...out, last_status_at: now, last_error_code: 429 },
    true,
    ' rate-limited (429) (1m 0s left)',
  ],
  [
    'a billing failure waits the hour',
    { ...out, last_status_at: now, last_error_code: 402 },
    true,
    ' exhausted (402) (1h 0m left)',
  ],
])('%s', (_name, fields, sole, text) => {
  expect(statusText(entryOf(fields), NOW, sole)).toBe(text);
});
