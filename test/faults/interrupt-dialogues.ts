import { spawn } from '@lydell/node-pty';
import { anthropicSim } from '../internet/anthropic.ts';
import type { Hosts } from '../internet/internet.ts';
import { nousSim } from '../internet/nous.ts';
import { xaiSim } from '../internet/xai.ts';
import { declare } from '../support/declaration.ts';
import { TerminalRun } from '../support/dialogue.ts';
import { descendantsOf } from '../support/processes.ts';
import { startWorld, type World } from '../support/world.ts';

/** A command that waits for a person in a terminal. */
export interface Dialogue {
  readonly name: string;
  readonly args: readonly string[];
  readonly hosts?: () => Hosts;
  readonly prepare?: (world: World) => void;
  /** Shown when it waits. */
  readonly shows: string;
  /** It reads no keys, so that Ctrl-D means nothing to it. */
  readonly deaf?: true;
}

export const DIALOGUES: readonly Dialogue[] = [
  {
    name: 'a question that wants a yes',
    args: ['auth', 'apply'],
    prepare: (world) => {
      world.write('k', world.canary('a key'));
      declare(world, 'providers: { xai: { credentials: { a: { api_key: "file:k" } } } }\n');
    },
    shows: 'Apply? (yes/no)',
  },
  {
    name: 'a question for a key',
    args: ['auth', 'add', 'xai', '--type', 'api-key'],
    shows: 'Paste your API key',
  },
  {
    name: 'the menu',
    args: ['auth'],
    prepare: ({ home }) => home.seed({ xai: [{ label: 'a', key: 'fake-key' }] }),
    shows: 'What would you like to do?',
  },
  {
    name: 'a table of two logins by code',
    args: ['auth', 'apply', '--yes', '--no-browser'],
    hosts: () => ({ ...nousSim({ pending: 99 }).hosts, ...xaiSim({ pending: 99 }).hosts }),
    prepare: (world) =>
      declare(
        world,
        'providers: { nous: { credentials: { a: { type: oauth } } }, xai-oauth: { credentials: { b: { type: oauth } } } }\n',
      ),
    shows: 'enter WXYZ-1234',
    deaf: true,
  },
  {
    name: 'a question for the code of a browser login',
    args: ['auth', 'add', 'anthropic', '--type', 'oauth', '--no-browser'],
    hosts: () => anthropicSim().hosts,
    shows: 'Paste the code',
  },
];

/** Says how the command ended, and whether it left the terminal as it was. */
const SCRIPT = `trap : INT TERM HUP
before=$(stty -g)
"$@"
code=$?
[ "$(stty -g)" = "$before" ] && echo "ended $code, restored" || echo "ended $code, changed"`;

export interface DialogueScene extends AsyncDisposable {
  readonly world: World;
  readonly run: TerminalRun;
  /** The program, and whatever it has started. */
  readonly pids: readonly [program: number, ...started: number[]];
  /** Takes the terminal away, as a window that closes. */
  readonly hangUp: () => void;
}

/** Starts a dialogue under a shell in a terminal, and waits until it waits. */
export async function beginDialogue(dialogue: Dialogue): Promise<DialogueScene> {
  const world = await startWorld(dialogue.hosts ? { hosts: dialogue.hosts() } : {});
  dialogue.prepare?.(world);
  const words = ['-c', SCRIPT, 'sh', process.execPath, world.programFile, ...dialogue.args];
  const pty = spawn('/bin/sh', words, {
    name: 'xterm-256color',
    cols: 100,
    rows: 40,
    cwd: world.cwd,
    env: { ...world.env, TERM: 'xterm-256color' },
  });
  const run = new TerminalRun(pty, 100, (ended) => world.inspect(ended, dialogue.args));
  await run.see(dialogue.shows);
  const [program, ...started] = descendantsOf(pty.pid);
  if (program === undefined) throw new Error(`it does not run: ${run.screen}`);
  return {
    world,
    run,
    pids: [program, ...started],
    hangUp: () => {
      if ('destroy' in pty && typeof pty.destroy === 'function') pty.destroy();
      else throw new Error('this terminal cannot be taken away');
    },
    [Symbol.asyncDispose]: async () => {
      await run[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}
