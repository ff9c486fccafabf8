import { GormesError } from '../../base/errors.ts';
import type { Secret } from '../../base/secret.ts';
import { escapeControls } from '../../base/text.ts';
import type { LoginContext } from '../oauth.ts';
import { type CallbackAnswer, judgeCallback } from './callback-request.ts';
import {
  cleanServerText,
  loginDenied,
  loginExpired,
  loginFailed,
  loginNeedsPerson,
} from './login-errors.ts';
import { isPortTaken, type Loopback, startLoopback } from './loopback.ts';
import { type PasteForm, readPasted } from './pasted-answer.ts';
import { createPkce, createState } from './pkce.ts';

/** A person that goes away must not leave a port open for ever (reliability.md §4b). */
const LOGIN_LIMIT_MS = 10 * 60_000;

/** Wrong pastes before the login ends; more is no slip of the hand. */
const PASTES = 5;

/** Where the provider sends the browser with the code. */
export type Redirect =
  | {
      readonly kind: 'loopback';
      /** `127.0.0.1`, or `localhost` where that is registered; the listener is on 127.0.0.1. */
      readonly host: string;
      /** 0 takes any free port. */
      readonly port: number;
      readonly path: string;
      /** True where the provider takes any port (RFC 8252 §7.3): one that is taken is no trouble. */
      readonly anyPort: boolean;
    }
  /** A page of the provider that shows the code: there is nothing to listen for. */
  | { readonly kind: 'hosted'; readonly uri: string };

/** One authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3). */
export interface BrowserLogin {
  readonly provider: string;
  readonly authorizeUrl: string;
  /**
   * All but `redirect_uri`, `state`, `code_challenge` and `code_challenge_method`. A function is asked
   * once the listener has its port: a client may have to be registered for it first (RFC 7591).
   */
  readonly parameters: Parameters | ((redirectUri: string) => Promise<Parameters>);
  readonly redirect: Redirect;
  readonly paste: PasteForm;
  /** Random bytes of the verifier: 32 or 64. */
  readonly verifierBytes?: number;
}

type Parameters = Readonly<Record<string, string>>;

/** A code that came back, with what its exchange has to repeat. */
export interface BrowserAnswer {
  /** `code`, `state` and what else came with them; the state has been compared. */
  readonly params: URLSearchParams;
  readonly redirectUri: string;
  readonly verifier: Secret;
}

/**
 * A login in a browser: shows the URL, waits for the redirect and for a pasted answer at once, and
 * exchanges the first one. The browser is told the outcome of the exchange.
 *
 * A paste that rejects ends the login: that is how a person cancels at the prompt.
 *
 * @param exchange makes the grant of the code; called once at most
 * @throws GormesError `login_denied`, `login_expired`, `login_failed`, `login_needs_person`,
 *   `callback_port_taken`, whatever `exchange` or `paste` throws, or the reason of the signal
 */
export async function browserLogin<T>(
  context: LoginContext,
  login: BrowserLogin,
  exchange: (answer: BrowserAnswer) => Promise<T>,
): Promise<T> {
  context.signal.throwIfAborted();
  const state = createState(context.random);
  const pkce = createPkce(context.random, login.verifierBytes);
  const loopback = await startListening(context, login, state);
  const stop = new AbortController();
  try {
    const redirectUri = redirectUriOf(login.redirect, loopback?.port);
    const parameters =
      typeof login.parameters === 'function'
        ? await login.parameters(redirectUri)
        : login.parameters;
    context.show({
      kind: 'browser',
      url: authorizeUrl(login.authorizeUrl, {
        ...parameters,
        redirect_uri: redirectUri,
        state,
        code_challenge: pkce.challenge,
        code_challenge_method: 'S256',
      }),
      port: loopback?.port,
      pastes: context.paste && (login.paste === 'redirect_url' ? 'redirect_url' : 'code'),
    });
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const waits: Promise<CallbackAnswer>[] = [
      aborted(context.signal, stop.signal),
      tooLate(context, login.provider, signal),
    ];
    if (loopback) waits.push(loopback.answer);
    if (context.paste) waits.push(pasted(context, context.paste, login, state, signal));
    const answer = await Promise.race(waits);
    stop.abort(); // ends the prompt
    if (answer.kind === 'error') throw refusedBy(login.provider, answer);
    const result = await exchange({ params: answer.params, redirectUri, verifier: pkce.verifier });
    await loopback?.finish({ kind: 'success', provider: login.provider });
    return result;
  } catch (error) {
    await loopback?.finish({ kind: 'error', provider: login.provider, why: whyOf(error) });
    throw error;
  } finally {
    stop.abort();
    await loopback?.[Symbol.asyncDispose]();
  }
}

async function startListening(
  context: LoginContext,
  login: BrowserLogin,
  state: string,
): Promise<Loopback | undefined> {
  const { redirect, provider } = login;
  if (redirect.kind === 'hosted') {
    if (context.paste) return undefined;
    throw loginNeedsPerson(
      provider,
      'its page shows a code that somebody has to paste',
      'run the command in a terminal',
    );
  }
  const { path, host } = redirect;
  const start = (port: number) =>
    startLoopback({
      port,
      provider,
      judge: (request, actual) => {
        const hosts = ['127.0.0.1', 'localhost', host].map((name) => `${name}:${actual}`);
        return judgeCallback(request, { path, hosts, state });
      },
    });
  try {
    return await start(redirect.port);
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    if (redirect.anyPort && redirect.port !== 0) return start(0);
    const taken = await portTaken(redirect.port);
    if (!context.paste) throw taken;
    context.show({
      kind: 'note',
      text: `${taken.message}: when the browser cannot load the last page, paste its address here`,
    });
    return undefined;
  }
}

/** The error of a port that the provider insists on and another program has. */
async function portTaken(port: number): Promise<GormesError> {
  const { findPortOwner } = await import('./port-owner.ts');
  const owner = await findPortOwner(port);
  const by = owner ? ` by ${escapeControls(owner.name) || 'a process'} (pid ${owner.pid})` : '';
  return new GormesError(
    'callback_port_taken',
    `port ${port} of this machine, where the browser must come back, is taken${by}`,
    {
      hint: owner
        ? `end process ${owner.pid}, or run the command in a terminal and paste the address`
        : 'end the program that listens there, or run the command in a terminal and paste the address',
    },
  );
}

function redirectUriOf(redirect: Redirect, port: number | undefined): string {
  if (redirect.kind === 'hosted') return redirect.uri;
  return `http://${redirect.host}:${port ?? redirect.port}${redirect.path}`;
}

function authorizeUrl(base: string, parameters: Parameters): string {
  const url = new URL(base);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

async function pasted(
  context: LoginContext,
  paste: (signal: AbortSignal) => Promise<Secret>,
  login: BrowserLogin,
  state: string,
  signal: AbortSignal,
): Promise<CallbackAnswer> {
  const { redirect } = login;
  const path = redirect.kind === 'hosted' ? new URL(redirect.uri).pathname : redirect.path;
  const expected = { form: login.paste, state, path };
  for (let left = PASTES; ; left--) {
    const read = readPasted((await paste(signal)).reveal(), expected);
    if (read.kind !== 'refused') return read;
    if (read.empty && login.redirect.kind === 'hosted') {
      throw loginFailed(login.provider, 'no code was entered');
    }
    if (left === 1) throw loginFailed(login.provider, read.why);
    context.show({ kind: 'note', text: read.why });
  }
}

function refusedBy(
  provider: string,
  answer: Extract<CallbackAnswer, { kind: 'error' }>,
): GormesError {
  if (answer.error === 'access_denied') return loginDenied(provider, answer.description);
  const detail = answer.description ?? answer.error;
  return loginFailed(provider, 'it did not give a code', { detail });
}

/** For the page, which escapes it: messages of ours, never those of bugs. */
function whyOf(error: unknown): string {
  return error instanceof GormesError ? cleanServerText(error.message) : 'something went wrong';
}

/** Rejects with the reason of `signal`; stops listening to it when `over` aborts. */
function aborted(signal: AbortSignal, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over });
  });
}

async function tooLate(
  context: LoginContext,
  provider: string,
  signal: AbortSignal,
): Promise<never> {
  await context.clock.sleep(context.waitMs ?? LOGIN_LIMIT_MS, signal);
  throw loginExpired(provider);
}
