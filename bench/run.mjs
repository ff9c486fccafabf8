// `npm run bench`: how long commands take against starting Node and nothing else. With --smoke one
// pair each, which only proves that the measuring works. No test asserts on a time.
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDeclaration, makeHome, makeLargeDeclaration } from './homes.mjs';
import { pair } from './pairs.mjs';

const program = new URL('../dist/gormes.js', import.meta.url).pathname;
const smoke = process.argv.includes('--smoke');
const pairs = smoke ? 1 : 20;
const dir = mkdtempSync(join(tmpdir(), 'gormes-bench-'));

function home(entries) {
  const path = join(dir, `home-${entries}`);
  makeHome(path, entries);
  return path;
}

const base = { PATH: process.env.PATH, HOME: dir };
const command = (where, args, more = {}) => ({
  args: [program, ...args],
  env: { ...base, HERMES_HOME: where, ...more.env },
  input: more.input,
});

try {
  const ten = home(10);
  const file = join(dir, 'declared-100.json');
  const declared = makeDeclaration(file, 100);
  const adding = home(11);
  const large = makeLargeDeclaration(join(dir, 'large'), hostname());
  const partly = join(dir, 'home-partly');
  makeHome(partly, 100, 'declared');
  // `most` is the goal; a goal is measured here and promised nowhere else.
  const rows = [
    { name: '--version', run: command(ten, ['--version']), most: 1.15 },
    { name: 'auth list, 10 entries', run: command(ten, ['auth', 'list']), most: 1.5 },
    { name: 'auth status', run: command(ten, ['auth', 'status', 'xai']), most: 1.5 },
    { name: 'auth list, 10,000 entries', run: command(home(10_000), ['auth', 'list']), most: 1.7 },
    {
      name: 'auth add',
      run: command(adding, ['auth', 'add', 'xai', '--label', 'bench'], {
        input: 'bench-secret-added',
      }),
      most: 1.5,
    },
    {
      name: 'auth validate, 100 declared',
      run: command(ten, ['auth', 'validate', '-f', file]),
      most: 1.8,
    },
    {
      name: 'auth plan, 100 declared',
      run: command(ten, ['auth', 'plan', '-f', file], { env: declared }),
      most: 1.8,
    },
    {
      name: 'auth plan, 500 declared, 3 includes, 10 hosts',
      run: command(partly, ['auth', 'plan', '-f', large.file], { env: large.env }),
      most: 1.8,
    },
  ];
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log(`${'command'.padEnd(width)} median ms   node ms   ratio (least–most)   goal`);
  for (const { name, run, most } of rows) {
    const node = { args: ['-e', '0'], env: base, input: undefined };
    const { a, b, ratio, least, most: worst } = pair(run, node, pairs);
    const figures = `${a.toFixed(1).padStart(9)} ${b.toFixed(1).padStart(9)}`;
    const spread = `${ratio.toFixed(2)} (${least.toFixed(2)}–${worst.toFixed(2)})`;
    console.log(`${name.padEnd(width)} ${figures}   ${spread.padEnd(18)} ≤ ${most}`);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
