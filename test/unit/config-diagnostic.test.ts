import { describe, expect, test } from 'vitest';
import { displayWidth } from '../../src/base/display-width.ts';
import { formatDiagnostic, formatPlace } from '../../src/config/diagnostic.ts';
import { load } from './fixtures-config/load.ts';

async function shown(yaml: string): Promise<string[]> {
  const { diagnostics } = await load(`version: 1\n${yaml}\n`);
  return diagnostics.map(formatDiagnostic);
}

test('a diagnostic shows what, where, the line, a caret and a hint', async () => {
  expect(await shown('unmanaged: kep')).toEqual([
    [
      'error: "unmanaged" must be keep or remove [not_allowed]',
      '  gormes.auth.yaml:2:12',
      '  2 | unmanaged: kep',
      '    |            ^^^',
      'hint: did you mean "keep"?',
    ].join('\n'),
  ]);
});

test('a warning says so', async () => {
  const [text] = await shown('providers: { xai: { credentials: { a: { api_key: "todo:" } } } }');
  expect(text).toMatch(/^warning: .* \[todo_reference\]\n/);
});

describe('the caret stands under what is meant', () => {
  test.each([
    ['after tabs', 'limits: {\t\tx: 1 }', 'limits: {        x: *', 17],
    ['after wide characters', 'limits: { "日本": 1, x: 1 }', 'limits: { "日本": *, x: *', 21],
    ['after an emoji', 'limits: { "😀": 1, x: 1 }', 'limits: { "😀": *, x: *', 19],
    [
      'after a combining mark',
      'limits: { "e\u0301": 1, x: 1 }',
      'limits: { "e\u0301": *, x: *',
      18,
    ],
  ])('%s', async (_name, yaml, line, indent) => {
    const lines = (await shown(yaml)).at(-1)?.split('\n') ?? [];
    expect(lines[2]).toContain(line);
    expect(lines[3]).toBe(`    | ${' '.repeat(indent)}^`);
  });

  test('in a long line, of which a part is shown', async () => {
    const yaml = `limits: { ${'a_long_key: 1, '.repeat(20)}x: 1 }`;
    const lines = (await shown(yaml)).at(-1)?.split('\n') ?? [];
    expect(lines[2]).toMatch(/^ {2}2 \| …/);
    expect(lines[2]?.[(lines[3] ?? '').indexOf('^')]).toBe('x');
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(100);
  });

  test('and a very long line has no excerpt', async () => {
    const lines = (await shown(`limits: { "${'a'.repeat(1000)}": 1 , x: 1 }`)).at(-1)?.split('\n');
    expect(lines).toHaveLength(3);
  });
});

test('a caret covers a value up to the end of its line', () => {
  const place = { file: 'f', line: 1, column: 3, excerpt: 'a: b', length: 99 };
  expect(formatPlace(place)).toEqual(['  f:1:3', '  1 | a: b', '    |   ^^']);
});

test('control characters of names and files are escaped', () => {
  const text = formatDiagnostic({
    severity: 'error',
    code: 'x',
    message: 'a \x1b[31m b',
    place: { file: '\u202e.yaml', line: 1, column: 1 },
    hint: '\u2028',
  });
  expect(text).toBe('error: a \\x1b[31m b [x]\n  \\u{202e}.yaml:1:1\nhint: \\u{2028}');
});

describe('excerpts mask', () => {
  test.each([
    ['a literal key', 'c: { api_key: hunter2 }', 'hunter2'],
    ['a literal key in quotes', 'c: { api_key: "hunter2 x" }', 'hunter2'],
    ['a misspelled field', 'c: { apikey: hunter2 }', 'hunter2'],
    ['an unknown field', 'c: { value: hunter2 }', 'hunter2'],
    ['a value in place of the mapping', 'c: hunter2', 'hunter2'],
    ['a value in place of the mapping, as list', 'c: [hunter2]', 'hunter2'],
    ['a list in place of the key', 'c: { api_key: [hunter2] }', 'hunter2'],
    ['a mapping in place of the key', 'c: { api_key: { value: hunter2 } }', 'hunter2'],
    [
      'a password in a URL',
      'c: { api_key: "env:A", base_url: "https://u:hunter2@x.example" }',
      'hunter2',
    ],
    ['a key where a label stands', 'sk-ant-api03-0123456789abcdef: {}', '0123456789abcdef'],
    [
      'a key of a shape that nobody knows, with a wrong neighbour',
      'c: { api_key: hunter2, protect: 1 }',
      'hunter2',
    ],
    ['a literal in a file that is no YAML', 'c: { api_key: hunter2, : ] }', 'hunter2'],
    [
      'a block literal in a file that is no YAML',
      'c:\n        api_key: hunter2 { x\n      ]',
      'hunter2',
    ],
  ])('%s', async (_name, line, secret) => {
    const yaml = `providers:\n  openrouter:\n    credentials:\n      ${line}`;
    const texts = await shown(yaml);
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.join('\n')).not.toContain(secret);
  });

  test('but not references and commands', async () => {
    const yaml = `providers:
  openrouter:
    credentials:
      a: { api_key: "env:MY_KEY", x: 1 }
      b: { api_key: { command: [my-vault, get, it] }, x: 1 }`;
    const text = (await shown(yaml)).join('\n');
    expect(text).toContain('api_key: "env:MY_KEY"');
    expect(text).toContain('[my-vault, get, it]');
  });
});
