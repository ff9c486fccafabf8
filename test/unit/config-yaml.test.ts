import { afterEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { brief, briefOf, desiredOf, load } from './fixtures-config/load.ts';

afterEach(() => {
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

describe('what is not a declaration', () => {
  test.each<readonly [string, string | Uint8Array, ...string[]]>([
    ['an empty file', '', 'empty_file 1:1'],
    ['a comment alone', '# nothing\n', 'empty_file 1:1'],
    ['a word', 'hello\n', 'wrong_type 1:1'],
    ['a list', '- a\n', 'wrong_type 1:1'],
    ['an open quote', 'version: 1\nname: "x\n', 'yaml_syntax 2:9'],
    ['an open bracket', 'version: 1\ninclude: [a\n', 'yaml_syntax 2:12'],
    ['a bracket too many', 'version: 1\ninclude: []]\n', 'yaml_syntax 2:12'],
    ['two keys on one line', 'version: 1\nname: a: b\n', 'yaml_syntax 2:7'],
    ['wrong indentation', 'version: 1\nlimits:\n  a: 1\n b: 1\n', 'yaml_syntax 4:1'],
    ['a tab as indentation', 'version: 1\nlimits:\n\tmax_removals: 1\n', 'tab_indent 3:1'],
    ['a reserved character', 'version: 1\nname: @x\n', 'yaml_syntax 2:7'],
    ['a bad escape', 'version: 1\nname: "\\q"\n', 'yaml_syntax 2:8'],
    ['a tag', 'version: 1\nname: !!js/function "x"\n', 'yaml_tag 2:7'],
    ['a directive', '%YAML 1.1\n---\nversion: 1\n', 'yaml_directive 1:1'],
    ['two documents', 'version: 1\n---\nversion: 1\n', 'several_documents 2:1'],
    ['an unknown alias', 'version: 1\nname: *x\n', 'bad_alias 2:7'],
    ['an alias inside its anchor', 'version: 1\nlimits: &a\n  x: *a\n', 'bad_alias 3:6'],
    ['a double key', 'version: 1\nname: a\nname: b\n', 'duplicate_key 3:1'],
    ['a double key in quotes', 'version: 1\nname: a\n"name": b\n', 'duplicate_key 3:1'],
    ['a list as key', 'version: 1\n? [a]\n: b\n', 'bad_key 2:3'],
    ['an empty key', 'version: 1\n: b\n', 'bad_key 2:1'],
    ['a NUL', 'version: 1\nname: a\0b\n', 'control_character 2:8'],
    ['an escape character', 'version: 1\n# \x1b[31m\n', 'control_character 2:3'],
    ['a lone carriage return', 'version: 1\rname: a\n', 'control_character 1:11'],
    ['a line separator', 'version: 1\nname: a\u2028b\n', 'control_character 2:8'],
    ['a right-to-left override', 'version: 1\n# \u202e\n', 'control_character 2:3'],
    ['a byte order mark inside', 'version: 1\n\ufeffname: a\n', 'control_character 2:1'],
    ['UTF-16', Buffer.from('\ufeffversion: 1\n', 'utf16le'), 'not_utf8 1:1'],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('version: 1\nname: é\ufffd'), Buffer.from([0xc3, 0x28])]),
      'not_utf8 2:9',
    ],
    ['0777', 'version: 0777\n', 'version_newer 1:10'],
    [
      'a number of 20 digits',
      'version: 1\nlimits: { max_removals: 12345678901234567890 }\n',
      'out_of_range 2:25',
    ],
    ['infinity', 'version: 1\nlimits: { max_removals: .inf }\n', 'wrong_type 2:25'],
  ])('%s is refused', async (_name, content, ...expected) => {
    const { desired, diagnostics } = await load(content);
    expect(brief(diagnostics)).toEqual(expected);
    expect(desired).toBeUndefined();
  });
});

test.each(['{ api_key: prompt: }', '\n        api_key: prompt:'])(
  'a reference that ends in a colon is told to stand in quotes: %s',
  async (credential) => {
    const { diagnostics } = await load(
      `version: 1\nproviders:\n  zai:\n    credentials:\n      a: ${credential}\n`,
    );
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.hint).toContain('in quotes');
  },
);

describe('keys that are special in JavaScript', () => {
  test.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'])(
    '%s is an unknown key like any other',
    async (key) => {
      const yaml = `version: 1\n${key}: { polluted: 1 }\nlimits: { ${key}: 1 }\n`;
      expect(await briefOf(yaml)).toEqual(['unknown_key 2:1', 'unknown_key 3:11']);
    },
  );

  test.each(['__proto__', 'constructor', 'hasOwnProperty'])('%s can be a label', async (label) => {
    const yaml = `version: 1\nproviders: { xai: { credentials: { ${label}: { state: absent } } } }\n`;
    const { providers } = await desiredOf(yaml);
    expect(providers[0]?.credentials.map((c) => c.address)).toEqual([`xai/${label}`]);
  });

  test('__proto__ is no provider', async () => {
    expect(await briefOf('version: 1\nproviders: { __proto__: {} }\n')).toEqual([
      'unknown_provider 2:14',
    ]);
  });
});

describe('hostile files end in a finding, soon', () => {
  const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
    .concat(
      Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`)}]`),
    )
    .join('\n');
  const nested = Array.from({ length: 1000 }, (_, n) => `${' '.repeat(n)}a:`).join('\n');
  const lines = (count: number, line: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => line(n)).join('\n');
  const { declarationNodes, declarationLines } = LIMITS;
  /** The one finding: nothing behind the limit was looked at. */
  test.each<readonly [string, string, string]>([
    ['an alias bomb', bomb, 'too_many_nodes 5:9'],
    ['200,000 brackets', '['.repeat(200_000), 'too_deep 1:67'],
    ['200,000 braces', '{a: '.repeat(200_000), 'too_deep 1:262'],
    ['100,000 dashes', '- '.repeat(100_000), 'too_deep 1:132'],
    ['nested mappings', nested, 'too_deep 66:67'],
    ['30,000 keys', lines(30_000, (n) => `k${n}: 1`), 'too_many_nodes 10001:1'],
    ['30,000 providers', lines(30_000, (n) => `k${n}: {}`), 'too_many_nodes 10001:1'],
    ['20,000 double keys', lines(20_000, () => 'k: 1'), 'too_many_nodes 10001:1'],
    ['20,001 words', `[${'a, '.repeat(declarationNodes)}a]`, 'too_many_nodes 1:59999'],
    [
      'one key too many for all its values',
      `k: [${'a,'.repeat(declarationNodes - 2)}]`,
      'too_many_nodes 1:1',
    ],
    ['40,000 empty items', lines(40_000, () => '-'), 'too_many_nodes 1:1'],
    ['signs that are wrong', `k: [${'}'.repeat(100_000)}]`, 'too_many_nodes 1:40203'],
    [
      'more anchors than allowed',
      lines(20_000, (n) => `k${n}: &x${n} 1`),
      'too_many_aliases 101:7',
    ],
    ['wrong escapes', `k: "${'\\q'.repeat(100_000)}"`, 'too_many_escapes 1:4'],
    [
      'comments alone',
      lines(declarationLines + 1, () => '#'),
      `too_many_lines ${declarationLines + 1}:1`,
    ],
    ['a large file', `# ${'x'.repeat(LIMITS.declarationBytes)}`, 'file_too_large 1:1'],
  ])('%s', async (_name, yaml, finding) => {
    expect(await briefOf(yaml)).toEqual([finding]);
  });

  test.each<readonly [string, string, string]>([
    ['a large scalar', `name: ${'sk-'.repeat(300_000)}`, 'version_missing'],
    ['a scalar of many possible keys', `name: ${'-eyJaaaaaaaa'.repeat(80_000)}`, 'version_missing'],
    ['as many keys as may be', `version: 1\n${lines(9990, (n) => `k${n}: 1`)}`, 'unknown_key'],
    ['as many double keys as may be', lines(9990, () => 'k: 1'), 'duplicate_key'],
    [
      'as many unknown providers as may be',
      `providers:\n${lines(9990, (n) => `  p${n}: {}`)}`,
      'unknown_provider',
    ],
  ])('%s', async (_name, yaml, code) => {
    const { diagnostics, desired } = await load(yaml);
    expect(desired).toBeUndefined();
    expect(diagnostics.map((d) => d.code)).toContain(code);
    expect(diagnostics.length).toBeLessThanOrEqual(101);
  });

  // Four for each credential; the rest is for what stands around them.
  const credentials = Math.floor((declarationNodes - 10) / 4);
  const full = (head: string) =>
    `${head}\nproviders:\n  xai:\n    credentials:\n${lines(credentials, (n) => `      k${n}: { api_key: "env:K${n}" }`)}\n`;
  test.each([
    ['without the library', 'version: 1'],
    ['with it', 'version:\t1'],
  ])('a declaration of the largest size is read, %s', async (_name, head) => {
    const { providers } = await desiredOf(full(head));
    expect(providers[0]?.credentials).toHaveLength(credentials);
  });

  test('the second deep file of a process is refused like the first', async () => {
    const deep = '['.repeat(1000);
    expect(await briefOf(deep)).toEqual(await briefOf(deep));
  });

  test('64 levels are still read', async () => {
    const yaml = `version: 1\nname: ${'['.repeat(63)}x${']'.repeat(63)}\n`;
    expect(await briefOf(yaml)).toEqual(['wrong_type 2:7']);
  });
});

describe('what is accepted', () => {
  const minimal = [
    'version: 1',
    'providers:',
    '  xai:',
    '    credentials: { a: { state: absent } }',
    '',
  ];
  test.each<readonly [string, string | Uint8Array]>([
    ['LF', minimal.join('\n')],
    ['CRLF', minimal.join('\r\n')],
    ['a byte order mark', `\ufeff${minimal.join('\n')}`],
    ['no line break at the end', minimal.join('\n').trimEnd()],
    ['a document marker', `---\n${minimal.join('\n')}...\n`],
    [
      'JSON with tabs',
      '{\n\t"version": 1,\n\t"providers": {"xai": {"credentials": {"a": {"state": "absent"}}}}\n}\n',
    ],
    [
      'an alias',
      'version: 1\nproviders:\n  xai: &x { credentials: { a: { state: absent } } }\n  gemini: *x\n',
    ],
  ])('%s', async (_name, content) => {
    const { desired, diagnostics } = await load(content);
    expect(brief(diagnostics)).toEqual([]);
    expect(desired?.providers[0]?.credentials[0]?.address).toBe('xai/a');
  });

  test('columns count from the first character behind a byte order mark, and in characters', async () => {
    expect(await briefOf('\ufeffnmae: 1\n')).toContain('unknown_key 1:1');
    expect(await briefOf('version: 1\nlimits: { "😀": 1, "é": 2 }\n')).toEqual([
      'unknown_key 2:11',
      'unknown_key 2:19',
    ]);
  });

  test('labels are the text of the file, in the order of the file', async () => {
    const { providers } = await desiredOf(`version: 1
providers:
  xai:
    credentials:
      b: { state: absent }
      10: { state: absent }
      007: { state: absent }
      1: { state: absent }
      true: { state: absent }
      ~: { state: absent }
      1.50: { state: absent }
`);
    expect(providers[0]?.credentials.map((c) => c.label)).toEqual([
      'b',
      '10',
      '007',
      '1',
      'true',
      '~',
      '1.50',
    ]);
  });
});
