import { errnoOf, GormesError } from './errors.ts';
import { LIMITS } from './limits.ts';

/** What went wrong, as far as a person can act on it. */
export type NetworkCause =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'tls'
  | 'proxy'
  | 'reset'
  | 'oversize'
  | 'malformed'
  | 'unsendable'
  | 'timeout';

/**
 * A request that got no usable answer: `network_timeout` for the cause `timeout`, `network_failed`
 * for the others. Holds the host and the cause, and nothing of the request, the answer or the
 * error below, because those may hold a secret.
 */
export class NetworkError extends GormesError {
  readonly host: string;
  readonly why: NetworkCause;
  /**
   * False only when nothing of the request can have left this machine. What must not be sent twice
   * (a single-use refresh token) may be sent again only then (reliability.md §4c).
   */
  readonly maybeSent: boolean;

  constructor(host: string, why: NetworkCause, maybeSent: boolean, detail: string, hint?: string) {
    const code = why === 'timeout' ? 'network_timeout' : 'network_failed';
    super(code, `no answer from ${host}: ${detail}`, hint === undefined ? {} : { hint });
    this.name = 'NetworkError';
    this.host = host;
    this.why = why;
    this.maybeSent = maybeSent;
  }
}

const PROXY_HINT = 'see HTTPS_PROXY and NO_PROXY';

/** How far a request had come when it failed. */
export interface Progress {
  readonly host: string;
  /** The request was being written. */
  readonly sent: boolean;
  /** A proxy was asked for the way to the host. */
  readonly viaProxy: boolean;
}

export function timedOut(at: Progress, timeoutMs: number): NetworkError {
  const seconds = Math.round(timeoutMs / 100) / 10;
  // The host or the proxy may be the silent one: no one can tell before the request is through.
  const hint = at.viaProxy && !at.sent ? PROXY_HINT : undefined;
  return new NetworkError(at.host, 'timeout', at.sent, `nothing within ${seconds} s`, hint);
}

export function answerTooLarge(at: Progress): NetworkError {
  const limit = `${LIMITS.httpBodyBytes / (1024 * 1024)} MiB`;
  return new NetworkError(at.host, 'oversize', at.sent, `it is larger than ${limit}`);
}

export function answerMalformed(at: Progress): NetworkError {
  return new NetworkError(at.host, 'malformed', at.sent, 'it is not valid HTTP');
}

/** What an error of undici, TLS or the system means. Looks at its code and kind only. */
export function networkFailure(error: unknown, at: Progress): NetworkError {
  const code = errnoOf(error) ?? '';
  if (TLS_CODE.test(code)) return tlsFailed(at, code);
  const why = CAUSES[code] ?? (isParserError(error) ? 'malformed' : 'reset');
  if (at.viaProxy && !at.sent && why !== 'unsendable' && why !== 'timeout') {
    const detail = `the proxy did not let the request through (${code || 'unknown reason'})`;
    return new NetworkError(at.host, 'proxy', false, detail, PROXY_HINT);
  }
  switch (why) {
    case 'dns':
      return new NetworkError(at.host, why, at.sent, `its name does not resolve (${code})`);
    case 'refused':
      return new NetworkError(at.host, why, at.sent, 'it refused the connection');
    case 'unreachable':
      return new NetworkError(at.host, why, at.sent, `no way leads there (${code})`);
    case 'timeout':
      return timedOut(at, LIMITS.httpConnectMs);
    case 'malformed':
      return answerMalformed(at);
    case 'unsendable':
      return new NetworkError(
        at.host,
        why,
        false,
        'the request holds a character that HTTP does not allow',
        'look for a line break or a space in the credential',
      );
    case 'reset':
      return new NetworkError(at.host, why, at.sent, 'the connection broke off');
    default:
      return why satisfies never;
  }
}

/** undici's parser gives no code to some of its errors (7.30). */
function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === 'HTTPParserError';
}

/** Node's names for what is wrong with a certificate, OpenSSL's errors, and a handshake that breaks. */
const TLS_CODE =
  /^(CERT_|CRL_|ERR_SSL_|ERR_TLS_|EPROTO$|UND_ERR_PRX_TLS$|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|UNABLE_TO_|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$)/;

const CAUSES: Readonly<
  Record<
    string,
    'dns' | 'refused' | 'unreachable' | 'timeout' | 'malformed' | 'unsendable' | 'reset'
  >
> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'malformed',
  UND_ERR_INVALID_ARG: 'unsendable',
  ERR_INVALID_CHAR: 'unsendable',
};

function tlsFailed(at: Progress, code: string): NetworkError {
  return new NetworkError(
    at.host,
    'tls',
    at.sent,
    `its TLS certificate or protocol is not trusted (${code})`,
    'if a proxy of your company answers, --ca-bundle FILE or NODE_EXTRA_CA_CERTS names its certificate',
  );
}
