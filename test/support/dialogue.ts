/**
 * The built program in a real pseudo-terminal, driven as a person would: wait for a text on the
 * screen, then press keys. Nothing sleeps; what never shows fails with the screen as it stands.
 */
import { type IPty, spawn } from '@lydell/node-pty';
import { Screen } from './screen.ts';
import type { Run, World } from './world.ts';

export interface TerminalOptions {
  /** Default 100. */
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export const KEY = {
  enter: '\r',
  esc: '\x1b',
  up: '\x1b[A',
  down: '\x1b[B',
  space: ' ',
  backspace: '\x7f',
  ctrlC: '\x03',
  ctrlD: '\x04',
} as const;

/** Longer than any answer takes, so that a missing text shows as what it is. */
const WAIT_LIMIT_MS = 20_000;

/** A run of the program in a terminal. */
export class TerminalRun implements AsyncDisposable {
  readonly #pty: IPty;
  readonly #screen: Screen;
  readonly #watchers = new Set<() => void>();
  readonly #ended: Promise<number>;
  readonly #afterwards: (run: Run) => void;
  #raw = '';
  #seen = 0;
  #exitCode: number | undefined;

  constructor(pty: IPty, columns: number, afterwards: (run: Run) => void) {
    this.#pty = pty;
    this.#screen = new Screen(columns);
    this.#afterwards = afterwards;
    pty.onData((data) => {
      this.#raw += data;
      this.#screen.write(data);
      for (const look of this.#watchers) look();
    });
    this.#ended = new Promise((resolve) => {
      pty.onExit(({ exitCode }) => {
        this.#exitCode = exitCode;
        for (const look of this.#watchers) look();
        resolve(exitCode);
      });
    });
  }

  /** All that a person sees and could scroll back to. */
  get screen(): string {
    return this.#screen.text;
  }

  /** Every byte that came, control sequences included. */
  get raw(): string {
    return this.#raw;
  }

  /**
   * Waits until a text has been drawn since the last key; line breaks of a narrow window and the
   * frame at the left of prompts count as one space.
   */
  async see(text: string): Promise<void> {
    const limit = AbortSignal.timeout(WAIT_LIMIT_MS);
    await new Promise<void>((resolve, reject) => {
      const done = (settle: () => void): void => {
        this.#watchers.delete(look);
        limit.removeEventListener('abort', look);
        settle();
      };
      const look = (): void => {
        if (flat(this.#fresh()).includes(text)) done(resolve);
        else if (this.#exitCode !== undefined || limit.aborted)
          done(() => reject(new Error(`never saw "${text}" on:\n${this.screen}`)));
      };
      this.#watchers.add(look);
      limit.addEventListener('abort', look);
      look();
    });
  }

  /** Types or presses keys; what was drawn before counts no longer. */
  press(...keys: readonly string[]): void {
    this.#seen = this.#raw.length;
    this.#pty.write(keys.join(''));
  }

  /** Waits for a text, then presses. */
  async answer(text: string, ...keys: readonly string[]): Promise<void> {
    await this.see(text);
    this.press(...keys);
  }

  /** The exit code; fails when the program left a secret where none belongs. */
  async end(): Promise<number> {
    const exitCode = await this.#ended;
    this.#afterwards({ exitCode, stdout: this.#raw, stderr: this.screen });
    return exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exitCode === undefined) this.#pty.kill('SIGKILL');
    await this.#ended;
  }

  /** What was sent since the last key, drawn on a screen of its own. */
  #fresh(): string {
    const screen = new Screen(10_000);
    screen.write(this.#raw.slice(this.#seen));
    return screen.text;
  }
}

function flat(text: string): string {
  return text.replace(/[│◆◇■▲└┌\s]+/g, ' ');
}

/** Starts the program of a world in a terminal. */
export function startTerminal(
  world: World,
  args: readonly string[],
  options: TerminalOptions = {},
): TerminalRun {
  const columns = options.columns ?? 100;
  const env = { ...world.env, TERM: 'xterm-256color', ...options.env };
  const pty = spawn(process.execPath, [world.programFile, ...args], {
    name: env.TERM,
    cols: columns,
    rows: options.rows ?? 40,
    cwd: world.cwd,
    env,
  });
  return new TerminalRun(pty, columns, (run) => world.inspect(run, args));
}
