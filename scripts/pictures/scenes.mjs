// What the pictures of the documents show: real runs of the built program in a terminal.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { makeDemoHome } from '../demo-home.mjs';

const ROOT = new URL('../..', import.meta.url).pathname;

/** `name` of the files, `title` for those who can't see it, what is there, what is typed. */
export const SCENES = [
  {
    name: 'plan',
    title: 'gormes auth plan: each difference between the file and the pool, and why',
    words: ['auth', 'plan'],
    furnish: (dir) => {
      makeDemoHome(dir);
      cpSync(join(ROOT, 'examples/gormes.auth.yaml'), join(dir, 'gormes.auth.yaml'));
    },
  },
  {
    name: 'apply',
    title: 'gormes auth apply: the plan, a question, and what was done',
    words: ['auth', 'apply'],
    answer: { to: '(yes/no)', typed: 'yes\r' },
    furnish: furnishTutorial,
  },
];

/** The home and the file of docs/tutorial.md. */
function furnishTutorial(dir) {
  mkdirSync(join(dir, '.hermes'), { mode: 0o700 });
  mkdirSync(join(dir, '.secrets'), { mode: 0o700 });
  const write = (name, text) => writeFileSync(join(dir, name), text, { mode: 0o600 });
  write('.hermes/.env', 'OPENROUTER_API_KEY=the-key-of-my-own\n');
  write('.secrets/openrouter-work', 'the-key-of-work\n');
  write(
    'gormes.auth.yaml',
    `version: 1
name: tutorial
providers:
  openrouter:
    strategy: round_robin
    credentials:
      mine: { api_key: "env:OPENROUTER_API_KEY" }
      work: { api_key: "file:~/.secrets/openrouter-work" }
`,
  );
}

/** Runs a scene in a home of its own; resolves with the lines of the terminal, colours included. */
export async function play({ words, answer, furnish }) {
  const dir = mkdtempSync(join(tmpdir(), 'gormes-picture-'));
  try {
    furnish(dir);
    const shown = await runInTerminal(dir, words, answer);
    const text = withoutRedraws(shown).replaceAll('\r\n', '\n');
    return `\x1b[2m$\x1b[22m \x1b[1mgormes ${words.join(' ')}\x1b[22m\n${text}`;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are the subject
const DRAWN_BEFORE = /^.*\x1b\[1G\x1b\[0J/gm;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are the subject
const TO_COLUMN = /\x1b\[\d+G/g;

/** A question is drawn again with its answer: what was drawn before on its line goes. */
function withoutRedraws(shown) {
  return shown.replace(DRAWN_BEFORE, '').replace(TO_COLUMN, '').replaceAll('\r\r\n', '\n');
}

function runInTerminal(dir, words, answer) {
  return new Promise((resolve) => {
    const pty = spawn(process.execPath, [join(ROOT, 'dist/gormes.js'), ...words], {
      name: 'xterm',
      cols: 100,
      rows: 50,
      cwd: dir,
      env: { PATH: process.env.PATH, HOME: dir, TERM: 'xterm', LANG: 'C.UTF-8', TZ: 'UTC' },
    });
    let shown = '';
    let answered = false;
    pty.onData((data) => {
      shown += data;
      if (answered || answer === undefined || !shown.includes(answer.to)) return;
      answered = true;
      pty.write(answer.typed);
    });
    pty.onExit(() => resolve(shown));
  });
}
