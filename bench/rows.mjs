// What is measured, and the goal of each. A goal is measured here and promised nowhere else.
import { cpSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeDeclaration, makeDeclaredHome, makeHome, makeLargeDeclaration } from './homes.mjs';

/**
 * Rows of the table: a command, and how it is judged: `ratio` to starting Node, `above` it in
 * milliseconds, `memory` in MB.
 *
 * @param dir an empty directory
 * @param program the file that Node runs
 * @param many what stands for 10,000; less where only the measuring is tried
 */
export function makeRows(dir, program, many) {
  const base = { PATH: process.env.PATH, HOME: dir };
  const command = (home, args, more = {}) => ({
    args: [program, ...args],
    env: { ...base, HERMES_HOME: home, ...more.env },
    input: more.input,
    before: more.before,
  });
  const home = (entries, name = `home-${entries}`) => {
    makeHome(join(dir, name), entries);
    return join(dir, name);
  };
  const file = (count) => join(dir, `declared-${count}.yaml`);
  const variables = (count) => makeDeclaration(file(count), count);
  /** A home in which so many are declared and live; managed already, or still to be adopted. */
  const declared = (count, managed) => {
    const path = join(dir, `${managed ? 'managed' : 'live'}-${count}`);
    makeDeclaredHome(path, count, variables(count), managed);
    return path;
  };
  const plan = (count, managed) =>
    command(declared(count, managed), ['auth', 'plan', '-f', file(count)]);

  const ten = home(10);
  const few = Math.ceil(many / 10);
  const hundred = variables(100);
  const large = makeLargeDeclaration(join(dir, 'large'), hostname());
  const partly = join(dir, 'partly');
  makeHome(partly, 100, 'declared');
  const empty = join(dir, 'empty');
  makeDeclaredHome(empty, 0, variables(few), false);
  const filled = join(dir, 'filled');
  const refill = () => {
    rmSync(filled, { recursive: true, force: true });
    cpSync(empty, filled, { recursive: true });
  };
  const count = (n) => n.toLocaleString('en-US');
  const rows = [
    { name: '--version', run: command(ten, ['--version']), ratio: 1.15 },
    { name: '--help', run: command(ten, ['--help']), ratio: 1.15 },
    { name: 'auth list, 10 entries', run: command(ten, ['auth', 'list']), ratio: 1.25 },
    { name: 'auth status', run: command(ten, ['auth', 'status', 'xai']), ratio: 1.25 },
    { name: `auth list, ${count(few)} entries`, run: command(home(few), ['auth', 'list']) },
    {
      name: `auth list, ${count(many)} entries`,
      run: command(home(many), ['auth', 'list']),
      ratio: 1.7,
    },
    { name: 'auth token', run: command(ten, ['auth', 'token', 'deepseek']), ratio: 1.3 },
    {
      name: 'auth add',
      run: command(home(11), ['auth', 'add', 'xai', '--label', 'bench'], {
        input: 'bench-secret-added',
      }),
      ratio: 1.5,
    },
    {
      name: 'auth validate, 100 declared',
      run: command(ten, ['auth', 'validate', '-f', file(100)]),
      ratio: 1.8,
    },
    {
      name: 'auth plan, 100 declared',
      run: command(partly, ['auth', 'plan', '-f', file(100)], { env: hundred }),
      ratio: 1.8,
    },
    {
      name: 'auth plan, 500 declared, 3 includes, 10 hosts',
      run: command(partly, ['auth', 'plan', '-f', large.file], { env: large.env }),
    },
    { name: `auth plan, ${count(few)} managed`, run: plan(few, true) },
    { name: `auth plan, ${count(many)} managed`, run: plan(many, true), above: 1200, memory: 300 },
    {
      name: `auth plan, ${count(many)} to adopt`,
      run: plan(many, false),
      above: 1200,
      memory: 300,
    },
    {
      name: `auth apply, ${count(few)} changes`,
      run: command(filled, ['auth', 'apply', '--yes', '-f', file(few)], { before: refill }),
      above: 2000,
    },
  ];
  const growth = ['auth list', 'auth plan'].map((name) => {
    const ends = name === 'auth list' ? 'entries' : 'managed';
    return { name, from: `${name}, ${count(few)} ${ends}`, to: `${name}, ${count(many)} ${ends}` };
  });
  return { node: { args: ['-e', '0'], env: base, input: undefined }, rows, growth };
}
