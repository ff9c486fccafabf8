import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts';
import { parseAuthText } from '../../src/pool/auth-file.ts';
import { stringifyJson } from '../../src/pool/json-text.ts';
import { salvage } from '../../src/pool/salvage.ts';

const row = (id: string, label: string): JsonObject => ({
  id,
  label,
  auth_type: 'api_key',
  priority: 0,
  source: 'manual',
  access_token: `secret-${id}-"quoted"-\\-{[]}-${'x'.repeat(60)}`,
  last_status: null,
  base_url: 'https://host.example/v1',
});

const STORE: JsonObject = {
  version: 1,
  providers: { nous: { access_token: 'n', refresh_token: 'r', tls: { insecure: false } } },
  active_provider: 'nous',
  credential_pool: {
    openrouter: [row('aaaaa1', 'one'), row('aaaaa2', 'two "2"'), row('aaaaa3', 'three')],
    empty: [],
    'custom:lab-(gpu)': [row('bbbbb1', 'one'), row('bbbbb2', 'é 😀')],
    anthropic: [row('ccccc1', '{"id": "x"}'), row('ccccc2', 'last')],
  },
  future: { keep: ['me'] },
  suppressed_sources: { copilot: ['gh_cli'] },
  updated_at: '2026-08-10T09:03:21.481230+00:00',
};
const TEXT = stringifyJson(STORE);

function rowsOf(store: JsonObject): Json[] {
  const pools = isJsonObject(store.credential_pool) ? store.credential_pool : {};
  return Object.entries(pools).flatMap(([provider, rows]) =>
    (Array.isArray(rows) ? rows : []).map((each) => ({ provider, each })),
  );
}

const ALL = rowsOf(STORE);
/** Where each row ends in the text. */
const ENDS = ALL.map((each) => {
  const id = isJsonObject(each) && isJsonObject(each.each) ? String(each.each.id) : '';
  return TEXT.indexOf('\n      }', TEXT.indexOf(`"${id}"`)) + '\n      }'.length;
});

test('of a text cut anywhere, every entry that stands whole before the cut is kept, and no other', () => {
  for (let cut = 0; cut < TEXT.length; cut++) {
    const { value } = salvage(TEXT.slice(0, cut));
    expect(parseAuthText('auth.json', stringifyJson(value)).state).toBe('valid');
    const whole = ALL.filter((_row, index) => (ENDS[index] ?? 0) <= cut);
    expect(rowsOf(value), `cut at ${cut}`).toEqual(whole);
  }
});

test('a cut behind the logins keeps them', () => {
  const { value } = salvage(TEXT.slice(0, TEXT.indexOf('"credential_pool"')));
  expect(value.providers).toEqual(STORE.providers);
  expect(value.active_provider).toBe('nous');
});

test('a byte that is lost anywhere costs at most the entries around it', () => {
  for (let at = 0; at < TEXT.length; at += 3) {
    for (const bad of ['', '\u0000', '"', '}', '\ufffd']) {
      const text = TEXT.slice(0, at) + bad + TEXT.slice(at + 1);
      const { value } = salvage(text);
      expect(parseAuthText('auth.json', stringifyJson(value)).state).toBe('valid');
      const kept = rowsOf(value).filter((each) => ALL.some((one) => isDeepStrictEqual(one, each)));
      expect(kept.length, `${JSON.stringify(bad)} at ${at}`).toBeGreaterThanOrEqual(3);
    }
  }
});

test('NaN becomes null, and every other byte stays', () => {
  const text = TEXT.replace('"priority": 0', '"priority": NaN');
  expect(salvage(text).text).toBe(TEXT.replace('"priority": 0', '"priority": null'));
});

test('NaN inside a text is text', () => {
  const text = TEXT.replace('three', 'x: NaN, y').replace(
    '"last_status": null',
    '"last_status": NaN',
  );
  const { value, text: kept } = salvage(text);
  expect(kept).toBeUndefined();
  expect(JSON.stringify(value)).toContain('x: NaN, y');
});

test.each([
  ['nothing', ''],
  ['an empty object', '{}'],
  ['a list', '[]'],
  ['null', 'null'],
  ['pools that are no object', '{"credential_pool": [1]}'],
])('of %s an empty store is made', (_name, text) => {
  const { value } = salvage(text);
  expect(parseAuthText('auth.json', stringifyJson(value)).state).toBe('valid');
  expect(rowsOf(value)).toEqual([]);
});
