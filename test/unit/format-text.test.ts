import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Findings } from '../../src/config/findings.ts';
import { formatText } from '../../src/config/format-text.ts';
import { parseYaml } from '../../src/config/parse-yaml.ts';
import { makeSource } from '../../src/config/source-text.ts';
import type { TreeNode } from '../../src/config/tree.ts';

async function meaning(text: string): Promise<unknown> {
  const tree = await parseYaml(makeSource('-', '-', text), new Findings());
  return tree && plain(tree);
}

function plain(node: TreeNode): unknown {
  if (node.kind === 'scalar') return [node.value, node.text];
  if (node.kind === 'list') return node.items.map(plain);
  return [...node.entries.values()].map(({ key, value }) => [key, plain(value)]);
}

test.each([
  ['four spaces become two', 'a:\n    b: 1\n', 'a:\n  b: 1\n'],
  ['braces get a space', 'a: {b: 1,c: [ x,y ]}\n', 'a: { b: 1, c: [x, y] }\n'],
  ['trailing spaces and empty lines go', '\n\na: 1  \n\n\n\nb: 2\n\n', 'a: 1\n\nb: 2\n'],
  ['a missing last line break comes', 'a: 1', 'a: 1\n'],
  [
    'comments stay where they are',
    '# top\na: 1 # x\n# b is\nb: 2\n',
    '# top\na: 1 # x\n# b is\nb: 2\n',
  ],
  ['quotes stay', 'a: "x"\nb: \'y\'\nc: z\n', 'a: "x"\nb: \'y\'\nc: z\n'],
  ['the order of keys stays, those that look like numbers too', '10: a\n2: b\n', '10: a\n2: b\n'],
  ['CRLF stays', 'a: 1\r\nb:\r\n    c: 2\r\n', 'a: 1\r\nb:\r\n  c: 2\r\n'],
  [
    'a label that would become another number keeps the file as it is',
    'a: { 007: x }\n',
    'a: { 007: x }\n',
  ],
  ['spaces that are content stay', 'a: |\n  x  \n\n\n  y\n', 'a: |\n  x  \n\n\n  y\n'],
  ['a list stands below its key', 'a:\n- b: 1\n  c: 2\n-   d\n', 'a:\n  - b: 1\n    c: 2\n  - d\n'],
  [
    'a comment goes with what it stands before',
    'a:\n    # of b\n    b: 1\n    # last\n# of c\nc: 2\n',
    'a:\n  # of b\n  b: 1\n  # last\n# of c\nc: 2\n',
  ],
  [
    'a collection over several lines keeps them',
    'a:\n    b: {x: 1,\n        y: 2}\n',
    'a:\n  b: { x: 1,\n      y: 2 }\n',
  ],
  ['JSON stays JSON', '{"a": 1,   "b": [2]}  \n', '{"a": 1,   "b": [2]}\n'],
  ['an anchor stays', 'a: &x { b: 1 }\nc: *x\n', 'a: &x { b: 1 }\nc: *x\n'],
])('%s', async (_name, text, expected) => {
  expect(await formatText(text)).toBe(expected);
});

const examples = new URL('../../examples/', import.meta.url);
const files = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);

test.each(files)('the example %s is formatted', async (name) => {
  const text = readFileSync(new URL(name, examples), 'utf8');
  expect(await formatText(text)).toBe(text);
});

const words = fc.constantFrom(
  'a',
  '"q: #"',
  "'it'",
  '12',
  '007',
  'true',
  'env:X',
  '~',
  '&x y',
  '- z',
  '',
);
const layouts = fc.array(
  fc.record({
    indent: fc.constantFrom('', ' ', '  ', '    '),
    key: fc.constantFrom(
      'a:',
      'b:',
      '"c d":',
      '- ',
      '- k:',
      '# remark',
      '1:',
      'e: {',
      'x: }',
      '? q',
    ),
    value: fc.oneof(words, fc.constantFrom('{x: 1,y: [2,3]}', '|', '>-', '[a,', ']', '{ } # end')),
    end: fc.constantFrom('\n', '  \n', '\n\n\n', ' # c\n', '\r\n'),
  }),
  { maxLength: 8 },
);

test('formatting twice is formatting once, and changes no meaning and no comment', async () => {
  let formatted = 0;
  await fc.assert(
    fc.asyncProperty(layouts, async (lines) => {
      const text = lines
        .map(({ indent, key, value, end }) => `${indent}${key} ${value}${end}`)
        .join('');
      const before = await meaning(text);
      if (before === undefined) return;
      const once = await formatText(text);
      formatted++;
      expect(await meaning(once)).toEqual(before);
      expect(await formatText(once)).toBe(once);
      expect(once.match(/# (remark|c|end)/g) ?? []).toEqual(text.match(/# (remark|c|end)/g) ?? []);
    }),
    { numRuns: 3000 },
  );
  expect(formatted).toBeGreaterThan(100);
});
