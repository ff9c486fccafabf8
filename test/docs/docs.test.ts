/**
 * The documents are true: links lead somewhere, made pages are fresh, and blocks that are marked with
 * `run` print what they say. `UPDATE_DOCS=1` writes what they print instead; read the difference.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import {
  blocksOf,
  brokenLinks,
  documents,
  mapBlocks,
  REPO,
  readDocument,
} from '../support/documents.ts';
import { startWorld, type World } from '../support/world.ts';

test.each(documents())('%s: every link within the checkout leads somewhere', (name) => {
  expect(brokenLinks(name)).toEqual([]);
});

test('docs/README.md leads to every page of a user', () => {
  const index = readDocument('docs/README.md');
  const pages = documents().filter((name) => /^docs\/(?!decisions|README)/.test(name));
  expect(pages.filter((name) => !index.includes(`(${name.slice(5)})`))).toEqual([]);
});

test('the pages that are made from program and schema are fresh', () => {
  const args = [join(REPO, 'scripts/make-docs.mjs'), '--check'];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(run.stderr).toBe('');
});

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
      printed.set(index, runBlock(world, dir, block.text));
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
function runBlock(world: World, dir: string, text: string): string {
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

function putOnPath(world: World): void {
  const program = join(world.env.PATH?.split(':')[0] ?? '', 'gormes');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${world.programFile}' "$@"\n`);
  chmodSync(program, 0o755);
}
