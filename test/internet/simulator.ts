import type { ServerResponse } from 'node:http';
import type { BadCertificate } from './ca.ts';

/** A request as a simulator sees it. */
export interface SimRequest {
  readonly host: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer; an object as body is sent as JSON. */
export interface SimReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | object;
  /** Takes over the whole answer: for servers that misbehave (`misbehave.ts`). */
  readonly raw?: (response: ServerResponse) => void;
}

/**
 * Answers one request. It is strict: what a real server would not expect is thrown
 * (`refuseUnless`), which answers 500, is remembered as a problem and fails the test.
 */
export type Handler = (request: SimRequest) => SimReply | Promise<SimReply>;

/** A host with more to it than a handler. */
export interface HostSimulator {
  readonly handle: Handler;
  readonly certificate?: BadCertificate;
  /** It speaks no TLS that is younger than 1.0. */
  readonly oldTls?: boolean;
  /** What the proxy answers to CONNECT in place of 200, that it hangs up, or that the host never speaks. */
  readonly tunnel?: number | 'reset' | 'silence';
  /** Requests that must come and did not, one line each; asked when the test is over. */
  readonly missing?: () => string[];
}

export function refuseUnless(condition: boolean, expected: string): asserts condition {
  if (!condition) throw new Error(`the simulator expected ${expected}`);
}

/** The body as JSON object whose fields are exactly these. */
export function jsonFields(request: SimRequest, names: readonly string[]): Record<string, unknown> {
  refuseUnless(
    request.headers['content-type']?.startsWith('application/json') === true,
    'a JSON content type',
  );
  const value: unknown = JSON.parse(request.body);
  refuseUnless(typeof value === 'object' && value !== null && !Array.isArray(value), 'an object');
  const found = Object.keys(value).sort().join(' ');
  refuseUnless(
    found === [...names].sort().join(' '),
    `the fields ${names.join(' ')}, not ${found}`,
  );
  return { ...value };
}

/** The body as form whose fields are exactly these, none of them twice. */
export function formFields(request: SimRequest, names: readonly string[]): Record<string, string> {
  refuseUnless(
    request.headers['content-type'] === 'application/x-www-form-urlencoded' ||
      request.headers['content-type'] === 'application/x-www-form-urlencoded;charset=UTF-8',
    'a form content type',
  );
  const form = [...new URLSearchParams(request.body)];
  const found = form
    .map(([name]) => name)
    .sort()
    .join(' ');
  refuseUnless(
    found === [...names].sort().join(' '),
    `the fields ${names.join(' ')}, not ${found}`,
  );
  return Object.fromEntries(form);
}

/** The token behind `Authorization: Bearer`. */
export function bearer(request: SimRequest): string {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  refuseUnless(token !== undefined, 'Authorization: Bearer');
  return token;
}
