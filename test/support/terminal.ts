import { spawn } from '@lydell/node-pty';
import type { Run, World } from './world.ts';

/** A run of the built program in a pseudo-terminal. */
export interface TerminalRunning {
  /** Resolves when the text has come; rejects when the program ends before. */
  shown(text: string): Promise<void>;
  type(text: string): void;
  /** Everything that came until now. */
  soFar(): string;
  /** Resolves at the end with every byte that came. */
  readonly done: Promise<{ readonly exitCode: number; readonly screen: string }>;
}

/** Starts the program of a world in a terminal; for dialogues that draw see `dialogue.ts`. */
export function startInTerminal(world: World, args: readonly string[]): TerminalRunning {
  const pty = spawn(process.execPath, [world.programFile, ...args], {
    name: 'xterm',
    cols: 100,
    rows: 40,
    cwd: world.cwd,
    env: { ...world.env, TERM: 'xterm' },
  });
  let screen = '';
  let ended = false;
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const look of watchers) look();
  };
  pty.onData((data) => {
    screen += data;
    wake();
  });
  const done = new Promise<{ exitCode: number; screen: string }>((resolve, reject) => {
    pty.onExit(({ exitCode }) => {
      ended = true;
      wake();
      try {
        const run: Run = { exitCode, stdout: screen, stderr: '' };
        world.inspect(run, args);
        resolve({ exitCode, screen });
      } catch (error) {
        reject(error);
      }
    });
  });
  done.catch(() => undefined);
  return {
    shown: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (screen.includes(text)) resolve();
          else if (ended) reject(new Error(`ended before it showed "${text}": ${screen}`));
          else return;
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      }),
    type: (text) => pty.write(text),
    soFar: () => screen,
    done,
  };
}
