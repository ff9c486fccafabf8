import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts';
import { parseConfigText } from '../../src/pool/config-file.ts';
import { readPlainYaml } from '../../src/pool/read-plain-yaml.ts';

const KEYS = ['model', 'provider', 'custom_providers', 'providers', 'strategies'];

/** The wanted keys as the library reads them; undefined where it reads nothing. */
async function readByLibrary(text: string): Promise<JsonObject | undefined> {
  try {
    const whole = (await parseConfigText('config.yaml', text)).get([]) ?? {};
    if (!isJsonObject(whole)) return undefined;
    return Object.fromEntries(
      KEYS.flatMap((key) => (key in whole ? [[key, whole[key] ?? null]] : [])),
    );
  } catch {
    return undefined;
  }
}

const PLAIN = `# Settings of Hermes
model:
  provider: openrouter   # the one in use
  default: anthropic/claude-sonnet-4.5
  base_url: "https://openrouter.ai/api/v1"
  context: 200000
provider: auto
agent:
  personalities:
    kawaii: "(◕‿◕) says \\"hi\\" and
      goes on"
    plain: it's fine
  prompt: |
    model: not this one
     - nor this
toolsets: [all, "some"]
custom_providers:
- name: Lab vLLM
  base_url: http://127.0.0.1:8000/v1
  api_key: \${LAB_KEY}
- name: 'Other'
  models: {}
strategies:
  custom:lab-vllm: round_robin
  xai: 'least_used'
providers: {}
`;

test('a file as people write it is read without the library, as the library reads it', async () => {
  const read = readPlainYaml(PLAIN, KEYS);
  expect(read).toEqual({
    model: {
      provider: 'openrouter',
      default: 'anthropic/claude-sonnet-4.5',
      base_url: 'https://openrouter.ai/api/v1',
      context: 200000,
    },
    provider: 'auto',
    custom_providers: [
      { name: 'Lab vLLM', base_url: 'http://127.0.0.1:8000/v1', api_key: `\${LAB_KEY}` },
      { name: 'Other', models: {} },
    ],
    strategies: { 'custom:lab-vllm': 'round_robin', xai: 'least_used' },
    providers: {},
  });
  expect(read).toEqual(await readByLibrary(PLAIN));
});

test.each([
  ['an anchor', 'model: &m\n  provider: x\n'],
  ['an alias', 'model: *m\n'],
  ['a merge', 'model:\n  <<: *m\n'],
  ['a tag', 'model: !!str 1\n'],
  ['a block scalar', 'model: |\n  x\n'],
  ['text over two lines', 'provider: one\n  two\n'],
  ['a quote that stays open', 'x: "a\nmodel: b"\n'],
  ['an escape', 'provider: "a\\tb"\n'],
  ['a doubled quote', "provider: 'it''s'\n"],
  ['a flow mapping', 'model: {provider: x}\n'],
  ['a flow list over two lines', 'x: [a,\nmodel: b]\n'],
  ['a word of YAML 1.1', 'provider: on\n'],
  ['a number with leading zero', 'provider: 010\n'],
  ['a decimal', 'provider: 1.5\n'],
  ['a key twice', 'model:\n  a: x\n  a: y\n'],
  ['a top-level key twice', 'model: x\nmodel: y\n'],
  ['a document mark', '---\nmodel: x\n'],
  ['a tab', 'model:\tx\n'],
  ['a carriage return', 'model: x\r\n'],
  ['a byte order mark', '\ufeffmodel: x\n'],
  ['a colon at the end', 'provider: a:\n'],
  ['a colon in the text', 'provider: a: b\n'],
  ['a key that sets the prototype', 'model:\n  __proto__: x\n'],
  ['an indentation that fits nowhere', 'model:\n    a: x\n  b: y\n'],
  ['a list in a list', 'custom_providers:\n- - a\n'],
  ['a mapping below the first key of an item', 'custom_providers:\n- a:\n    b: c\n'],
  ['an empty item', 'custom_providers:\n-\n'],
])('%s is left to the library', (_name, text) => {
  expect(readPlainYaml(text, KEYS)).toBeUndefined();
});

/** Values of all kinds, in the words and signs that steer YAML. */
const word = fc.oneof(
  fc.constantFrom(
    'x',
    'on',
    'Null',
    '~',
    '012',
    '0',
    '7',
    '1e3',
    '1.0',
    '2026-01-01',
    'a: b',
    'a #b',
  ),
  fc.constantFrom(
    'a:',
    '#c',
    "it's",
    '"q"',
    '- x',
    '[a]',
    '{}',
    `\${V}`,
    'http://h:1/v',
    'é ü',
    '&a',
    '*a',
  ),
  fc.string({ maxLength: 6 }),
);
const value: fc.Arbitrary<Json> = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(word, fc.constantFrom('name', 'base_url', 'k-1')), tie('node'), {
      maxKeys: 3,
    }),
  ),
})).node;
const config = fc.dictionary(fc.constantFrom(...KEYS, 'agent', 'toolsets'), value, { maxKeys: 5 });
const layout = fc.record({
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 30),
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE'),
} as const);

test('whatever it reads, the library reads too', async () => {
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(config, layout, async (values, how) => {
      const text = stringify(values, { version: '1.1', ...how });
      const read = readPlainYaml(text, KEYS);
      if (read === undefined) return;
      plain++;
      expect(read).toEqual(await readByLibrary(text));
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(100);
});

const line = fc
  .tuple(
    fc.constantFrom('', '', '  ', '    ', '- ', '  - '),
    fc.constantFrom('model', 'provider', 'custom_providers', 'name', 'agent', '# c', ''),
    fc.constantFrom(':', ': ', ''),
    fc.oneof(word, fc.constantFrom('', '|', '>', '"', "'", '[', 'x "y', "x 'y' # z")),
  )
  .map((parts) => parts.join(''));

test('lines of any kind: what it reads of a file that the library takes, both read alike', async () => {
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 7 }), async (lines) => {
      const text = `${lines.join('\n')}\n`;
      const read = readPlainYaml(text, KEYS);
      const wanted = read === undefined ? undefined : await readByLibrary(text);
      if (wanted === undefined) return;
      plain++;
      expect(read).toEqual(wanted);
    }),
    { numRuns: 5000 },
  );
  expect(plain).toBeGreaterThan(100);
});
