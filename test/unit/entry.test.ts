import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTime } from '../../src/base/hermes-time.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { Secret } from '../../src/base/secret.ts';
import {
  byPriority,
  newRow,
  ownsSecret,
  parseEntry,
  secretFingerprint,
} from '../../src/pool/entry.ts';
import { entryOf } from '../support/entries.ts';

test('what is missing or of the wrong type has the defaults of Hermes', () => {
  const odd = { id: 7, label: null, priority: 'x', access_token: [], last_error_code: '429' };
  for (const row of [{}, null, 'text', odd]) {
    const entry = parseEntry('xai', row, 'abcdef');
    expect(entry).toMatchObject({
      id: 'abcdef',
      label: 'manual',
      type: 'api_key',
      priority: 0,
      source: 'manual',
      status: undefined,
      errorCode: undefined,
      requestCount: 0,
    });
    expect(entry.secret.isEmpty).toBe(true);
  }
});

test('the label defaults to the source', () => {
  expect(parseEntry('xai', { source: 'env:XAI_API_KEY' }, 'x').label).toBe('env:XAI_API_KEY');
});

test('an anthropic setup token is a login whatever the row says; elsewhere it is what the row says', () => {
  const row = { auth_type: 'api_key', access_token: 'sk-ant-oat01-x' };
  expect(entryOf(row, 'anthropic').type).toBe('oauth');
  expect(entryOf(row, 'openrouter').type).toBe('api_key');
});

test.each([
  ['seconds', 1786355001.52, 1786355001520],
  ['milliseconds', 1786355001520, 1786355001520],
  [
    'ISO with microseconds',
    '2026-08-10T09:00:00.120000+00:00',
    Date.UTC(2026, 7, 10, 9, 0, 0, 120),
  ],
  ['ISO with Z', '2026-04-27T07:15:00Z', Date.UTC(2026, 3, 27, 7, 15)],
  ['more seconds than a date can hold', 1e300, 8.64e15],
  ['null', null, undefined],
  ['an empty text', '', undefined],
  ['nonsense', 'soon', undefined],
  ['a list', [], undefined],
])('a time in %s is understood', (_name, value, ms) => {
  expect(parseTime(value)).toBe(ms);
});

test.each([
  ['openrouter', 'manual', true],
  ['openrouter', 'manual:anything', true],
  ['openrouter', 'env:OPENROUTER_API_KEY', false],
  ['anthropic', 'hermes_pkce', true],
  ['anthropic', 'claude_code', false],
  ['nous', 'device_code', true],
  ['openai-codex', 'device_code', true],
  ['xai-oauth', 'device_code', true],
  ['copilot', 'device_code', false],
  ['minimax-oauth', 'oauth', true],
  ['qwen-oauth', 'qwen-cli', false],
  ['copilot', 'gh_cli', false],
  ['custom:x', 'config:X', false],
  ['custom:x', 'model_config', false],
  ['xai', 'of the future', false],
])('%s %s: the store holds the secret: %s', (provider, source, owned) => {
  expect(ownsSecret(provider, source)).toBe(owned);
});

const wanted = (source: string) => ({
  id: 'abcdef',
  label: 'l',
  type: 'api_key' as const,
  priority: 2,
  source,
  secret: new Secret('the-key'),
  baseUrl: 'https://x/v1',
});

test('a new row has the fields of Hermes in its order', () => {
  expect(JSON.stringify(newRow('xai', wanted('manual')))).toBe(
    '{"id":"abcdef","label":"l","auth_type":"api_key","priority":2,"source":"manual","access_token":"the-key","last_status":null,"last_status_at":null,"last_error_code":null,"last_error_reason":null,"last_error_message":null,"last_error_reset_at":null,"base_url":"https://x/v1","request_count":0}',
  );
});

test('a borrowed row holds the fingerprint in place of the secret', () => {
  const row = newRow('xai', wanted('env:XAI_API_KEY'));
  expect(row).not.toHaveProperty('access_token');
  expect(row.secret_fingerprint).toBe(secretFingerprint(new Secret('the-key')));
  expect(secretFingerprint(new Secret('abc'))).toBe('sha256:ba7816bf8f01cfea');
});

test('equal priorities keep the order of the file', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2, max: 2 })), (priorities) => {
      const entries = priorities.map((priority, i) => entryOf({ id: `${i}`, priority }));
      const sorted = byPriority(entries);
      for (const [i, entry] of sorted.entries()) {
        const next = sorted[i + 1];
        if (next === undefined) break;
        expect(entry.priority).toBeLessThanOrEqual(next.priority);
        if (entry.priority === next.priority)
          expect(Number(entry.id)).toBeLessThan(Number(next.id));
      }
    }),
  );
});

test('no entry shows its secret when it is printed', () => {
  const entry = {
    ...entryOf({ access_token: 'the-key', refresh_token: 'the-refresh' }),
    raw: {} as JsonObject,
  };
  expect(JSON.stringify(entry)).not.toMatch(/the-/);
});
