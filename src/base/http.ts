/**
 * HTTP for every request of gormes. Rules (reliability.md M10, M11, E1–E4):
 * - a redirect is an answer, never followed: a 307 would carry the body, a refresh token, elsewhere;
 * - one deadline for the whole exchange, the body included; the body is bounded before and after
 *   decompression;
 * - a dispatcher of its own for each request: one that fails cannot fail another, nothing stays open
 *   when it is over, and an abort ends it in every phase, the connecting one included.
 */
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import type { Http, HttpReply, HttpRequest } from './deps.ts';
import { errnoOf, GormesError } from './errors.ts';
import { type HttpOptions, proxySettings, tlsSettings } from './http-settings.ts';
import { LIMITS } from './limits.ts';
import { answerMalformed, answerTooLarge, networkFailure, timedOut } from './network-error.ts';

/** All headers of an answer together (reliability.md §4b). */
const HEADER_BYTES = 16 * 1024;

/**
 * The HTTP client. undici is loaded by the first request. Redirects come back as they are.
 *
 * @throws NetworkError (`network_failed`, `network_timeout`), GormesError `url_invalid`,
 *   `proxy_invalid`, `ca_bundle_unreadable`, or what the request's signal was aborted with
 */
export function createHttp(options: HttpOptions): Http {
  return async (request) => {
    request.signal?.throwIfAborted();
    const url = parseUrl(request.url);
    const proxies = proxySettings(options.env);
    const tls = await tlsSettings(options);
    const undici = await import('undici');
    request.signal?.throwIfAborted(); // an abort that came meanwhile fires no event any more

    const sockets = new Set<Socket>();
    const progress = { host: url.host, sent: false, viaProxy: false };
    const track =
      (connect: Connect, onConnect?: () => void): Connect =>
      (settings, callback) => {
        onConnect?.();
        // The connector returns its socket, which its type does not say.
        const socket: unknown = connect(settings, callback);
        if (isSocket(socket)) sockets.add(socket);
      };
    const agent = new undici.EnvHttpProxyAgent({
      ...proxies,
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: 0, // the deadline below is the only clock
      bodyTimeout: 0,
      connect: track(undici.buildConnector(tls)),
      requestTls: tls,
      proxyTls: { timeout: LIMITS.httpConnectMs },
      clientFactory: (origin, settings: { connect?: Connect }) =>
        new undici.Client(origin, {
          connect: track(settings.connect ?? undici.buildConnector(tls), () => {
            progress.viaProxy = true;
          }),
        }),
    });
    try {
      return await exchange(agent, url, request, options.userAgent, progress);
    } finally {
      await agent.destroy().catch(() => undefined);
      for (const socket of sockets) socket.destroy();
    }
  };
}

/** The URL is not shown when it is wrong: it may hold a name and a password. */
function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new GormesError('url_invalid', 'a request was asked for that has no http or https URL', {
    hint: 'look at the base URLs of .env, config.yaml and the declaration',
  });
}

type Connect = ReturnType<typeof import('undici').buildConnector>;

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'destroy' in value;
}

function exchange(
  agent: Dispatcher,
  url: URL,
  request: HttpRequest,
  userAgent: string,
  progress: { readonly host: string; sent: boolean; readonly viaProxy: boolean },
): Promise<HttpReply> {
  const timeoutMs = request.timeoutMs ?? LIMITS.httpTotalMs;
  const headers: Record<string, string> = { 'user-agent': userAgent, 'accept-encoding': 'gzip' };
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    headers[name.toLowerCase()] = value;
  }

  return new Promise((resolve, reject) => {
    const stopped = () => fail(request.signal?.reason);
    const timer = setTimeout(() => fail(timedOut(progress, timeoutMs)), timeoutMs);
    const end = () => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', stopped);
    };
    const fail = (error: unknown) => {
      end();
      reject(error);
    };
    request.signal?.addEventListener('abort', stopped, { once: true });

    let status = 0;
    let replyHeaders: HttpReply['headers'] = {};
    const chunks: Buffer[] = [];
    let size = 0;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => {
        progress.sent = true;
      },
      onResponseStart: (_controller, statusCode, received) => {
        status = statusCode;
        replyHeaders = flatten(received);
      },
      onResponseData: (controller, chunk) => {
        size += chunk.length;
        if (size <= LIMITS.httpBodyBytes) {
          chunks.push(chunk);
          return;
        }
        fail(answerTooLarge(progress));
        controller.abort(new Error('too large'));
      },
      onResponseEnd: () => {
        decode(Buffer.concat(chunks), replyHeaders['content-encoding'], progress).then((body) => {
          end();
          resolve({ status, headers: replyHeaders, body });
        }, fail);
      },
      onResponseError: (_controller, error) => fail(networkFailure(error, progress)),
    };
    try {
      agent.dispatch(
        {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: request.method,
          headers,
          body: request.body ?? null,
        },
        handler,
      );
    } catch (error) {
      fail(networkFailure(error, progress));
    }
  });
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const flat: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** The text of a body; servers compress without being asked, and some of them to burst a client. */
async function decode(
  body: Buffer,
  encoding: string | undefined,
  progress: Parameters<typeof answerTooLarge>[0],
): Promise<string> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (body.length === 0 || name === '' || name === 'identity') return body.toString('utf8');
  const { promisify } = await import('node:util');
  const zlib = await import('node:zlib');
  const unpack = {
    gzip: zlib.gunzip,
    'x-gzip': zlib.gunzip,
    deflate: zlib.inflate,
    br: zlib.brotliDecompress,
  }[name];
  if (!unpack) throw answerMalformed(progress);
  try {
    const text: Buffer = await promisify<Buffer, { maxOutputLength: number }, Buffer>(unpack)(
      body,
      { maxOutputLength: LIMITS.httpBodyBytes },
    );
    return text.toString('utf8');
  } catch (error) {
    if (errnoOf(error) === 'ERR_BUFFER_TOO_LARGE') throw answerTooLarge(progress);
    throw answerMalformed(progress);
  }
}
