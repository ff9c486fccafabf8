import type { NetworkCause } from '../../src/base/network-error.ts';
import {
  dripHeaders,
  endless,
  gzipBomb,
  reset,
  silence,
  truncated,
  unended,
} from '../internet/misbehave.ts';
import type { HostSimulator, SimReply } from '../internet/simulator.ts';

/** One way in which a server or the way to it fails (reliability.md E1–E3). */
export type NetworkFault = {
  readonly name: string;
  /** It ends by a deadline of the program, or by a wait that the server asks for. */
  readonly slow?: true;
} & (
  | {
      /** Nothing of a request can have left. */
      readonly kind: 'connect';
      readonly why: NetworkCause;
      /** What the host or the proxy before it does; or names do not lead there. */
      readonly host: Partial<HostSimulator> | 'dns' | 'refused';
    }
  | {
      /** The request left, and nothing usable came back. */
      readonly kind: 'lost';
      readonly why: NetworkCause;
      readonly reply: (right: string) => SimReply;
    }
  | {
      /** The server says no. */
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter: boolean;
      /** It asks to be asked again, at a time that is worth waiting for. */
      readonly mayWait: boolean;
      readonly reply: () => SimReply;
    }
  | {
      /** HTTP 200 with something else than what belongs there. */
      readonly kind: 'body';
      readonly shape: 'no JSON' | 'wrong JSON';
      /** @param field the field of the right answer that matters most */
      readonly reply: (right: string, field: string) => SimReply;
    }
);

/** Every answer that is no right one says this, and nothing may show it. */
export const SERVER_TEXT = 'café-network-login';

const json = (body: string): SimReply => ({
  headers: { 'content-type': 'application/json' },
  body,
});

/** The right answer with another value in one field. */
function changed(right: string, field: string, value: unknown): SimReply {
  return json(JSON.stringify({ ...JSON.parse(right), [field]: value }));
}

function status(
  code: number,
  retryAfter: string | (() => string) | undefined,
  mayWait: boolean,
  slow?: true,
): NetworkFault {
  const asked = typeof retryAfter === 'function' ? 'a date' : retryAfter;
  return {
    name: asked === undefined ? `${code}` : `${code} with Retry-After: ${asked}`,
    kind: 'status',
    status: code,
    retryAfter: asked !== undefined,
    mayWait,
    ...(slow ? { slow } : {}),
    reply: () => {
      const value = typeof retryAfter === 'function' ? retryAfter() : retryAfter;
      return {
        status: code,
        ...(value === undefined ? {} : { headers: { 'retry-after': value } }),
        body: `<html>${SERVER_TEXT}</html>`,
      };
    },
  };
}

const connect = (
  name: string,
  why: NetworkCause,
  host: Partial<HostSimulator> | 'dns' | 'refused',
): NetworkFault => ({ name, kind: 'connect', why, host });

const lost = (
  name: string,
  why: NetworkCause,
  reply: (right: string) => SimReply,
): NetworkFault => ({
  name,
  kind: 'lost',
  why,
  reply,
  ...(why === 'timeout' ? { slow: true } : {}),
});

const body = (
  name: string,
  shape: 'no JSON' | 'wrong JSON',
  reply: (right: string, field: string) => SimReply,
): NetworkFault => ({ name, kind: 'body', shape, reply });

export const FAULTS: readonly NetworkFault[] = [
  connect('a name that does not resolve', 'dns', 'dns'),
  connect('a refused connection', 'refused', 'refused'),
  connect('a certificate of another host', 'tls', { certificate: 'wrong-host' }),
  connect('an expired certificate', 'tls', { certificate: 'expired' }),
  connect('a certificate that nobody signed', 'tls', { certificate: 'self-signed' }),
  connect('TLS 1.0', 'tls', { oldTls: true }),
  connect('a proxy that answers 407', 'proxy', { tunnel: 407 }),
  connect('a proxy that answers 502', 'proxy', { tunnel: 502 }),
  connect('a proxy that hangs up', 'proxy', { tunnel: 'reset' }),
  { ...connect('silence in place of TLS', 'timeout', { tunnel: 'silence' }), slow: true },

  lost('a reset after the request', 'reset', () => reset),
  lost('silence after the request', 'timeout', () => silence),
  lost('a header that drips', 'timeout', () => dripHeaders),
  lost('a body that drips', 'timeout', (right) => ({
    raw: (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const left = [...right];
      const timer = setInterval(() => response.write(left.shift() ?? ' '), 1000);
      response.on('close', () => clearInterval(timer));
    },
  })),
  lost('a body without an end', 'timeout', unended),
  lost('bytes as fast as they go', 'oversize', () => endless),
  lost('10 MB', 'oversize', (right) => json(right + ' '.repeat(10_000_000))),
  lost('a gzip bomb', 'oversize', () => gzipBomb(200)),
  lost('half a body', 'reset', (right) => truncated(right.slice(0, right.length / 2))),

  status(500, undefined, false),
  status(502, '0', false),
  status(503, undefined, false),
  status(503, '0', true),
  status(503, '1000000000', false),
  status(429, undefined, false),
  status(429, '0', true),
  status(429, '5', true, true),
  status(429, '1000000000', false),
  status(429, '9'.repeat(30), false),
  // To the second, and so over when it is there.
  status(429, () => new Date().toUTCString(), true),
  status(429, 'soon; please', false),

  body('JSON that breaks off', 'no JSON', (right) => json(right.slice(0, right.length / 2))),
  body('a page', 'no JSON', () => ({
    headers: { 'content-type': 'text/html' },
    body: `<!doctype html><title>${SERVER_TEXT}</title>`,
  })),
  body('a list', 'wrong JSON', (right) => json(`[${right}]`)),
  body('values of wrong types', 'wrong JSON', (right, field) => changed(right, field, 42)),
  body('one key twice', 'wrong JSON', (right, field) =>
    json(right.replace(/\}\s*$/, `, ${JSON.stringify(field)}: "second-of-two"}`)),
  ),
  body('a line break in a value', 'wrong JSON', (right, field) =>
    changed(right, field, `${SERVER_TEXT}\r\nx-evil: 1`),
  ),
  body('a value of 1 MB', 'wrong JSON', (right, field) =>
    changed(right, field, 'x'.repeat(1_000_000)),
  ),
];
