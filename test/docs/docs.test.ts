/**
 * The documents are true: links lead somewhere, made pages are fresh, and blocks that are marked with
 * `run` print what they say. `UPDATE_DOCS=1` writes what they print instead; read the difference.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  blocksOf,
  brokenLinks,
  documents,
  mapBlocks,
  REPO,
  readDocument,
} from '../support/documents.ts';
import { startWorld, type World } from '../support/world.ts';
import { EXITS, NOT_RUN } from './exceptions.ts';
import { type Network, putOnPath, runOnStage, startNetwork } from './stage.ts';

test.each(documents())('%s: every link within the checkout leads somewhere', (name) => {
  expect(brokenLinks(name)).toEqual([]);
});

test('docs/README.md leads to every page of a user', () => {
  const index = readDocument('docs/README.md');
  const pages = documents().filter((name) => /^docs\/(?!decisions|README)/.test(name));
  expect(pages.filter((name) => !index.includes(`(${name.slice(5)})`))).toEqual([]);
});

test('each promise of the page on security leads to a test of that name', () => {
  const text = readDocument('docs/explanation/security.md');
  const [, promises = ''] = /## What we promise\n([\s\S]*?)\n## /.exec(text) ?? [];
  const rows = promises.split('\n').filter((line) => /^\| (?!promise|-)/.test(line));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const links = [...row.matchAll(/\[([^\]]+)\]\(\.\.\/\.\.\/(test\/[^)]+)\)/g)];
    expect(links.length, row).toBeGreaterThan(0);
    for (const [, name = '', file = ''] of links) {
      if (!file.endsWith('.test.ts')) continue; // what all tests share, or their fixtures
      expect(basename(file), row).toBe(`${name}.test.ts`);
      expect(readFileSync(join(REPO, file), 'utf8'), row).toMatch(/^ *test(\.each)?\(/m);
    }
  }
});

test('the pages that are made from program and schema are fresh', () => {
  const args = [join(REPO, 'scripts/make-docs.mjs'), '--check'];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(run.stderr).toBe('');
});

test('the pictures show what the program shows now', () => {
  const args = [join(REPO, 'scripts/make-pictures.mjs'), '--check'];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stderr: '' });
});

interface Example {
  readonly page: string;
  /** Position among the blocks of the page. */
  readonly index: number;
  readonly text: string;
}

/** Blocks of commands without output. In the reference each example stands alone. */
const examples = documents().flatMap((page) =>
  blocksOf(readDocument(page)).flatMap(({ language, mark, text }, index): Example[] => {
    if (language !== 'sh' || mark !== '') return [];
    const parts = page.endsWith('/commands.md') ? text.split(/^(?=# )/m) : [text];
    return parts.map((part) => ({ page, index, text: part }));
  }),
);

let network: Network;

beforeAll(async () => {
  network = await startNetwork();
});

/** Fails when a command asked a server for something that it should not. */
afterAll(() => network[Symbol.asyncDispose]());

test.each(examples.filter(isRun))('$page, block $index: $text', async ({ page, text }) => {
  const lines = text.split('\n').filter((line) => reasonNotToRun(page, line) === undefined);
  const { failures, screen } = await runOnStage(network, lines.join('\n'));
  const expected = lines
    .map((line) => ({ command: commandOf(line), exitCode: EXITS[commandOf(line)] ?? 0 }))
    .filter(({ exitCode }) => exitCode !== 0);
  expect(failures, screen).toEqual(expected);
});

test('what is not run has a reason, and is still there', () => {
  const lines = examples.flatMap(({ page, text }) =>
    text.split('\n').map((line) => `${page}: ${commandOf(line)}`),
  );
  const gone = NOT_RUN.filter(({ page, command }) => !lines.includes(`${page}: ${command}`));
  expect(gone).toEqual([]);
  expect(NOT_RUN.length, 'commands of documents that no test runs').toBe(4);
});

test('every command with output is run, and every file of commands is one', () => {
  const marks = documents().flatMap((page) =>
    blocksOf(readDocument(page))
      .filter(({ language }) => ['sh', 'console', 'bash', 'shell'].includes(language))
      .map(({ language, mark }) => `${language} ${mark}`.trim()),
  );
  const known = /^(sh|console run|sh file=\S+)$/;
  expect(marks.filter((mark) => !known.test(mark))).toEqual([]);
});

test('npm start shows the main job on a home of its own', () => {
  const args = [join(REPO, 'scripts/demo.mjs')];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout).toContain('$ gormes auth plan -f examples/gormes.auth.yaml');
  expect(run.stdout).toMatch(/^Plan: \d+ to add, \d+ to change, \d+ to remove\./m);
});

const declarations = documents().flatMap((page) =>
  blocksOf(readDocument(page))
    .filter(({ language, mark, text }) => language === 'yaml' && mark === '' && isWhole(text))
    .map(({ text }) => ({ page, text })),
);

test.each(declarations)('$page: a declaration that it shows is valid: $text', async ({ text }) => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'validate', '-f', '-'], { input: text });
  expect(run, run.stdout).toMatchObject({ exitCode: 0 });
});

function isWhole(text: string): boolean {
  return /^version: 1$/m.test(text);
}

function isRun({ page, text }: Example): boolean {
  return text.split('\n').some((line) => {
    return commandOf(line) !== '' && reasonNotToRun(page, line) === undefined;
  });
}

/** A line of a block without its comment. */
function commandOf(line: string): string {
  return line.replace(/(^|\s+)#.*$/, '').trim();
}

function reasonNotToRun(page: string, line: string): string | undefined {
  const command = commandOf(line);
  return NOT_RUN.find((row) => row.page === page && row.command === command)?.why;
}

const runnable = documents().filter((name) =>
  blocksOf(readDocument(name)).some(({ mark }) => mark === 'run'),
);

test.each(runnable)('%s: its commands print what it says', async (name) => {
  await using world = await startWorld();
  const dir = join(world.userHome, 'project');
  mkdirSync(dir);
  putOnPath(world);
  const printed = new Map<number, string>();
  const text = readDocument(name);
  const blocks = blocksOf(text);
  blocks.forEach((block, index) => {
    const file = /^file=(\S+)$/.exec(block.mark)?.[1];
    if (file !== undefined) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), block.text);
    } else if (block.mark === 'run') {
      printed.set(index, runWithOutput(world, dir, block.text));
    }
  });
  if (process.env.UPDATE_DOCS === '1') {
    writeFileSync(
      join(REPO, name),
      mapBlocks(text, (index) => printed.get(index)),
    );
    return;
  }
  const said = blocks.map(({ text: body }, index) => (printed.has(index) ? body : ''));
  expect(blocks.map((_, index) => printed.get(index) ?? '')).toEqual(said);
});

/** A block again, with what its commands print now. */
function runWithOutput(world: World, dir: string, text: string): string {
  const commands = text.split('\n').filter((line) => line.startsWith('$ '));
  return commands
    .map((line) => {
      const script = `exec 2>&1; ${line.slice(2)}`;
      const run = spawnSync('sh', ['-c', script], { cwd: dir, env: world.env, encoding: 'utf8' });
      const shown = run.stdout.replaceAll(world.userHome, '/home/you');
      return `${line}\n${shown === '' || shown.endsWith('\n') ? shown : `${shown}\n`}`;
    })
    .join('');
}
