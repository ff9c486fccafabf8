import { timingSafeEqual } from 'node:crypto';
import { isToken } from './token-reply.ts';

/** A request to the loopback listener, as far as it is looked at. */
export interface CallbackRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** The Host header. */
  readonly host: string;
}

/** The end of the browser's part of a login. */
export type CallbackAnswer =
  | { readonly kind: 'code'; readonly params: URLSearchParams }
  | {
      readonly kind: 'error';
      /** `access_denied` and the like (RFC 6749 §4.1.2.1). */
      readonly error: string;
      /** Server text as it came. */
      readonly description: string | undefined;
    };

export type CallbackVerdict =
  | CallbackAnswer
  /** Not of this login: answered with that status, and the wait goes on. */
  | { readonly kind: 'refused'; readonly status: 400 | 403 | 404 | 405 };

export interface CallbackExpected {
  readonly path: string;
  /** `host:port` values that name this listener; anything else is DNS rebinding. */
  readonly hosts: readonly string[];
  readonly state: string;
}

/**
 * Judges one request to the listener. Nothing but the right state can end the login, be it with a
 * code or with an error: other web pages reach this port too (RFC 8252 §8, RFC 9700 §4.7,
 * reliability.md T15).
 */
export function judgeCallback(
  request: CallbackRequest,
  expected: CallbackExpected,
): CallbackVerdict {
  const refused = (status: 400 | 403 | 404 | 405): CallbackVerdict => ({ kind: 'refused', status });
  if (!expected.hosts.includes(request.host.toLowerCase())) return refused(403);
  const cut = request.target.indexOf('?');
  const path = cut < 0 ? request.target : request.target.slice(0, cut);
  if (path !== expected.path) return refused(404);
  if (request.method !== 'GET') return refused(405);
  const params = new URLSearchParams(cut < 0 ? '' : request.target.slice(cut + 1));
  return judgeParams(params, expected.state) ?? refused(400);
}

/** The answer in the parameters of a callback, or undefined when they are not of this login. */
export function judgeParams(params: URLSearchParams, state: string): CallbackAnswer | undefined {
  const states = params.getAll('state');
  if (states.length !== 1 || !sameText(states[0] ?? '', state)) return undefined;
  const errors = params.getAll('error');
  if (errors.length > 0) {
    return {
      kind: 'error',
      error: errors[0] ?? '',
      description: params.get('error_description') ?? undefined,
    };
  }
  const codes = params.getAll('code');
  if (codes.length !== 1 || !isToken(codes[0])) return undefined;
  return { kind: 'code', params };
}

/** Compares without telling by its time where two texts differ. */
function sameText(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
