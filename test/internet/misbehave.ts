import { gzipSync } from 'node:zlib';
import type { SimReply } from './simulator.ts';

/** Accepts the request and never says a word. */
export const silence: SimReply = { raw: () => undefined };

/** Cuts the connection when the request is there. */
export const reset: SimReply = { raw: (response) => response.socket?.destroy() };

/** Sends the headers, then one byte of the body every 20 ms, without an end. */
export const drip: SimReply = {
  raw: (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  },
};

/** Sends one byte a second of headers that never end. */
export const dripHeaders: SimReply = {
  raw: (response) => {
    const { socket } = response;
    socket?.write('HTTP/1.1 200 OK\r\nx-slow: ');
    const timer = setInterval(() => socket?.write('x'), 1000);
    response.on('close', () => clearInterval(timer));
  },
};

/** Sends the whole body, and never says that it is one. */
export function unended(body: string): SimReply {
  return {
    raw: (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(body);
    },
  };
}

/** Promises more than it sends. */
export function truncated(body: string): SimReply {
  return {
    raw: (response) => {
      response.writeHead(200, { 'content-length': String(Buffer.byteLength(body) + 100) });
      response.write(body, () => response.socket?.end());
    },
  };
}

/** 200 with a body that is no JSON. */
export const wrongJson: SimReply = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '<html>Login to the café network</html>',
};

/** Bytes without an end in sight, as fast as they go. */
export const endless: SimReply = {
  raw: (response) => {
    const block = Buffer.alloc(64 * 1024, 0x20);
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = () => {
      while (response.write(block));
    };
    response.on('drain', more);
    more();
  },
};

/** A small gzip body that unpacks to so many MiB: one member for each, as RFC 1952 §2.2 allows. */
export function gzipBomb(mebibytes: number): SimReply {
  const member = gzipSync(Buffer.alloc(1024 * 1024));
  const body = Buffer.concat(Array.from({ length: mebibytes }, () => member));
  return { headers: { 'content-encoding': 'gzip' }, body };
}

/** More bytes of headers than a client has to take. */
export function bigHeaders(bytes: number): SimReply {
  return { headers: { 'x-big': 'x'.repeat(bytes) }, body: '{}' };
}

export function redirect(status: number, location: string): SimReply {
  return { status, headers: { location }, body: '' };
}
