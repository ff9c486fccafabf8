import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth } from '../../src/base/display-width.ts';
import { wrap, wrapLines } from '../../src/base/wrap.ts';

/** Words as messages have them: plain, wide, with a colour around them. */
const word = fc.oneof(
  fc.stringMatching(/^[a-z"'.:/-]{1,14}$/),
  fc.constantFrom(
    '日本語',
    'é',
    '\x1b[2mdim\x1b[22m',
    '✓',
    'https://auth.example/a/rather/long/path',
  ),
);
const sentence = fc.array(word, { minLength: 1, maxLength: 40 }).map((words) => words.join(' '));
const columns = fc.integer({ min: 31, max: 79 });

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const seen = (line: string): number => displayWidth(line.replace(/\x1b\[\d+m/g, ''));

test.each([
  [
    'an error',
    'error: no provider of the catalog is called "openruter" [unknown_provider]',
    40,
    [
      'error: no provider of the catalog is',
      '       called "openruter"',
      '       [unknown_provider]',
    ],
  ],
  [
    'a hint',
    'hint: set it in the environment, or: gormes auth add openrouter',
    40,
    ['hint: set it in the environment, or:', '      gormes auth add openrouter'],
  ],
  [
    'a line of an apply',
    '  ✗ ± openrouter/work  rotate: the file ~/.secrets/openrouter is not there [file_missing]',
    48,
    [
      '  ✗ ± openrouter/work  rotate: the file',
      '      ~/.secrets/openrouter is not there',
      '      [file_missing]',
    ],
  ],
  [
    'an indented line',
    '    warming up takes a while, as it says here and there',
    32,
    ['    warming up takes a while, as', '    it says here and there'],
  ],
  ['a line that fits', 'error: short [x]', 31, ['error: short [x]']],
  [
    'a word that is longer than the line',
    `hint: ${'/long'.repeat(9)} is not there`,
    31,
    [`hint: ${'/long'.repeat(9)}`, '      is not there'],
  ],
])('%s is broken below where its text begins', (_name, line, width, lines) => {
  expect(wrapLines(line, width).split('\n')).toEqual(lines);
});

test('places and excerpts stay whole, whatever the width', () => {
  const text = [
    '  /a path/with spaces/and more/gormes.auth.yaml:12:34',
    '  12 |   work: { api_key: "not a reference of any kind at all" }',
    '     |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^',
  ].join('\n');
  expect(wrapLines(text, 31)).toBe(text);
});

test('what goes to no terminal, or to one of thirty columns, stays whole', () => {
  fc.assert(
    fc.property(sentence, fc.constantFrom(undefined, 1, 30), (text, width) => {
      expect(wrapLines(text, width)).toBe(text);
    }),
  );
});

test('no line is wider, but for one word; no word is lost, doubled or broken', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('', '  ', 'error: ', 'hint: '),
      sentence,
      columns,
      (lead, text, width) => {
        const lines = wrapLines(lead + text, width).split('\n');
        expect(lines.map((line) => line.trim()).join(' ')).toBe((lead + text).trim());
        for (const line of lines.filter((each) => seen(each) > width))
          expect(line.slice(lead.length).trim()).not.toContain(' ');
        for (const line of lines.slice(1))
          expect(line.startsWith(' '.repeat(lead.length)) && line[lead.length] !== ' ').toBe(true);
      },
    ),
  );
});

test('where words are cut no line is wider at all, and no character is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z日本]{1,60}$/)), columns, (words, width) => {
      const lines = wrap(words.join(' '), width, '  ', '    ', true);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
    }),
  );
});
