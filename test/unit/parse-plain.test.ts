import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Findings, type Spot } from '../../src/config/findings.ts';
import { parsePlain } from '../../src/config/parse-plain.ts';
import { parseYaml } from '../../src/config/parse-yaml.ts';
import { makeSource, type SourceText } from '../../src/config/source-text.ts';
import { entriesOf, itemsOf, type TreeNode } from '../../src/config/tree.ts';

/** What two trees must have in common: values, words, keys in order, and where each begins. */
function shape(node: TreeNode): unknown {
  const { kind, start, end } = node;
  if (node.kind === 'scalar') return [node.value, node.text, start, end];
  if (node.kind === 'list') return [kind, start, itemsOf(node).map(shape)];
  const entries = entriesOf(node).map(({ key, keyNode, value }) => [
    key,
    shape(keyNode),
    shape(value),
  ]);
  return [kind, start, entries];
}

class Watched extends Findings {
  readonly hidden: unknown[] = [];

  override hide(spot: Spot): void {
    this.hidden.push([spot.start, spot.end]);
  }
}

function sourceOf(text: string): SourceText {
  return makeSource('/f', 'f', text);
}

/** What the plain reader says; undefined when it leaves the file to the library. */
function plainly(text: string): unknown {
  const findings = new Watched();
  const tree = parsePlain(sourceOf(text), findings);
  return tree && { tree: shape(tree), hidden: findings.hidden, wrong: [] };
}

async function byLibrary(text: string): Promise<unknown> {
  const findings = new Watched();
  const source = sourceOf(text);
  findings.announce(source);
  const tree = await parseYaml(source, findings);
  const wrong = findings.diagnostics().map(({ code }) => code);
  return { tree: tree && shape(tree), hidden: findings.hidden, wrong };
}

const example = readFileSync(new URL('../../examples/gormes.auth.yaml', import.meta.url), 'utf8');

const PLAIN = `# yaml-language-server: $schema=./schema/gormes.auth.schema.json
version: 1
include: [auth.d/*.yaml, "more.yaml"]
unmanaged: keep                        # keep | remove
limits: { max_removals: 10, keep_one_usable: true }

model: { provider: openrouter, default: anthropic/claude-sonnet-4.5 }
providers:
  openrouter:
    strategy: round_robin
    credentials:
      personal: { api_key: "env:OPENROUTER_API_KEY" }
      work-key: { api_key: 'op://ai/openrouter/key' }
      lab: { api_key: { command: [my-vault, get, openrouter] }, base_url: "https://openrouter.ai/api/v1" }
      # old ones
      old-key: { state: absent }
      "1":
        api_key: file:~/.secrets/x
      7: { api_key: "hunter2 hunter2" }
  anthropic:
    credentials:
      max: { type: oauth, account: alice@example.com, protect: true }
    sources: { claude_code: suppress, "env:ANTHROPIC_TOKEN": suppress }
  nous: { credentials: { portal: { type: oauth, min_key_ttl: 30m } } }
  copilot: {}
custom_providers:
  lab-vllm:
    name: Lab vLLM (the big one)
    base_url: https://vllm.lab.example/v1
moved:
- from: openrouter/default
  to: openrouter/personal
- { from: "a/b", to: "a/c" }
forget: []
ignore:
  - copilot/*
  - source: gh_cli
overlays:
  - when: { host: "ci-*" }
    providers:
      anthropic: { credentials: { max: null } }
  -   when:
        os: linux
      unmanaged: remove
`;

test.each([
  ['one with most that the language has', PLAIN],
  ['one without a last line feed', 'version: 1\nproviders:\n  xai: {} # nothing'],
  ['one with other letters', 'name: "Schlüssel 🔑"\nother: \'日本\'\n'],
])('%s is read without the library, as the library reads it', async (_name, text) => {
  const read = plainly(text);
  expect(read).toBeDefined();
  expect(read).toEqual(await byLibrary(text));
});

test.each([
  ['an anchor', 'a: &x 1\n'],
  ['an alias', 'a: *x\n'],
  ['a tag', 'a: !!str 1\n'],
  ['a merge key', 'a:\n  <<: b\n'],
  ['a block scalar', 'a: |\n  x\n'],
  ['text over two lines', 'a: b\n  c\n'],
  ['quotes over two lines', 'a: "b\n  c"\n'],
  ['an escape', 'a: "\\x41"\n'],
  ['a doubled quote', "a: 'it''s'\n"],
  ['a key twice', 'a: 1\na: 2\n'],
  ['a key twice in braces', 'a: { b: 1, b: 2 }\n'],
  ['a key without a value', 'a:\nb: 1\n'],
  ['a last key without a value', 'a:\n'],
  ['a decimal', 'a: 1.5\n'],
  ['an exponent', 'a: 1e3\n'],
  ['a leading zero', 'a: 010\n'],
  ['another base', 'a: 0x1F\n'],
  ['a capital truth', 'a: True\n'],
  ['a tilde', 'a: ~\n'],
  ['braces over two lines', 'a: { b: 1,\n  c: 2 }\n'],
  ['a comma at the end', 'a: { b: 1, }\n'],
  ['two documents', 'a: 1\n---\nb: 2\n'],
  ['a directive', '%YAML 1.2\n---\na: 1\n'],
  ['a tab', 'a:\tb\n'],
  ['a carriage return', 'a: b\r\n'],
  ['a wrong indentation', 'a:\n   b: 1\n  c: 2\n'],
  ['a list at the top', '- a\n'],
  ['nothing', '# only a comment\n'],
  ['a colon in a value', 'a: b: c\n'],
  ['deep nesting', `a: ${'{ a: '.repeat(40)}1${' }'.repeat(40)}\n`],
])('%s is left to the library', (_name, text) => {
  expect(plainly(text)).toBeUndefined();
});

test('nothing is hidden in a file that is left to the library', () => {
  const findings = new Watched();
  expect(parsePlain(sourceOf('api_key: hunter2\nb: &x 1\n'), findings)).toBeUndefined();
  expect(findings.hidden).toEqual([]);
});

const PIECES = [
  ...[
    '\n',
    ' ',
    '  ',
    '\n  ',
    '\n    ',
    ': ',
    ':',
    ' #',
    '#',
    '- ',
    '-',
    '\n- ',
    '\n  - ',
    ', ',
    ',',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '{}',
    '[]',
    '"',
    "'",
    '&a ',
    '*a',
    '!t ',
    '|',
    '>',
    '%',
    '@',
    '`',
    '?',
    '? ',
  ],
  ...[
    'a',
    'key',
    '1',
    '0',
    '.5',
    '~',
    'null',
    'true',
    'é',
    '\\',
    '=',
    '<<',
    '...',
    '---',
    '/',
    'x: y',
    '"z"',
  ],
];

/** A file in which some pieces are taken out, repeated, or put where they don't belong. */
const damaged = fc
  .tuple(
    fc.constantFrom(PLAIN, example),
    fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom('', ...PIECES)), {
      minLength: 1,
      maxLength: 3,
    }),
    fc.tuple(fc.nat(), fc.nat(900)),
  )
  .map(([text, edits, [from, length]]) => {
    // A part of the lines, so that each edit has a chance to stand at an odd place.
    const lines = text.split('\n');
    const first = from % lines.length;
    let part = lines
      .slice(first)
      .join('\n')
      .slice(0, length + 1);
    for (const [at, cut, piece] of edits) {
      const place = at % (part.length + 1);
      part = part.slice(0, place) + piece + part.slice(place + (cut > 8 ? cut - 8 : 0));
    }
    return part;
  });

test('whatever is read without the library is what the library reads, and valid', async () => {
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async (text) => {
      const read = plainly(text);
      if (read === undefined) return;
      plain++;
      expect(read).toEqual(await byLibrary(text));
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(50);
});
