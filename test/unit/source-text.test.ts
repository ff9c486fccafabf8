import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countChars, lineAt, makeSource } from '../../src/config/source-text.ts';

const text = fc
  .array(fc.constantFrom('a', 'é', '🔑', '\ud800', '\udc00', '\n'), { maxLength: 40 })
  .map((parts) => parts.join(''));

test('characters between two offsets are counted as iterating over them counts', () => {
  fc.assert(
    fc.property(text, fc.nat(90), fc.nat(90), (given, one, other) => {
      const [start, end] = [one, other]
        .map((at) => Math.min(at, given.length))
        .sort((a, b) => a - b);
      const source = makeSource('/f', 'f', given);
      expect(countChars(source, start ?? 0, end ?? 0)).toBe([...given.slice(start, end)].length);
    }),
  );
});

test('nothing is counted from within a pair to itself, nor to an end before the start', () => {
  expect(countChars(makeSource('/f', 'f', 'a🔑🔑'), 4, 4)).toBe(0);
  expect(countChars(makeSource('/f', 'f', '🔑🔑'), 4, 2)).toBe(0);
});

test('the line of an offset is the last one that begins before it', () => {
  fc.assert(
    fc.property(text, fc.nat(90), (given, at) => {
      const offset = Math.min(at, given.length);
      const line = lineAt(makeSource('/f', 'f', given), offset);
      expect(line).toBe(given.slice(0, offset).split('\n').length);
    }),
  );
});
