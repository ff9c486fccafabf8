import { randomBytes } from './digest.ts';
import type { Secret } from './secret.ts';

/** The environment variables of the process, read once in `main`. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Questions to a person. Every method throws `needs_terminal` (exit 5) when `interactive` is false.
 * All of them wait for somebody else, and so each takes the signal that ends the wait.
 */
export interface Terminal {
  readonly interactive: boolean;
  ask(question: string, options: { readonly signal: AbortSignal }): Promise<string>;
  /** Without echo. */
  askSecret(question: string, options: { readonly signal: AbortSignal }): Promise<Secret>;
  /** True only for a typed `yes` or `y`. */
  confirm(question: string, options: { readonly signal: AbortSignal }): Promise<boolean>;
  /** All of standard input, for `--api-key -` and `-f -`; at most `limit` bytes. */
  readStdin(limit: number, options: { readonly signal: AbortSignal }): Promise<string>;
}

/** One HTTP answer, body read whole and bounded. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** One deadline for the whole exchange; default `LIMITS.httpTotalMs`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** How far a server's certificate is trusted. */
export interface HttpChoice {
  readonly insecure?: boolean | undefined;
  /** File with certificates that are trusted besides the system's. */
  readonly caBundle?: string | undefined;
}

/** Sends one request. Never follows a redirect. Throws `GormesError` `network_failed` or `network_timeout`. */
export type Http = (request: HttpRequest) => Promise<HttpReply>;

export interface SpawnOptions {
  /** The whole environment of the child: nothing is handed down by itself. */
  readonly env: Env;
  readonly timeoutMs: number;
  /** Most bytes of standard output. */
  readonly limitBytes: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a program without a shell and without standard input, and returns what it printed on standard
 * output; undefined when it is not there, fails, takes too long or prints too much.
 */
export type Spawn = (
  argv: readonly [program: string, ...args: string[]],
  options: SpawnOptions,
) => Promise<string | undefined>;

/** Something that is waited for. */
export interface Wait {
  /** Says something else in its place. */
  say(what: string): void;
  end(): void;
}

/**
 * Begins a wait: a terminal shows what for when it is not over after a second. Never a secret.
 *
 * @param what a line, controls escaped
 * @param afterMs another time than a second
 */
export type Waiting = (what: string, afterMs?: number) => Wait;

/** Everything a use case may need from outside; functions take the slice they use. */
export interface Deps {
  readonly env: Env;
  /** The user's home directory (`~`), absent when the system tells none. */
  readonly userHome: string | undefined;
  readonly cwd: string;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly random: (bytes: number) => Buffer;
  /** Loads the HTTP client on the first call. `insecure` and `caBundle` hold for its requests alone. */
  readonly http: (options?: HttpChoice) => Promise<Http>;
  readonly spawn: Spawn;
  /** Notices, one line each, on stderr. */
  readonly notice: (line: string) => void;
  /** Called with each thing that may take long. */
  readonly waiting?: Waiting;
  /**
   * A wait that has begun to be long already and is told without a terminal too, as a line that stays;
   * not under `--quiet` and `--json`.
   */
  readonly waitingLong?: (line: string) => Pick<Wait, 'end'>;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    const { setTimeout: sleepFor } = await import('node:timers/promises');
    await sleepFor(ms, undefined, signal ? { signal } : {});
  },
};

export const realRandom = (bytes: number): Buffer => randomBytes(bytes);
