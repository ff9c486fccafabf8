import { expect, test } from 'vitest';
import { GormesError } from '../../src/base/errors.ts';
import { getTarget } from '../../src/pool/target.ts';
import { entriesOf } from '../support/entries.ts';

const entries = entriesOf([
  { label: 'work', id: 'a1b2c3' },
  { label: '3', id: 'ffffff' },
  { label: 'Twin', id: '123456' },
  { label: ' twin ', id: 'cccccc' },
]);

test.each([
  ['an id', 'a1b2c3', 0],
  ['an id with blanks around', '  a1b2c3 ', 0],
  ['an id of digits, before position and label', '123456', 2],
  ['a label', 'work', 0],
  ['a label in another case', 'WORK', 0],
  ['a label that looks like a position', '3', 1],
  ['a position', '4', 3],
  ['a position with zeros', '01', 0],
  ['a position as lists show it', '#4', 3],
])('%s names one entry', (_name, given, index) => {
  expect(getTarget(entries, 'openrouter', given)).toBe(entries[index]);
});

test.each([
  ['nothing', ' ', 'No credential target provided.'],
  ['position zero', '0', 'No credential #0.'],
  ['a position past the end', '9', 'No credential #9.'],
  ['an id in another case', 'A1B2C3', 'No credential matching "A1B2C3".'],
  ['what is not there', 'zzz', 'No credential matching "zzz".'],
  [
    'a label of two',
    'twin',
    'Ambiguous credential label "twin". Use the numeric index or entry id instead.',
  ],
  ['a negative position', '-1', 'No credential matching "-1".'],
  ['control characters', 'a\u001b[2Jb', 'No credential matching "a\\x1b[2Jb".'],
])('%s is refused, and Hermes has words for it', (_name, given, message) => {
  const refused = (): unknown => getTarget(entries, 'openrouter', given);
  expect(refused).toThrow(GormesError);
  expect(refused).toThrow(expect.objectContaining({ hermes: `${message} Provider: openrouter.` }));
});
