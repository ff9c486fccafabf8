import type { Terminal } from '../../base/deps.ts';
import { EXIT, GormesError } from '../../base/errors.ts';
import type { Secret } from '../../base/secret.ts';

/** One row of a list to choose from. */
export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  /** Shown behind the label while the row is the current one. */
  readonly hint?: string;
  /** Stays in a searched list whatever is typed. */
  readonly always?: boolean;
}

/** Returns what is wrong with a typed answer; undefined when nothing is. */
export type Check = (text: string) => string | undefined;

/**
 * Questions of the dialogues. Undefined stands for Esc: the person goes back. Ctrl-C and Ctrl-D throw
 * `interrupted` (exit 130). Everything is drawn on stderr; text from files must be escaped before.
 */
export interface Prompts {
  /** @param initial the row to begin at */
  choose<T>(message: string, rows: readonly Choice<T>[], initial?: T): Promise<T | undefined>;
  /** As `choose`, for long lists: typing narrows it. */
  search<T>(message: string, rows: readonly Choice<T>[], initial?: T): Promise<T | undefined>;
  /** Any number of rows. */
  pick<T>(
    message: string,
    rows: readonly Choice<T>[],
    chosen: readonly T[],
  ): Promise<readonly T[] | undefined>;
  /** Trimmed; `fallback` for an empty answer. */
  text(message: string, fallback?: string, check?: Check): Promise<string | undefined>;
  /** Without echo; may be empty. A wrong one is asked again in place: between prompts, typing shows. */
  secret(message: string, check?: Check): Promise<Secret | undefined>;
  yesNo(message: string, initial: boolean): Promise<boolean | undefined>;
}

/** The terminal of use cases that ask for themselves, with these prompts. Esc throws `cancelled`. */
export function promptTerminal(prompts: Prompts, terminal: Terminal): Terminal {
  const answered = <T>(answer: T | undefined): T => {
    if (answer === undefined) throw cancelled();
    return answer;
  };
  const plain = (question: string): string => question.replace(/:?\s*$/, '');
  return {
    interactive: terminal.interactive,
    ask: async (question) => answered(await prompts.text(plain(question))),
    askSecret: async (question) => answered(await prompts.secret(plain(question))),
    confirm: async (question) => answered(await prompts.yesNo(plain(question), false)),
    readStdin: terminal.readStdin,
  };
}

/** The person went back in the middle of something; nothing of it was done. */
export function cancelled(): GormesError {
  return new GormesError('cancelled', 'cancelled');
}

export function isCancelled(error: unknown): boolean {
  return error instanceof GormesError && error.code === 'cancelled';
}

export function interrupted(): GormesError {
  return new GormesError('interrupted', 'interrupted', { exitCode: EXIT.interrupted });
}
