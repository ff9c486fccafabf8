// The mutation run (`npm run test:mutations [WORD]`): takes one protection after the other away, in a
// private copy of the checkout, and runs the tests that should notice. Fails when none of them does: a
// protection without a test that fails is on trust alone. WORD: only mutations with it in their name.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { mutations } from './list.mjs';

const CHECKOUT = new URL('../..', import.meta.url).pathname;
const copy = mkdtempSync(join(tmpdir(), 'gormes-mutations-'));
// Some tests run the program as another user.
chmodSync(copy, 0o755);

/** The files of the checkout as they stand, without what git ignores. */
function copyCheckout() {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const run = spawnSync('git', list, { cwd: CHECKOUT, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  for (const name of new Set(run.stdout.split('\0').filter(Boolean))) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    cpSync(join(CHECKOUT, name), join(copy, name), { verbatimSymlinks: true });
  }
  symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
}

function sources(folder) {
  return readdirSync(join(copy, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(copy, folder, name));
}

/** Where a pattern stands: file, text, offset and length of each place. */
function placesOf({ name, find, times, within = 'src' }) {
  const places = sources(within).flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const found =
      typeof find === 'string'
        ? text
            .split(find)
            .slice(0, -1)
            .map((_, n, parts) => ({
              at: parts.slice(0, n + 1).join(find).length,
              match: find,
            }))
        : [...text.matchAll(find)].map(({ 0: match, index }) => ({ at: index, match }));
    return found.map((place) => ({ file, ...place }));
  });
  if (places.length !== times)
    throw new Error(
      `"${name}": its code stands in ${places.length} places, not ${times}: see list.mjs`,
    );
  return places;
}

/** The texts of files with some places replaced. */
function mutated(mutation, places) {
  const texts = new Map();
  for (const { file, at, match } of [...places].reverse()) {
    const text = texts.get(file) ?? readFileSync(file, 'utf8');
    const { replace } = mutation;
    const put = typeof replace === 'string' ? replace : replace(match);
    texts.set(file, text.slice(0, at) + put + text.slice(at + match.length));
  }
  for (const [file, text] of texts) texts.set(file, (mutation.prepend ?? '') + text);
  return texts;
}

/** Runs tests in the copy: how many passed and failed, and the name of the first that failed. */
function runTests(tests) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = [
    'vitest',
    'run',
    '--bail',
    '1',
    '--reporter=json',
    `--outputFile=${report}`,
    ...tests,
  ];
  const run = spawnSync('npx', args, { cwd: copy, encoding: 'utf8' });
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    const first = results.find(({ status }) => status === 'failed');
    return { passed: numPassedTests, failed: numFailedTests, first: first?.fullName ?? '' };
  } catch {
    throw new Error(`no report of the tests: ${run.stdout}${run.stderr}`);
  }
}

function main([word = '']) {
  copyCheckout();
  const wanted = mutations.filter(({ name }) => name.includes(word));
  const all = wanted.map((mutation) => ({ mutation, places: placesOf(mutation) }));
  // A test that fails anyway proves nothing.
  const tests = [...new Set(wanted.flatMap((mutation) => mutation.tests))];
  const whole = runTests(tests);
  if (whole.failed > 0 || whole.passed === 0)
    throw new Error(`the tests fail without a mutation: ${whole.first}`);
  let [done, unnoticed] = [0, 0];
  for (const { mutation, places } of all) {
    for (const group of mutation.together ? [places] : places.map((place) => [place])) {
      const texts = mutated(mutation, group);
      const before = new Map([...texts.keys()].map((file) => [file, readFileSync(file, 'utf8')]));
      for (const [file, text] of texts) writeFileSync(file, text);
      const { failed, first } = runTests(mutation.tests);
      for (const [file, text] of before) writeFileSync(file, text);
      const [{ file, at }] = group;
      const line = before.get(file).slice(0, at).split('\n').length;
      const where = `${mutation.name} (${relative(copy, file)}:${line})`;
      done++;
      if (failed === 0) unnoticed++;
      console.log(failed > 0 ? `noticed: ${where}: ${first}` : `NOT NOTICED: ${where}`);
    }
  }
  console.log(`figure: mutations: ${done} protections taken away, ${unnoticed} not noticed`);
  process.exitCode = unnoticed > 0 ? 1 : 0;
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
