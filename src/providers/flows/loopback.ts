/**
 * The listener for one redirect of a browser (RFC 8252 §7.3). Rules (reliability.md F1–F5, M12):
 * - it listens on 127.0.0.1 alone; the port is closed when the login is over, however it ends;
 * - a request that is not the redirect is answered and changes nothing;
 * - the first right one is held until the login knows its outcome, so that the page tells the
 *   truth; a second one is told that the code is used;
 * - a page never repeats anything of a request that was refused.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errnoOf } from '../../base/errors.ts';
import { type CallbackPage, pageHeaders, renderCallbackPage } from './callback-page.ts';
import type { CallbackAnswer, CallbackRequest, CallbackVerdict } from './callback-request.ts';

/** More connections push the oldest out: a browser opens a few, an attacker any number. */
const SOCKETS = 64;
const REQUEST_BYTES = 16 * 1024;
const REQUEST_MS = 5_000;

export interface Loopback extends AsyncDisposable {
  readonly port: number;
  /** The first right callback. Never rejects; may never come. */
  readonly answer: Promise<CallbackAnswer>;
  /** Shows the outcome in the browser that waits for it; does nothing when none does. */
  readonly finish: (page: CallbackPage) => Promise<void>;
}

/**
 * @param options.port 0 takes any free port
 * @param options.judge decides about each request; pure
 * @throws the system's error, `EADDRINUSE` when the port is taken
 */
export async function startLoopback(options: {
  readonly port: number;
  readonly provider: string;
  readonly judge: (request: CallbackRequest, port: number) => CallbackVerdict;
}): Promise<Loopback> {
  const { provider } = options;
  const server = createServer({
    maxHeaderSize: REQUEST_BYTES,
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: 1_000,
  });
  const sockets = new Set<Socket>();
  let held: ServerResponse | undefined;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (sockets.size <= SOCKETS) return;
    const first = oldest(sockets, held);
    if (first) sockets.delete(first); // it is gone only some time after `destroy`
    first?.destroy();
  });

  await listen(server, options.port);
  const port = portOf(server);
  const answer = new Promise<CallbackAnswer>((resolve) => {
    server.on('request', (message: IncomingMessage, response: ServerResponse) => {
      response.on('error', () => undefined); // a browser that leaves is no failure of the login
      const verdict = options.judge(
        {
          method: message.method ?? '',
          target: message.url ?? '',
          host: message.headers.host ?? '',
        },
        port,
      );
      if (verdict.kind === 'refused') {
        void send(response, verdict.status, { kind: 'refused', provider });
      } else if (held) {
        void send(response, 409, { kind: 'used', provider });
      } else {
        held = response;
        resolve(verdict);
      }
    });
  });

  return {
    port,
    answer,
    finish: async (page) => {
      if (held && !held.headersSent) await send(held, page.kind === 'success' ? 200 : 400, page);
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      // `close` alone waits for a browser's idle connection, which never ends (M12).
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** True when the system says that somebody else has the port, or that it is not for us. */
export function isPortTaken(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL';
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return address.port;
}

/** The connection that has been open for longest, other than the one that waits for its page. */
function oldest(sockets: ReadonlySet<Socket>, held: ServerResponse | undefined) {
  for (const socket of sockets) if (socket !== held?.socket) return socket;
  return undefined;
}

/** Resolves when the page is with the system, or the browser has gone. */
function send(response: ServerResponse, status: number, page: CallbackPage): Promise<void> {
  return new Promise((resolve) => {
    response.on('close', resolve);
    const html = renderCallbackPage(page);
    response.writeHead(status, {
      ...pageHeaders(html),
      ...(status === 405 ? { allow: 'GET' } : {}),
    });
    response.end(html, () => resolve());
  });
}
