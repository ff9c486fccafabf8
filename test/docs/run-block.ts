/** Runs a block of commands as a reader does: in bash, in a terminal, answering what is asked. */
import { readFileSync } from 'node:fs';
import { spawn } from '@lydell/node-pty';
import { addressIn } from '../support/browser.ts';
import type { World } from '../support/world.ts';

/** One command that did not end with 0. */
export interface Failure {
  readonly command: string;
  readonly exitCode: number;
}

export interface BlockRun {
  /** In order; a command that is part of a pipe fails the pipe. */
  readonly failures: readonly Failure[];
  /** All that the terminal showed. */
  readonly screen: string;
}

/** What the person does with an address: a text is typed. */
export type Person = (address: string) => Promise<string | undefined>;

/** Questions and what is typed; `\x03` is Ctrl-C: whether a dialogue begins is all that is asked here. */
const ANSWERS: readonly (readonly [question: RegExp, answer: string])[] = [
  [/\(yes\/no\)[^\n]*$/, 'yes\r'],
  [/\[(Y\/n|y\/N)\]: $/, 'y\r'],
  [/(Choice|Numbers|Max iterations)[^\n]*: $/, '\x03'],
  [/API key: $/, 'a-key-that-was-typed\r'],
  [/Label \(optional[^\n]*: $/, '\r'],
];

/** Longer than any block takes, so that an unanswered question is told with what the screen shows. */
const LIMIT_MS = 50_000;

export function runBlock(world: World, script: string, person: Person): Promise<BlockRun> {
  const log = world.write('~/failures', '');
  // Every command that fails is noted, and the next one runs, as in a shell of a person.
  const file = world.write(
    '~/block.sh',
    `set -o pipefail
note() { printf '%s\\t%s\\n' "$1" "\${2%%$'\\n'*}" >> "${log}"; }
trap 'note $? "$BASH_COMMAND"' ERR
${script}`,
  );
  return new Promise((resolve, reject) => {
    const pty = spawn('bash', [file], {
      name: 'dumb',
      cols: 100,
      rows: 40,
      cwd: world.cwd,
      env: { ...world.env },
    });
    // Something is asked that nobody answers: shown as what it is.
    const limit = setTimeout(() => pty.kill('SIGKILL'), LIMIT_MS);
    const opened = new Set<string>();
    let screen = '';
    let answered = 0;
    let typed: string | undefined;
    const typeWhenAsked = () => {
      if (typed === undefined || !screen.slice(answered).includes('Paste the')) return;
      pty.write(typed);
      typed = undefined;
    };
    pty.onData((data) => {
      screen += data;
      const fresh = screen.slice(answered);
      const address = addressIn(fresh);
      if (address !== undefined && !opened.has(address)) {
        opened.add(address);
        person(address).then((text) => {
          typed = text;
          typeWhenAsked();
        }, reject);
      }
      typeWhenAsked();
      const answer = ANSWERS.find(([question]) => question.test(fresh))?.[1];
      if (answer === undefined) return;
      answered = screen.length;
      pty.write(answer);
    });
    pty.onExit(({ signal }) => {
      clearTimeout(limit);
      if (signal) reject(new Error(`killed, for it waited: ${screen}`));
      else resolve({ failures: failuresIn(readFileSync(log, 'utf8')), screen });
    });
  });
}

function failuresIn(log: string): Failure[] {
  const lines = log.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [exitCode = '', command = ''] = line.split('\t');
    return { command, exitCode: Number(exitCode) };
  });
}
