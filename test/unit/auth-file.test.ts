import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { GormesError } from '../../src/base/errors.ts';
import { parseAuthText, readAuthFile } from '../../src/pool/auth-file.ts';
import { stringifyJson } from '../../src/pool/json-text.ts';

function failure(work: () => unknown): GormesError {
  try {
    work();
  } catch (error) {
    if (error instanceof GormesError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const STORE = {
  version: 1,
  providers: {},
  credential_pool: { xai: [{ id: 'a1b2c3', label: 'wörk', access_token: 'CANARY-1' }] },
};

test('an absent file is absent, a store is valid with its text', () => {
  const dir = mkdtempSync(join(tmpdir(), 'auth-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  const path = join(dir, 'auth.json');
  expect(readAuthFile(path)).toEqual({ state: 'absent' });
  writeFileSync(path, stringifyJson(STORE));
  const file = readAuthFile(path);
  expect(file).toMatchObject({ state: 'valid', text: stringifyJson(STORE), value: STORE });
  expect(file.state === 'valid' && file.refuseWrite).toBeUndefined();
  rmSync(path);
  mkdirSync(path);
  expect(failure(() => readAuthFile(path)).code).toBe('not_a_file');
});

test.each([
  { text: '', reason: 'it is empty' },
  { text: ' \n', reason: 'it is empty' },
  { text: '{}', reason: 'it has neither "providers" nor "credential_pool"' },
  { text: '{"version": 1}', reason: 'it has neither "providers" nor "credential_pool"' },
  { text: '[]', reason: 'it holds no JSON object' },
  { text: 'null', reason: 'it holds no JSON object' },
  { text: '"providers"', reason: 'it holds no JSON object' },
  { text: '{"providers": []}', reason: '"providers" is not an object' },
  {
    text: '{"providers": {}, "credential_pool": null}',
    reason: '"credential_pool" is not an object',
  },
  { text: '{"systems": []}', reason: 'it has neither "providers" nor "credential_pool"' },
  {
    text: '{"__proto__": {"providers": {}}}',
    reason: 'it has neither "providers" nor "credential_pool"',
  },
])('$text is not understood: $reason', ({ text, reason }) => {
  expect(failure(() => parseAuthText('/h/auth.json', text))).toMatchObject({
    code: 'auth_not_understood',
    message: `/h/auth.json is not a credential store: ${reason}`,
    hint: 'gormes auth repair',
    exitCode: 1,
  });
});

test('a syntax error has its place and shows nothing of the text', () => {
  const error = failure(() => parseAuthText('/h/auth.json', '{\n  "providers": {"x": CANARY}\n}'));
  expect(error).toMatchObject({
    code: 'auth_not_understood',
    place: { file: '/h/auth.json', line: 2, column: 22 },
  });
  expect(JSON.stringify(error) + String(error.stack)).not.toContain('CANARY');
});

test('a store cut at any byte is not understood, never empty', () => {
  const text = stringifyJson(STORE).trimEnd();
  for (let length = 0; length < text.length; length++) {
    expect(failure(() => parseAuthText('a', text.slice(0, length))).code).toBe(
      'auth_not_understood',
    );
  }
});

test('too deep a store is not understood, without recursion', () => {
  const text = `{"providers": ${'{"a":'.repeat(100_000)}1${'}'.repeat(100_001)}`;
  expect(failure(() => parseAuthText('a', text)).message).toContain(
    'nested deeper than 200 levels',
  );
});

test.each([
  {
    name: 'a newer version',
    text: '{"version": 2, "providers": {}}',
    code: 'auth_newer_version',
    value: { version: 2, providers: {} },
  },
  {
    name: 'NaN',
    text: '{"providers": {}, "x": [NaN, -Infinity]}',
    code: 'auth_nan',
    value: { providers: {}, x: [null, null] },
  },
  {
    name: 'duplicate keys',
    text: '{"providers": {"a": 1},\n "providers": {"b": 2}}',
    code: 'auth_duplicate_key',
    value: { providers: { b: 2 } },
  },
])('$name: read, but refused for writing', ({ text, code, value }) => {
  const file = parseAuthText('/h/auth.json', text);
  expect(file.value).toEqual(value);
  expect(file.refuseWrite).toMatchObject({ code, exitCode: 1 });
});

test('an unclear place is named', () => {
  const file = parseAuthText('/h/auth.json', '{"providers": {"a": 1},\n "providers": {}}');
  expect(file.refuseWrite?.place).toEqual({ file: '/h/auth.json', line: 2, column: 2 });
});

test.each([
  {
    text: '{"systems": {"nous_portal": {"access_token": "t"}}, "keep": 1}',
    value: { keep: 1, providers: { nous: { access_token: 't' } }, active_provider: 'nous' },
  },
  {
    text: '{"systems": {"nous_portal": {}, "other": 2}}',
    value: { systems: { other: 2 }, providers: { nous: {} }, active_provider: 'nous' },
  },
  { text: '{"systems": {}}', value: { systems: {}, providers: {} } },
  {
    text: '{"systems": {"nous_portal": {}}, "providers": {}}',
    value: { systems: { nous_portal: {} }, providers: {} },
  },
])("Hermes' old shape $text is mapped", ({ text, value }) => {
  expect(parseAuthText('a', text).value).toEqual(value);
});

test('any text is valid or not understood, nothing else', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(60), fc.string({ maxLength: 3 }), (extra, at, junk) => {
      const text = `{"version": 1, "providers": {}, "x": ${extra}}`;
      const damaged = text.slice(0, at) + junk + text.slice(at + 1);
      try {
        expect(parseAuthText('a', damaged).state).toBe('valid');
      } catch (error) {
        expect(error).toMatchObject({ code: 'auth_not_understood' });
      }
    }),
  );
});
