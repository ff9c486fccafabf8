import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Env } from '../base/deps.ts';
import { errnoOf } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';

/** How a program ended; a `problem` when it never began. */
export type Ended =
  | { readonly exitCode: number }
  | { readonly exitCode: 126 | 127; readonly problem: string };

/** What would end us, and is the program's business while it runs. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
/** What a terminal sends to the whole group, the program included. */
const FROM_TERMINAL: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT']);

/**
 * Runs a program in our place: our terminal, our streams, no shell. Rules: a signal that reaches us
 * goes to the program, except those that the terminal has given to it already, and ends us only
 * when it ends the program; a program that dies by a signal makes us die by the same one.
 */
export async function runChild(
  [program, ...args]: readonly [string, ...string[]],
  env: Env,
): Promise<Ended> {
  const child = spawn(program, args, { env: { ...env }, stdio: 'inherit', shell: false });
  const giveBack = takeSignals((signal) => {
    if (!(onTerminal() && FROM_TERMINAL.has(signal))) child.kill(signal);
  });
  try {
    return await new Promise<Ended>((resolve) => {
      child.on('error', (error) => resolve(notStarted(program, errnoOf(error))));
      child.on('exit', (code, signal) => {
        if (signal === null) resolve({ exitCode: code ?? 1 });
        else resolve(dieBy(signal));
      });
    });
  } finally {
    giveBack();
  }
}

/** Puts our handler in place of all others; returns what undoes it. */
function takeSignals(handle: (signal: NodeJS.Signals) => void): () => void {
  const before = SIGNALS.map((signal) => ({ signal, listeners: process.listeners(signal) }));
  for (const { signal } of before) {
    process.removeAllListeners(signal);
    process.on(signal, handle);
  }
  return () => {
    for (const { signal, listeners } of before) {
      process.removeListener(signal, handle);
      for (const listener of listeners) process.on(signal, listener);
    }
  };
}

function onTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
}

/** The caller sees the same signal that the program died by; 128 + n where it does not end us. */
function dieBy(signal: NodeJS.Signals): Ended {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  return { exitCode: 128 + (constants.signals[signal] ?? 0) };
}

/** 127 and 126 as a shell says them. */
function notStarted(program: string, errno: string | undefined): Ended {
  const shown = escapeControls(program);
  if (errno === 'ENOENT')
    return { exitCode: 127, problem: `error: there is no program "${shown}" [command_not_found]` };
  return {
    exitCode: 126,
    problem: `error: "${shown}" can't be run: ${errno ?? 'unknown reason'} [command_failed]`,
  };
}
