import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandReference, parseReference } from '../../src/secrets/parse-reference.ts';

test.each([
  ['env:OPENROUTER_API_KEY', { scheme: 'env', variable: 'OPENROUTER_API_KEY' }],
  ['env:_x1', { scheme: 'env', variable: '_x1' }],
  ['file:~/.secrets/a b', { scheme: 'file', path: '~/.secrets/a b' }],
  ['prompt:', { scheme: 'prompt' }],
  ['prompt:the work key', { scheme: 'prompt' }],
  ['todo:', { scheme: 'todo' }],
  ['op://vault/item/field', { scheme: 'op', rest: '//vault/item/field' }],
  ['op://vault/item/section/field', { scheme: 'op', rest: '//vault/item/section/field' }],
  ['pass:ai/openrouter', { scheme: 'pass', rest: 'ai/openrouter' }],
  ['gopass:ai/openrouter', { scheme: 'gopass', rest: 'ai/openrouter' }],
  ['bw:item', { scheme: 'bw', rest: 'item' }],
  ['vault:secret/ai#key', { scheme: 'vault', rest: 'secret/ai#key' }],
  ['sops:a.yaml#key', { scheme: 'sops', rest: 'a.yaml#key' }],
  ['age:a.age', { scheme: 'age', rest: 'a.age' }],
  ['keyring:gormes/alice', { scheme: 'keyring', rest: 'gormes/alice' }],
  ['aws-sm:prod/key', { scheme: 'aws-sm', rest: 'prod/key' }],
  ['gcp-sm:key', { scheme: 'gcp-sm', rest: 'key' }],
])('%s is a reference', (text, expected) => {
  expect(parseReference(text)).toEqual({ reference: { ...expected, text } });
});

test.each([
  ['', 'literal_secret'],
  ['hunter2', 'literal_secret'],
  ['sk-or-v1-abc', 'literal_secret'],
  ['alice:hunter2', 'literal_secret'],
  ['Env:A', 'literal_secret'],
  [' env:A', 'literal_secret'],
  ['evn:A', 'unknown_scheme'],
  ['lastpass://a', 'unknown_scheme'],
  ['env:', 'bad_reference'],
  ['env:1A', 'bad_reference'],
  ['env:A B', 'bad_reference'],
  ['env:$A', 'bad_reference'],
  ['file:', 'bad_reference'],
  ['file: ', 'bad_reference'],
  ['file:a\nb', 'bad_reference'],
  ['op:vault/item/field', 'bad_reference'],
  ['op://vault/item', 'bad_reference'],
  ['pass:', 'bad_reference'],
  ['vault:a', 'bad_reference'],
  ['vault:#a', 'bad_reference'],
  ['sops:a#', 'bad_reference'],
  ['keyring:a', 'bad_reference'],
  ['command:a', 'bad_reference'],
])('%j is none: %s', (text, code) => {
  expect(parseReference(text)).toMatchObject({ problem: { code } });
});

describe('a problem', () => {
  test('guesses the scheme', () => {
    expect(parseReference('evn:A')).toMatchObject({ problem: { guess: 'env' } });
    expect(parseReference('vaul:a#b')).toMatchObject({ problem: { guess: 'vault' } });
  });

  test('never holds the text', () => {
    const secret = fc.string({ minLength: 6 }).filter((text) => /[^a-z :#]/.test(text));
    fc.assert(
      fc.property(
        fc.constantFrom('', 'env:', 'op:', 'vault:', 'x:', 'evn:'),
        secret,
        (scheme, text) => {
          const parsed = parseReference(scheme + text);
          if ('problem' in parsed) expect(JSON.stringify(parsed)).not.toContain(text);
        },
      ),
    );
  });
});

test('different commands have different texts', () => {
  const words = fc.array(fc.string(), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(words, words, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      expect(commandReference(a).text === commandReference(b).text).toBe(same);
    }),
  );
  expect(commandReference(['my-vault', 'get', 'a b']).text).toBe('my-vault get "a b"');
});
