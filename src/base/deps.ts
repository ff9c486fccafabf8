import { randomBytes } from 'node:crypto';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Secret } from './secret.ts';

/** The environment variables of the process, read once in `main`. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Questions to a person. Every method throws `needs_terminal` (exit 5) when `interactive` is false. */
export interface Terminal {
  readonly interactive: boolean;
  ask(question: string, options?: { readonly signal?: AbortSignal }): Promise<string>;
  /** Without echo. */
  askSecret(question: string, options?: { readonly signal?: AbortSignal }): Promise<Secret>;
  /** True only for a typed `yes` or `y`. */
  confirm(question: string, options?: { readonly signal?: AbortSignal }): Promise<boolean>;
  /** All of standard input, for `--api-key -` and `-f -`; at most `limit` bytes. */
  readStdin(limit: number): Promise<string>;
}

/** One HTTP answer, body read whole and bounded. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** One deadline for the whole exchange; default `LIMITS.httpTotalMs`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Sends one request. Never follows a redirect. Throws `GormesError` `network_failed` or `network_timeout`. */
export type Http = (request: HttpRequest) => Promise<HttpReply>;

/** Everything a use case may need from outside; functions take the slice they use. */
export interface Deps {
  readonly env: Env;
  /** The user's home directory (`~`), absent when the system tells none. */
  readonly userHome: string | undefined;
  readonly cwd: string;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly random: (bytes: number) => Buffer;
  /** Loads the HTTP client on the first call. */
  readonly http: () => Promise<Http>;
  /** Notices and progress, one line each, on stderr. */
  readonly notice: (line: string) => void;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await sleepFor(ms, undefined, signal ? { signal } : {});
  },
};

export const realRandom = (bytes: number): Buffer => randomBytes(bytes);
