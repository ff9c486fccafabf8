import { randomBytes } from 'node:crypto';
import type { Clock, Http } from '../../src/base/deps.ts';
import { createHttp } from '../../src/base/http.ts';
import { Secret } from '../../src/base/secret.ts';
import type { Announcement, LoginContext, LoginOptions } from '../../src/providers/oauth.ts';
import type { Internet } from '../internet/internet.ts';

/** A clock that a test moves. */
export interface FakeClock extends Clock {
  /** Every sleep that was asked for, in milliseconds. */
  readonly slept: number[];
}

/**
 * A clock on which every sleep is over at once, up to a limit: a longer one never ends by itself,
 * as the time limit of a login must not.
 */
export function fakeClock(
  options: { readonly endless?: number; readonly start?: number } = {},
): FakeClock {
  let now = options.start ?? Date.UTC(2026, 10, 24, 12);
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = () => reject(new DOMException('The operation was aborted', 'AbortError'));
        if (signal?.aborted) return stop();
        signal?.addEventListener('abort', stop, { once: true });
        if (ms >= (options.endless ?? 10 * 60_000)) return undefined;
        slept.push(ms);
        now += ms;
        return setImmediate(() => {
          signal?.removeEventListener('abort', stop);
          resolve();
        });
      }),
  };
}

export interface LoginSetup {
  readonly clock?: FakeClock;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: LoginOptions;
  /** What the person does with an announcement; a text is pasted. */
  readonly person?: (
    announcement: Announcement,
  ) => string | undefined | Promise<string | undefined>;
  /** False where nobody can paste. */
  readonly canPaste?: boolean;
  readonly http?: Http;
}

export interface TestLogin {
  readonly context: LoginContext;
  readonly shown: Announcement[];
  readonly clock: FakeClock;
}

/** A context of a login in which the person is a function. */
export function testLogin(internet: Internet | undefined, setup: LoginSetup = {}): TestLogin {
  const clock = setup.clock ?? fakeClock();
  const shown: Announcement[] = [];
  const pastes: string[] = [];
  let wake = () => {};
  const http =
    setup.http ??
    (internet
      ? createHttp({
          env: internet.env,
          userAgent: 'gormes/0.0.0',
          caBundle: internet.authority.file,
        })
      : async () => {
          throw new Error('no network in this test');
        });
  const context: LoginContext = {
    clock,
    random: randomBytes,
    http,
    signal: setup.signal ?? new AbortController().signal,
    show: (announcement) => {
      shown.push(announcement);
      void Promise.resolve(setup.person?.(announcement)).then((text) => {
        if (text === undefined) return;
        pastes.push(text);
        wake();
      });
    },
    paste:
      setup.canPaste === false
        ? undefined
        : (signal) =>
            new Promise((resolve, reject) => {
              wake = () => {
                const text = pastes.shift();
                if (text !== undefined) resolve(new Secret(text));
              };
              signal.addEventListener('abort', () => reject(signal.reason), { once: true });
              wake();
            }),
    env: (name) => setup.env?.[name],
    userHome: undefined,
    options: setup.options ?? {},
  };
  return { context, shown, clock };
}

/** The error of a promise that must reject. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}
