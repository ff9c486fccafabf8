import type { Http, HttpRequest } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';

/** `fetch` as the MCP SDK calls it. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** Statuses whose `Response` may have no body. */
const BODYLESS = [101, 204, 205, 304];

/**
 * `fetch` over our own HTTP, so that proxy, certificates, limits and Ctrl-C hold for the SDK too. A
 * redirect is followed nowhere: to a question it is "not here", to anything else an error.
 */
export function fetchOver(http: Http, defaults: Pick<HttpRequest, 'signal' | 'timeoutMs'>): Fetch {
  return async (url, init = {}) => {
    const method = methodOf(init.method);
    const headers = Object.fromEntries(new Headers(init.headers));
    // A stream that only the server writes to: nothing of a login needs it.
    if (method === 'GET' && headers.accept === 'text/event-stream') {
      return new Response(null, { status: 405 });
    }
    const signals = [defaults.signal, init.signal].filter((signal) => signal != null);
    const reply = await http({
      ...defaults,
      method,
      url: String(url),
      headers,
      ...(init.body == null ? {} : { body: String(init.body) }),
      signal: AbortSignal.any(signals),
    });
    if (reply.status >= 300 && reply.status < 400) {
      if (method === 'GET') return new Response(null, { status: 404 });
      throw redirected(String(url));
    }
    const { 'content-encoding': _done, 'content-length': _length, ...rest } = reply.headers;
    const body = BODYLESS.includes(reply.status) ? null : reply.body;
    return new Response(body, { status: reply.status, headers: rest });
  };
}

function methodOf(given = 'GET'): HttpRequest['method'] {
  if (given === 'GET' || given === 'POST' || given === 'DELETE') return given;
  throw new Error(`${given} is no method of this client`);
}

function redirected(url: string): GormesError {
  const { host } = new URL(url);
  return new GormesError(
    'mcp_redirected',
    `${host} sends the request elsewhere, which is refused`,
    {
      hint: 'put the address that it means into url: in config.yaml',
    },
  );
}
