import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type TlsOptions } from 'node:tls';
import type { Authority } from './ca.ts';
import type { HostSimulator, SimReply, SimRequest } from './simulator.ts';

/** More than any request of the program; a simulator need not be robust. */
const REQUEST_LIMIT = 4 * 1024 * 1024;

const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';

/** OpenSSL forbids it unless told otherwise. */
const OLD_TLS: TlsOptions = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1',
  ciphers: 'DEFAULT@SECLEVEL=0',
};

export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** Every request that reached a simulator, in order. */
  readonly requests: SimRequest[];
  /** Hosts to which a tunnel was asked for, in order. */
  readonly connects: string[];
  /** What must not have happened. */
  readonly problems: string[];
}

/**
 * An HTTP CONNECT proxy on the loopback that ends TLS itself, with a certificate for the name that
 * was asked for, and gives each request to the simulator of that host.
 */
export async function startProxy(
  hosts: ReadonlyMap<string, HostSimulator>,
  authority: Authority,
): Promise<Proxy> {
  const requests: SimRequest[] = [];
  const connects: string[] = [];
  const problems: string[] = [];
  const sockets = new Set<Socket>();

  const contexts = new Map(
    await Promise.all(
      [...hosts].map(async ([host, { certificate }]) => {
        return [host, createSecureContext(await authority.issue(host, certificate))] as const;
      }),
    ),
  );

  const startInside = (versions: TlsOptions) => {
    const inside = createTlsServer({
      ...versions,
      SNICallback: (name, done) => done(null, contexts.get(name)),
    });
    inside.on('tlsClientError', () => undefined); // a client that does not trust us says so itself
    inside.on('request', (message: IncomingMessage, response: ServerResponse) => {
      answer(message, response, hosts, requests).catch((error: unknown) => {
        problems.push(`${message.method} ${message.headers.host}${message.url}: ${textOf(error)}`);
        if (!response.headersSent) response.writeHead(500);
        response.end('the simulator refused');
      });
    });
    return inside;
  };
  const inside = startInside({});
  const insideOld = startInside(OLD_TLS);

  const server = createServer((message, response) => {
    problems.push(`without TLS: ${message.method} ${message.url}`);
    response.writeHead(502).end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // resets are the business of tests
  });
  server.on('connect', (message: IncomingMessage, socket: Socket, head: Buffer) => {
    const [name = '', port = ''] = (message.url ?? '').split(':');
    connects.push(name);
    const host = hosts.get(name);
    if (!host || port !== '443') {
      problems.push(`nobody serves ${message.url}`);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    } else if (host.tunnel === 'reset') {
      socket.resetAndDestroy();
    } else if (host.tunnel === 'silence') {
      socket.write(ESTABLISHED);
    } else if (host.tunnel !== undefined) {
      socket.end(`HTTP/1.1 ${host.tunnel} No\r\nContent-Length: 0\r\n\r\n`);
    } else {
      socket.write(ESTABLISHED);
      if (head.length > 0) socket.unshift(head);
      (host.oldTls ? insideOld : inside).emit('connection', socket);
    }
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    connects,
    problems,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  hosts: ReadonlyMap<string, HostSimulator>,
  requests: SimRequest[],
): Promise<void> {
  const request = await read(message);
  requests.push(request);
  const named = message.socket instanceof TLSSocket ? serverName(message.socket) : undefined;
  if (named !== request.host)
    throw new Error(`Host is ${request.host}, the certificate's ${named}`);
  const host = hosts.get(request.host);
  if (!host) throw new Error('nobody serves it');
  send(response, await host.handle(request));
}

/** The name that the client asked for in its TLS greeting. */
function serverName(socket: TLSSocket): string | undefined {
  const name: unknown = 'servername' in socket ? socket.servername : undefined;
  return typeof name === 'string' ? name : undefined;
}

async function read(message: IncomingMessage): Promise<SimRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size > REQUEST_LIMIT) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  const url = new URL(message.url ?? '/', 'https://host');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    host: message.headers.host ?? '',
    method: message.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function send(response: ServerResponse, reply: SimReply): void {
  if (reply.raw) {
    reply.raw(response);
    return;
  }
  const body = reply.body ?? '';
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
  response.writeHead(reply.status ?? 200, {
    'content-type': isJson ? 'application/json' : 'text/plain',
    ...reply.headers,
  });
  response.end(isJson ? JSON.stringify(body) : body);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
