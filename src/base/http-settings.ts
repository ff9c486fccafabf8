import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { Env } from './deps.ts';
import { describeErrno, errnoOf, GormesError } from './errors.ts';
import { LIMITS } from './limits.ts';

export interface HttpOptions {
  /** Proxy variables and NODE_EXTRA_CA_CERTS are read from here. */
  readonly env: Env;
  /** `gormes/<version>`; a request's own `user-agent` header wins. */
  readonly userAgent: string;
  /** File of PEM certificates that are trusted besides the usual ones. */
  readonly caBundle?: string;
  /** True accepts any certificate. */
  readonly insecure?: boolean;
}

/** Proxies cannot reach this machine's own loopback. */
const LOOPBACK = 'localhost,127.0.0.1,[::1]';

/**
 * Proxy settings for undici. Lower case wins, as everywhere; empty strings keep undici from looking
 * into `process.env`.
 *
 * @throws GormesError `proxy_invalid`
 */
export function proxySettings(env: Env) {
  const noProxy = (env.no_proxy ?? env.NO_PROXY ?? '').trim();
  return {
    httpProxy: proxyUrl(env, 'http_proxy'),
    httpsProxy: proxyUrl(env, 'https_proxy'),
    noProxy: noProxy === '*' ? '*' : `${noProxy},${LOOPBACK}`,
  };
}

/** A proxy variable; `host:port` without a scheme is common and means http. */
function proxyUrl(env: Env, name: string): string {
  const upper = name.toUpperCase();
  const given = (env[name] ?? env[upper] ?? '').trim();
  if (given === '') return '';
  const url = given.includes('://') ? given : `http://${given}`;
  // Not shown in the message: it may hold a password.
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new GormesError('proxy_invalid', `${upper} is not the URL of an HTTP proxy`, {
      hint: `export ${upper}=http://host:port`,
    });
  }
  return url;
}

/**
 * TLS settings. `ca` replaces Node's own list, so that list and NODE_EXTRA_CA_CERTS are named again
 * beside it.
 *
 * @throws GormesError `ca_bundle_unreadable`
 */
export async function tlsSettings(options: HttpOptions) {
  const base = {
    timeout: LIMITS.httpConnectMs,
    ...(options.insecure ? { rejectUnauthorized: false } : {}),
  };
  if (options.caBundle === undefined) return base;
  const extra = options.env.NODE_EXTRA_CA_CERTS;
  const own = await readCertificates(options.caBundle);
  return { ...base, ca: [...rootCertificates, ...(extra ? [await readExtra(extra)] : []), own] };
}

async function readCertificates(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw caBundleUnreadable(file, describeErrno(errnoOf(error)));
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw caBundleUnreadable(file, 'it holds no PEM certificate');
  }
  return text;
}

/** Node only warns when the file is away, and so does this. */
async function readExtra(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

function caBundleUnreadable(file: string, why: string): GormesError {
  return new GormesError('ca_bundle_unreadable', `cannot use the CA bundle ${file}: ${why}`);
}
