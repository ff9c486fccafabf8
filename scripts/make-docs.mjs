// Writes docs/reference/ and man/: the commands from the built program's own help, the language from
// its schema, the answers of setup from its questions. Fills the schema in from the catalog first.
// With --check it writes nothing and fails when a file is not what it would write.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { commandsPage } from './docs/commands-page.mjs';
import { declarationPage } from './docs/declaration-page.mjs';
import { fillSchema } from './docs/fill-schema.mjs';
import { loadSource } from './docs/load-source.mjs';
import { manPages } from './docs/man-pages.mjs';
import { setupPage } from './docs/setup-page.mjs';

const path = (name) => new URL(`../${name}`, import.meta.url).pathname;

function help() {
  const args = [path('dist/gormes.js'), '--help', '--json'];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`gormes --help failed: build first\n${run.stderr}`);
  return JSON.parse(run.stdout);
}

const SCHEMA = 'schema/gormes.auth.schema.json';

const read = (name) => readFileSync(path(name), 'utf8');

/** Code and meaning of each row of docs/reference/exit-codes.md. */
function exitCodes() {
  const rows = [...read('docs/reference/exit-codes.md').matchAll(/^\| *(\d+) *\| *([^|]*?) *\|/gm)];
  return rows.map(([, code, meaning]) => [code, meaning]);
}

const { version } = JSON.parse(read('package.json'));
const commands = help();
const { LIMITS } = await loadSource(path('src/base/limits.ts'));
const { CATALOG } = await loadSource(path('src/providers/catalog.ts'));
const filled = filledSchema();
const pages = {
  'docs/reference/commands.md': commandsPage(commands),
  [SCHEMA]: filled,
  'docs/reference/declaration.md': declarationPage(JSON.parse(filled), LIMITS),
  'docs/reference/setup-answers.md': setupPage(
    await loadSource(path('src/apply/setup/sections.ts')),
  ),
  ...manPages(commands, version, exitCodes()),
};

/** As it stands where nothing is to be filled in: its layout is the formatter's. */
function filledSchema() {
  const text = read(SCHEMA);
  const next = JSON.stringify(fillSchema(JSON.parse(text), CATALOG));
  if (next === JSON.stringify(JSON.parse(text))) return text;
  const args = ['format', `--stdin-file-path=${SCHEMA}`];
  const run = spawnSync(path('node_modules/.bin/biome'), args, { input: next, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`biome ${args.join(' ')} failed\n${run.stderr}`);
  return run.stdout;
}

function current(name) {
  try {
    return readFileSync(path(name), 'utf8');
  } catch {
    return undefined;
  }
}

for (const [name, text] of Object.entries(pages)) {
  if (current(name) === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${name} is stale: npm run docs`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
    console.log(`wrote ${name}`);
  }
}
