import type { Secret } from '../base/secret.ts';
import type { KeyCheck, ProviderRow } from './provider.ts';

export interface BaseUrlInput {
  /** The key or access token; decides where a prefix does (Kimi). */
  readonly secret: Secret | undefined;
  /** Value of a variable, `.env` before the environment. */
  readonly env: (name: string) => string | undefined;
  /**
   * True for entries that Hermes seeds: there a base URL variable wins. A manual entry ignores it
   * (cli-surface §2.4), so that the entry means the same on every machine.
   */
  readonly useEnv: boolean;
}

/**
 * Where a credential of a provider is used, when nothing else names an endpoint: the base URL
 * variable (without its last `/`), the rule for the key's prefix, or the row's default, which is
 * empty where the endpoint is always the user's own.
 *
 * Hermes applies the prefix rule to seeded entries only, which leaves a manual Kimi key at a host
 * that refuses it (oauth-flows §16.7); here it holds for both.
 */
export function baseUrlFor(row: ProviderRow, input: BaseUrlInput): string {
  const fromEnv = input.useEnv ? baseUrlFromEnv(row, input.env) : undefined;
  return fromEnv ?? ruleFor(row, input.secret)?.baseUrl ?? row.baseUrl;
}

/** The check for a key: that of its prefix, or the row's. */
export function checkFor(row: ProviderRow, secret: Secret): KeyCheck | undefined {
  return ruleFor(row, secret)?.check ?? row.check;
}

/** Origins to which a credential of the row may go; `*` stands for one or more host labels. */
export function authorisedOrigins(row: ProviderRow): string[] {
  const urls = [
    row.baseUrl,
    ...(row.keyBaseUrls ?? []).map((rule) => rule.baseUrl),
    ...(row.endpoints ?? []).map((endpoint) => endpoint.baseUrl),
    row.check?.url ?? '',
    row.check?.fallbackUrl ?? '',
  ];
  const own = urls.flatMap((url) => originOf(url) ?? []);
  return [...new Set([...own, ...(row.origins ?? [])])];
}

/** True when a base URL lies within `authorisedOrigins(row)`; false also for what is no URL. */
export function isAuthorisedOrigin(row: ProviderRow, baseUrl: string): boolean {
  const origin = originOf(baseUrl);
  if (origin === undefined) return false;
  return authorisedOrigins(row).some((allowed) => {
    const [start = '', end] = allowed.split('*');
    if (end === undefined) return origin === allowed;
    const middle = origin.slice(start.length, origin.length - end.length);
    return origin.startsWith(start) && origin.endsWith(end) && /^[a-z0-9.-]+$/.test(middle);
  });
}

/** Scheme, host and port of an http(s) URL; undefined for anything else, `{base}/…` included. */
function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return parsed.protocol === 'https:' || parsed.protocol === 'http:' ? parsed.origin : undefined;
}

function ruleFor(row: ProviderRow, secret: Secret | undefined) {
  return secret && row.keyBaseUrls?.find((rule) => secret.startsWith(rule.prefix));
}

function baseUrlFromEnv(row: ProviderRow, env: BaseUrlInput['env']): string | undefined {
  for (const name of [row.baseUrlEnvFirst, row.baseUrlEnv]) {
    const value = name === undefined ? '' : (env(name) ?? '').trim().replace(/\/+$/, '');
    if (value === '') continue;
    if (row.pinsOrigin && !isAuthorisedOrigin(row, value)) continue;
    return value;
  }
  return undefined;
}
