// `node bench/picks.mjs`: how many picks and reports a second 16 processes get out of one home, by
// strategy, against the same processes printing the version. With --smoke for a moment only, which
// proves that the measuring works. The number of a machine means little: read the ratio.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeHome } from './homes.mjs';

const program = new URL('../dist/gormes.js', import.meta.url).pathname;
const smoke = process.argv.includes('--smoke');
const PROCESSES = smoke ? 2 : 16;
const SECONDS = smoke ? 1 : 10;
const ENTRIES = 20; // four for each of five providers
const dir = mkdtempSync(join(tmpdir(), 'gormes-picks-'));

function run(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`exit ${code}: ${stderr}`)),
    );
  });
}

/** Runs a second, with so many processes at any moment. */
async function rate(argsOf, env) {
  const end = Date.now() + SECONDS * 1000;
  let done = 0;
  const start = process.hrtime.bigint();
  const loop = async (worker) => {
    for (let turn = 0; Date.now() < end; turn++) {
      await run(argsOf(worker, turn), env);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, (_, worker) => loop(worker)));
  return done / (Number(process.hrtime.bigint() - start) / 1e9);
}

/** How evenly the picks fell on the entries, by what the strategy left in the store. */
function spread(home) {
  const rows = JSON.parse(readFileSync(join(home, 'auth.json'), 'utf8')).credential_pool.openrouter;
  const counts = rows.map((row) => row.request_count);
  return counts.some((count) => count > 0)
    ? `counts ${Math.min(...counts)}–${Math.max(...counts)}`
    : '';
}

try {
  const base = { PATH: process.env.PATH, HOME: dir };
  const still = await rate(() => ['--version'], base);
  console.log(`${'what'.padEnd(22)} a second   of --version`);
  console.log(`${'--version'.padEnd(22)} ${still.toFixed(1).padStart(8)}   1.00`);
  for (const strategy of ['fill_first', 'random', 'round_robin', 'least_used']) {
    const home = join(dir, strategy);
    makeHome(home, ENTRIES);
    writeFileSync(
      join(home, 'config.yaml'),
      `credential_pool_strategies:\n  openrouter: ${strategy}\n`,
    );
    writeFileSync(join(home, '.env'), '', { mode: 0o600 });
    const env = { ...base, HERMES_HOME: home };
    const picks = await rate(() => ['auth', 'token', 'openrouter'], env);
    const ratio = (picks / still).toFixed(2);
    console.log(
      `${`token, ${strategy}`.padEnd(22)} ${picks.toFixed(1).padStart(8)}   ${ratio}   ${spread(home)}`,
    );
  }
  const home = join(dir, 'reports');
  makeHome(home, ENTRIES);
  const env = { ...base, HERMES_HOME: home };
  const report = (worker) => [
    'auth',
    'report',
    'openrouter',
    String((worker % 4) + 1),
    '--status',
    '429',
  ];
  const reports = await rate(report, env);
  console.log(
    `${'report'.padEnd(22)} ${reports.toFixed(1).padStart(8)}   ${(reports / still).toFixed(2)}`,
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
