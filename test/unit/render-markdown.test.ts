import { expect, test } from 'vitest';
import type { AddChange } from '../../src/plan/change.ts';
import { cellCode } from '../../src/plan/markdown-code.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { renderHuman } from '../../src/plan/render-human.ts';
import { renderMarkdown } from '../../src/plan/render-markdown.ts';

function add(label: string): AddChange {
  return {
    action: 'add',
    address: `openrouter/${label}`,
    provider: 'openrouter',
    reason: 'not_in_pool',
    label,
    source: 'manual',
    from: 'file:k',
    baseUrl: undefined,
    managed: undefined,
  };
}

function planOf(labels: readonly string[]): Plan {
  return {
    changes: labels.map(add),
    drift: [],
    notes: [],
    unmanaged: new Map(),
    unchanged: 0,
    providers: [{ id: 'openrouter', strategy: 'fill_first' }],
    appliedAt: 1,
  };
}

const where = { declaration: 'gormes.auth.yaml', home: '~/.hermes' };

test('a plan is a table that a pull request can show', () => {
  expect(renderMarkdown(planOf(['work']), where)).toBe(`### gormes auth plan

\`gormes.auth.yaml\` → \`~/.hermes\`

**Plan: 1 to add, 0 to change, 0 to remove.**

Changes, in the order of doing:

|   | address | change | detail | reason |
| --- | --- | --- | --- | --- |
| \`+\` | \`openrouter/work\` | add | \`file:k\` | not in pool |
`);
});

test.each([
  [11, '`p9` 1 and 1 more provider)'],
  [12, '`p9` 1 and 2 more providers)'],
])('%i providers are counted in good grammar', (count, text) => {
  const ids = Array.from({ length: count }, (_, i): [string, number] => [`p${i}`, 1]);
  expect(renderMarkdown({ ...planOf([]), unmanaged: new Map(ids) }, where)).toContain(text);
});

test.each([
  ['a pipe', 'a|b', '`a\\|b`'],
  ['a backslash before a pipe', 'a\\|b', '<code>a&#92;&#124;b</code>'],
  ['a backtick', 'a`b', '<code>a&#96;b</code>'],
  ['HTML', '<script>', '`<script>`'],
  ['a mention', '@everyone', '`@everyone`'],
  [
    'a workflow command of the old kind',
    'x##[add-mask]y',
    '<code>x&#35;&#35;&#91;add-mask&#93;y</code>',
  ],
  ['a space at the edge', ' x', '<code> x</code>'],
  ['escape and line break', 'a\u001b[31m\nb', '<code>a&#92;x1b&#91;31m&#92;x0ab</code>'],
  ['a sign beyond 16 bits', 'a`😀', '<code>a&#96;&#128512;</code>'],
])('%s in data shows as it is', (_name, text, expected) => {
  expect(cellCode(text)).toBe(expected);
});

const HOSTILE = ['::set-output name=x::y', '\n::error::x', '@a <b> | `c` ##[group]', '\u202e'];

test('no line of any form is a workflow command, whatever labels hold', () => {
  const plan = { ...planOf(HOSTILE), unmanaged: new Map([['::warning::', 1]]) };
  const human = renderHuman(plan, {
    title: '::debug::t',
    columns: 40,
    nowMs: 1,
    when: String,
    paint: (_symbol, text) => text,
  });
  for (const text of [human, renderMarkdown(plan, { declaration: '::a::', home: '##[x]' })]) {
    expect(text.split('\n').filter((line) => /^\s*::/.test(line))).toEqual([]);
    expect(text).not.toContain('##[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});

test('a plan of 500 changes stays below 60,000 characters and says what it left out', () => {
  const labels = Array.from({ length: 500 }, (_, index) => `${'`|<'.repeat(20)}${index}`);
  const text = renderMarkdown(planOf(labels), where);
  expect(text.length).toBeLessThan(60_000);
  expect(text).toMatch(/…and \d+ changes more, which `gormes auth plan` shows\./);
  expect(text).toContain('500 to add');
});
