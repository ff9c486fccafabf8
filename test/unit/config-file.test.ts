import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GormesError } from '../../src/base/errors.ts';
import { isJsonObject, type Json } from '../../src/base/json.ts';
import { type ConfigFile, parseConfigText, readConfigFile } from '../../src/pool/config-file.ts';
import { configMentions } from '../../src/pool/read-plain-yaml.ts';
import type { YamlPath } from '../../src/pool/yaml-slot.ts';

const HERMES = `# My settings
model:   # the model
  # which one
  default: "x/y"   # keep me
  provider: auto

custom_providers:
- name: A  # first
  # where
  base_url: http://a
- name: B
flow: {a: 1, b: [x, y], }
nothing:
tilde: ~   # none
lists:
    - 1
    # between
    - 2
literal: |
  text

  more
kept: |+
  text

# the end
last: 1`;

type Change = (file: ConfigFile) => ConfigFile;

async function changed(text: string, change: Change): Promise<string> {
  return change(await parseConfigText('config.yaml', text)).text;
}

describe('changes touch their place only', () => {
  const rows: { name: string; change: Change; from: string; to: string }[] = [
    {
      name: 'a scalar is replaced between its spaces and its comment',
      change: (file) => file.set(['model', 'default'], 'yes'),
      from: '"x/y"   # keep me',
      to: '"yes"   # keep me',
    },
    {
      name: 'a key is added at the end of its mapping',
      change: (file) => file.set(['model', 'base_url'], 'https://x: y'),
      from: '  provider: auto\n',
      to: '  provider: auto\n  base_url: "https://x: y"\n',
    },
    {
      name: 'missing parents are created at the end',
      change: (file) => file.set(['new', 'a'], [1, { x: 'é\nq', y: [] }]),
      from: 'last: 1',
      to: 'last: 1\nnew:\n  a:\n    - 1\n    - x: "é\\nq"\n      "y": []\n',
    },
    {
      name: 'nothing gives way to a mapping',
      change: (file) => file.set(['nothing', 'k'], 'v'),
      from: 'nothing:\n',
      to: 'nothing:\n  k: v\n',
    },
    {
      name: 'a written null gives way, its comment stays',
      change: (file) => file.set(['tilde', 'k'], 'v'),
      from: 'tilde: ~   # none\n',
      to: 'tilde:   # none\n  k: v\n',
    },
    {
      name: 'nothing gets a scalar',
      change: (file) => file.set(['nothing'], 5),
      from: 'nothing:\n',
      to: 'nothing: 5\n',
    },
    {
      name: 'a list that is missing starts indented under its key',
      change: (file) => file.append(['nothing'], { name: 'n', url: 'u' }),
      from: 'nothing:\n',
      to: 'nothing:\n  - name: "n"\n    url: u\n',
    },
    {
      name: 'a list that is not indented grows so',
      change: (file) => file.append(['custom_providers'], { name: 'C', models: ['m'] }),
      from: '- name: B\n',
      to: '- name: B\n- name: C\n  models:\n    - m\n',
    },
    {
      name: 'a list with wide indent grows so',
      change: (file) => file.append(['lists'], 3),
      from: '    - 2\n',
      to: '    - 2\n    - 3\n',
    },
    {
      name: 'a key is added to an item of a list',
      change: (file) => file.set(['custom_providers', 0, 'api_key'], 'k'),
      from: '  base_url: http://a\n',
      to: '  base_url: http://a\n  api_key: k\n',
    },
    {
      name: 'a flow mapping grows in flow form',
      change: (file) => file.set(['flow', 'c'], 'a, b'),
      from: '[x, y], }',
      to: '[x, y], c: "a, b", }',
    },
    {
      name: 'a flow list grows in flow form',
      change: (file) => file.append(['flow', 'b'], { q: null }),
      from: '[x, y]',
      to: '[x, y, {q: null}]',
    },
    {
      name: 'the first of a flow mapping goes with its comma',
      change: (file) => file.delete(['flow', 'a']),
      from: '{a: 1, b',
      to: '{b',
    },
    {
      name: 'the last of a flow list goes with its comma',
      change: (file) => file.delete(['flow', 'b', 1]),
      from: '[x, y]',
      to: '[x]',
    },
    {
      name: 'a line goes with its comment',
      change: (file) => file.delete(['model', 'default']),
      from: '  default: "x/y"   # keep me\n',
      to: '',
    },
    {
      name: 'a key on the line of a dash goes, the comments stay',
      change: (file) => file.delete(['custom_providers', 0, 'name']),
      from: '- name: A  # first\n',
      to: '-   # first\n',
    },
    {
      name: 'an item that loses all is an empty mapping',
      change: (file) => file.delete(['custom_providers', 1, 'name']),
      from: '- name: B\n',
      to: '- {}\n',
    },
    {
      name: 'an item goes with its lines',
      change: (file) => file.delete(['custom_providers', 0]),
      from: '- name: A  # first\n  # where\n  base_url: http://a\n',
      to: '',
    },
    {
      name: 'a mapping that loses all stays, empty, with its comments',
      change: (file) => file.delete(['model', 'default']).delete(['model', 'provider']),
      from: 'model:   # the model\n  # which one\n  default: "x/y"   # keep me\n  provider: auto\n',
      to: 'model: {}   # the model\n  # which one\n',
    },
    {
      name: 'an empty mapping is filled in block form',
      change: (file) =>
        file.delete(['model', 'default']).delete(['model', 'provider']).set(['model', 'x'], 1),
      from: '  # which one\n  default: "x/y"   # keep me\n  provider: auto\n',
      to: '  x: 1\n  # which one\n',
    },
    {
      name: 'a mapping gives way to a scalar',
      change: (file) => file.set(['model'], 'gpt'),
      from: 'model:   # the model\n  # which one\n  default: "x/y"   # keep me\n  provider: auto\n',
      to: 'model: gpt   # the model\n  # which one\n',
    },
    {
      name: 'a scalar gives way to a mapping',
      change: (file) => file.set(['last'], { a: 1, b: [] }),
      from: 'last: 1',
      to: 'last:\n  a: 1\n  b: []\n',
    },
    {
      name: 'a literal block gives way to a line',
      change: (file) => file.set(['literal'], 'one line'),
      from: 'literal: |\n  text\n\n  more\n',
      to: 'literal: one line\n',
    },
    {
      name: 'a top-level key goes with all below it',
      change: (file) => file.delete(['custom_providers']),
      from: 'custom_providers:\n- name: A  # first\n  # where\n  base_url: http://a\n- name: B\n',
      to: '',
    },
    {
      name: 'what is there already is not written again',
      change: (file) => file.set(['model', 'default'], 'x/y').delete(['model', 'gone']),
      from: 'last: 1',
      to: 'last: 1',
    },
  ];
  test.each(rows)('$name', async ({ change, from, to }) => {
    expect(HERMES.split(from)).toHaveLength(2);
    const expected = HERMES.replace(from, () => to);
    expect(await changed(HERMES, change)).toBe(expected);
    // With Windows' line ends the same, and a byte order mark stays.
    const windows = (text: string) => `\ufeff${text.replaceAll('\n', '\r\n')}`;
    expect(await changed(windows(HERMES), change)).toBe(windows(expected));
  });

  test.each([
    { text: '', to: 'a:\n  b: 1\n' },
    { text: '# only a comment', to: '# only a comment\na:\n  b: 1\n' },
    { text: '{}\n', to: 'a:\n  b: 1\n' },
    { text: 'null # c\n', to: 'a:\n  b: 1 # c\n' },
    { text: '---\n', to: '---\na:\n  b: 1\n' },
    { text: '\ufeff', to: '\ufeffa:\n  b: 1\n' },
    { text: 'x: 1\n...\n', to: 'x: 1\na:\n  b: 1\n...\n' },
    { text: 'a:\n  # c\n  ~\n', to: 'a:\n  # c\n  b: 1\n' },
    { text: 'a: {}\n', to: 'a:\n  b: 1\n' },
    { text: 'k: |+\n  t\n\n\n', to: 'k: |+\n  t\n\n\na:\n  b: 1\n' },
    { text: '? a\n: c: 2\n', to: '? a\n: c: 2\n  b: 1\n' },
    { text: 'a: 1\na: {c: 2}', to: 'a: 1\na: {c: 2, b: 1}' },
  ])('a.b set in $text gives $to', async ({ text, to }) => {
    expect(await changed(text, (file) => file.set(['a', 'b'], 1))).toBe(to);
  });

  test('of a key that stands twice no earlier one comes into force', async () => {
    const text = 'a: 1\nb: 2\na: 3\n';
    expect((await parseConfigText('c', text)).get(['a'])).toBe(3);
    expect(await changed(text, (file) => file.set(['a'], 4))).toBe('a: 1\nb: 2\na: 4\n');
    expect(await changed(text, (file) => file.delete(['a']))).toBe('b: 2\n');
  });
});

/** A random text with its comments numbered, in the layouts that people and PyYAML write. */
const scalar = fc.constantFrom<Json>(
  1,
  true,
  null,
  'plain',
  'two words',
  'yes',
  '1',
  'a: b',
  '# c',
  '',
  'ü\n',
  '- x',
);
const keyName = fc.constantFrom('a', 'b', 'c-d', 'on', '1', 'x y', '__proto__');
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.dictionary(keyName, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}));
const root = fc.dictionary(keyName, tree, { maxKeys: 4, noNullPrototype: true });

/** Deterministic choices for the layout of one text. */
function layOut(value: Json, picks: readonly number[]): string {
  let next = 0;
  let comments = 0;
  const pick = (of: number) => (picks[next++ % picks.length] ?? 0) % of;
  const note = () => (pick(3) === 0 ? `  # note ${++comments};` : '');
  const own = (indent: string) => (pick(3) === 0 ? `${indent}# own ${++comments};\n` : '');
  const inline = (item: Json) =>
    item === null ? (['', ' null', ' ~'][pick(3)] ?? '') : ` ${JSON.stringify(item)}`;
  const member = (item: Json, indent: string, isItem: boolean): string => {
    const empty = item === null || typeof item !== 'object' || Object.keys(item).length === 0;
    if (empty || pick(5) === 0) return `${inline(item)}${note()}\n`;
    const deeper = `${indent}${isItem || !Array.isArray(item) || pick(2) === 0 ? '  ' : ''}`;
    const lines = block(item, deeper);
    if (!isItem || pick(2) === 0) return `${note()}\n${own(deeper)}${lines}`;
    return ` ${lines.slice(deeper.length).replace(/^# .*\n\s*/, '')}`;
  };
  const block = (item: Json, indent: string): string => {
    if (Array.isArray(item)) {
      return item.map((each) => `${own(indent)}${indent}-${member(each, indent, true)}`).join('');
    }
    if (!isJsonObject(item)) return '';
    const lines = Object.entries(item).map(
      ([key, each]) =>
        `${own(indent)}${indent}${JSON.stringify(key)}:${member(each, indent, false)}`,
    );
    return lines.join('');
  };
  return block(value, '') + own('');
}

/** Every path of a value, the root's too. */
function pathsOf(value: Json): YamlPath[] {
  if (Array.isArray(value)) {
    return [[], ...value.flatMap((item, index) => pathsOf(item).map((path) => [index, ...path]))];
  }
  if (!isJsonObject(value)) return [[]];
  return [
    [],
    ...Object.entries(value).flatMap(([key, item]) => pathsOf(item).map((path) => [key, ...path])),
  ];
}

function numbersOf(text: string): string[] {
  return text.match(/# (?:note|own) \d+;/g) ?? [];
}

test('random changes of random texts mean what was asked, and lose no comment that stands elsewhere', async () => {
  const picks = fc.array(fc.nat(30), { minLength: 20, maxLength: 20 });
  const kind = fc.constantFrom<'set' | 'add' | 'append' | 'delete'>(
    'set',
    'add',
    'append',
    'delete',
  );
  await fc.assert(
    fc.asyncProperty(
      root,
      picks,
      fc.nat(),
      kind,
      tree,
      async (value, choices, which, action, leaf) => {
        const text = layOut(value, choices);
        const file = await parseConfigText('config.yaml', text);
        expect(file.get([]) ?? {}).toEqual(value);
        const paths = pathsOf(value).slice(1);
        const path = paths[which % Math.max(1, paths.length)] ?? ['new'];
        const old = file.get(path);
        const at = action === 'add' ? [...path, 'added'] : path;
        let next: ConfigFile;
        try {
          if (action === 'append') next = file.append(path, leaf);
          else next = action === 'delete' ? file.delete(path) : file.set(at, leaf);
        } catch (error) {
          // A scalar or list has no place for a key, and nothing but a list for one more element.
          expect(error).toBeInstanceOf(GormesError);
          expect(action === 'add' || action === 'append').toBe(true);
          return;
        }
        if (action === 'delete') {
          const key = path.at(-1);
          if (typeof key === 'string') expect(next.get(path)).toBeUndefined();
        } else if (action === 'append')
          expect(next.get(path)).toEqual([...(Array.isArray(old) ? old : []), leaf]);
        else expect(next.get(at)).toEqual(leaf);
        const kept = numbersOf(next.text);
        const isLeaf = old === null || typeof old !== 'object';
        if (action === 'add' || action === 'append' || (action === 'set' && isLeaf)) {
          expect(kept).toEqual(numbersOf(text));
        }
        expect(new Set(kept).size).toBe(kept.length);
      },
    ),
    { numRuns: 3_000 },
  );
});

describe('what is not understood is refused with its place', () => {
  test.each([
    { name: 'bad indent', text: 'a:\n  b: 1\n c: 2\n', line: 3 },
    { name: 'a tab', text: 'a:\n\tb: 1\n', line: 2 },
    { name: 'an open quote', text: 'a: "SECRET\n', line: 2 },
    { name: 'two documents', text: 'a: 1\n---\nb: 2\n', line: 2 },
    { name: '1,000 brackets', text: '['.repeat(1_000), line: 1 },
    { name: '100,000 brackets', text: '['.repeat(100_000), line: 1 },
    {
      name: 'nested mappings',
      text: Array.from({ length: 70 }, (_, d) => `${' '.repeat(d)}a:\n`).join(''),
      line: 66,
    },
    { name: 'too many aliases', text: `a: &a 1\nb: [${'*a,'.repeat(101)}]\n`, line: 2 },
  ])('$name', async ({ text, line }) => {
    // Twice: the library aborts the process at the second deep document (M5).
    for (const _ of [1, 2]) {
      const error = await parseConfigText('/h/config.yaml', text).catch(
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ code: 'config_not_understood', exitCode: 1 });
      expect(error).toHaveProperty('place.file', '/h/config.yaml');
      expect(error).toHaveProperty('place.line', line);
      expect(String(error)).not.toContain('SECRET');
    }
  });

  test('an alias of nothing', async () => {
    const error = await parseConfigText('c', 'a: *SECRET\n').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'config_not_understood' });
    expect(String(error)).not.toContain('SECRET');
  });

  test('a bomb of aliases', async () => {
    const lines = ['a0: &a0 [x, x]'];
    for (let n = 1; n < 12; n++) lines.push(`a${n}: &a${n} [${`*a${n - 1},`.repeat(8)}]`);
    await expect(parseConfigText('c', lines.join('\n'))).rejects.toMatchObject({
      code: 'config_not_understood',
    });
  });

  const withAlias =
    'base: &b\n  k: 1\nuse: *b\nmerged:\n  <<: *b\n  own: 2\ntagged: !!str 5\nlist: [*b]\nscalar: x\n? e\n: 1\n';
  test.each<{ name: string; change: Change }>([
    { name: 'replacing what has an anchor', change: (file) => file.set(['base'], 1) },
    {
      name: 'changing what an alias shows elsewhere',
      change: (file) => file.set(['base', 'k'], 2),
    },
    { name: 'replacing an alias', change: (file) => file.set(['use'], 1) },
    { name: 'setting below an alias', change: (file) => file.set(['use', 'k'], 2) },
    { name: 'deleting an alias', change: (file) => file.delete(['use']) },
    { name: 'deleting an item that is one', change: (file) => file.delete(['list', 0]) },
    { name: 'deleting what comes by a merge', change: (file) => file.delete(['merged', 'k']) },
    { name: 'replacing what has a tag', change: (file) => file.set(['tagged'], 1) },
    { name: 'a key in a scalar', change: (file) => file.set(['scalar', 'k'], 1) },
    { name: 'an element for a scalar', change: (file) => file.append(['scalar'], 1) },
    { name: 'an element beyond the end', change: (file) => file.set(['list', 5], 1) },
    { name: 'deleting a "? key"', change: (file) => file.delete(['e']) },
  ])('$name', async ({ change }) => {
    const file = await parseConfigText('/h/config.yaml', withAlias);
    expect(() => change(file)).toThrow(expect.objectContaining({ code: 'config_not_understood' }));
    expect(file.text).toBe(withAlias);
  });

  test('beside aliases changes go on', async () => {
    const text = await changed(withAlias, (file) =>
      file
        .set(['scalar'], 'z')
        .set(['merged', 'k'], 3)
        .set(['merged', 'own'], 4)
        .append(['list'], 1),
    );
    expect(text).toBe(
      withAlias
        .replace('scalar: x', 'scalar: z')
        .replace('  own: 2\n', '  own: 4\n  k: 3\n')
        .replace('[*b]', '[*b, 1]'),
    );
  });
});

test('values read as PyYAML reads them, and are quoted for it', async () => {
  const file = await parseConfigText('c', 'a: yes\nb: 0o17\nc: 017\nd: "yes"\ne: 1_000\n');
  expect(file.get([])).toEqual({ a: true, b: '0o17', c: 15, d: 'yes', e: 1000 });
  const tricky = [
    'yes',
    'off',
    '012',
    '1_000',
    '12:30:45',
    '2001-01-01',
    '~',
    'null',
    '1e3',
    '',
    ' a',
    '@x',
    '%',
    '`',
    'é',
  ];
  const text = (await parseConfigText('c', '')).set(['list'], tricky).text;
  expect(text.split('\n').slice(1, 11)).toEqual([
    ...['  - "yes"', '  - "off"', '  - "012"', '  - "1_000"', '  - "12:30:45"'],
    ...['  - "2001-01-01"', '  - "~"', '  - "null"', '  - "1e3"', '  - ""'],
  ]);
  expect((await parseConfigText('c', text)).get(['list'])).toEqual(tricky);
});

test('hostile keys are keys like any other', async () => {
  const file = await parseConfigText('c', '__proto__: {polluted: 1}\nconstructor: 2\n');
  expect(Object.keys(file.get([]) ?? {})).toEqual(['__proto__', 'constructor']);
  expect(file.get(['toString'])).toBeUndefined();
  expect(file.get(['constructor'])).toBe(2);
  expect(Object.prototype).not.toHaveProperty('polluted');
});

test('10,000 keys at one level are read and changed', async () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `key${index}: ${index}\n`).join('');
  const edited = await changed(text, (file) => file.set(['key5000'], 'x'));
  expect(edited === text.replace('key5000: 5000', 'key5000: x')).toBe(true);
});

test('an absent file reads as empty and has its first key written', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'config-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  const file = await readConfigFile(join(dir, 'config.yaml'));
  expect(file.get([])).toBeNull();
  expect(file.get(['model', 'default'])).toBeUndefined();
  expect(file.set(['model', 'default'], 'm').text).toBe('model:\n  default: m\n');
  writeFileSync(join(dir, 'config.yaml'), HERMES);
  expect((await readConfigFile(join(dir, 'config.yaml'))).get(['model', 'provider'])).toBe('auto');
});

test.each([
  { text: HERMES, key: 'model', is: true },
  { text: HERMES, key: 'default', is: false },
  { text: HERMES, key: 'providers', is: false },
  { text: HERMES, key: 'custom_providers', is: true },
  { text: '# model: x\n', key: 'model', is: false },
  { text: 'text: |\n  model: x\n', key: 'model', is: false },
  { text: 'model : x', key: 'model', is: true },
  { text: '"model": x', key: 'model', is: true },
  { text: '\ufeffmodel: x', key: 'model', is: true },
  { text: '--- {model: x}', key: 'model', is: true },
  { text: '{"model": 1}', key: 'model', is: true },
  { text: '? model\n: x', key: 'model', is: true },
  { text: '<<: *x\n', key: 'model', is: true },
  { text: '', key: 'model', is: false },
])('configMentions is $is for $key in $text', ({ text, key, is }) => {
  expect(configMentions(text, key)).toBe(is);
});
