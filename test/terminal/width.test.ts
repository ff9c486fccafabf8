import { expect, test } from 'vitest';
import { startTerminal } from '../support/dialogue.ts';
import { startWorld, type World } from '../support/world.ts';

const WIDTHS = [31, 40, 60, 79] as const;

/** A run in a window of so many columns, as its lines were sent: not as the window broke them. */
async function linesOf(
  world: World,
  args: readonly string[],
  columns: number,
): Promise<{ exitCode: number; lines: string[] }> {
  await using run = startTerminal(world, args, { columns });
  const exitCode = await run.end();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
  return { exitCode, lines: run.raw.replace(/\x1b\[[\d;]*m/g, '').split(/\r?\n/) };
}

/** A line that is wider than the window: it may hold one long word, and no more. */
function tooWide(lines: readonly string[], columns: number): string[] {
  return lines.filter((line) => line.length > columns && line.trim().includes(' '));
}

test.each(WIDTHS)('%i columns: an error and its hint are broken between words', async (columns) => {
  await using world = await startWorld();
  const { exitCode, lines } = await linesOf(world, ['auth', 'token', 'openrouter'], columns);
  expect(exitCode).toBe(1);
  expect(tooWide(lines, columns)).toEqual([]);
  expect(lines.map((line) => line.trim()).join(' ')).toContain(
    'error: there is no openrouter credential in the pool [no_credentials] hint: gormes auth add openrouter, or set OPENROUTER_API_KEY',
  );
});

test.each(WIDTHS)('%i columns: findings keep place, excerpt and caret', async (columns) => {
  await using world = await startWorld();
  const key = 'not-a-reference-and-rather-long-for-what-it-is';
  const declared = `version: 1\nproviders: { openrouter: { credentials: { the-one-for-work: { api_keyy: "${key}" } } } }\n`;
  world.write('gormes.auth.yaml', declared);
  const { exitCode, lines } = await linesOf(world, ['auth', 'validate'], columns);
  expect(exitCode).toBe(3);
  expect(tooWide(lines, columns)).toEqual([]);
  const at = lines.findIndex((line) => line.startsWith('  gormes.auth.yaml:2:'));
  const [source = '', caret = ''] = lines.slice(at + 1);
  expect(source).toMatch(/^ {2}2 \| /);
  expect(caret).toMatch(/^ {4}\| +\^+$/);
  expect(source.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('api_keyy');
});

test.each(WIDTHS)('%i columns: what an apply did is broken between words', async (columns) => {
  await using world = await startWorld();
  world.write(
    'gormes.auth.yaml',
    'version: 1\nproviders: { openrouter: { credentials: { work: { api_key: "keyring:openrouter/nobody-has-this-one" } } } }\n',
  );
  const args = ['auth', 'apply', '--yes', '--allow-commands'];
  const { exitCode, lines } = await linesOf(world, args, columns);
  expect(exitCode).not.toBe(0);
  const first = lines.findIndex((line) => /^ {2}✗ /.test(line));
  const outcome = lines.slice(first, lines.indexOf('', first));
  expect(tooWide(outcome, columns)).toEqual([]);
  expect(outcome.slice(1).every((line) => /^ {6}\S/.test(line))).toBe(true);
  expect(outcome.map((line) => line.trim()).join(' ')).toMatch(
    /^✗ \+ openrouter\/work {2}add: .+\]$/,
  );
});

test.each(WIDTHS)('%i columns: help fits, its examples too', async (columns) => {
  await using world = await startWorld();
  const { lines } = await linesOf(world, ['auth', 'add', '--help'], columns);
  expect(tooWide(lines, columns)).toEqual([]);
});

test('what goes to a pipe is one line, however narrow the window is', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'token', 'openrouter'], { env: { COLUMNS: '40' } });
  expect(run.stderr.split('\n')).toHaveLength(3);
});
