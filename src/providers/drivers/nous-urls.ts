import { GormesError } from '../../base/errors.ts';
import { allowedUrl } from '../flows/allow-hosts.ts';
import type { LoginContext, RefreshContext } from '../oauth.ts';

// Where a login of Nous may go (oauth-flows §4, "URL safety").
const PORTAL = 'https://portal.nousresearch.com';
const INFERENCE = 'https://inference-api.nousresearch.com/v1';
const PORTAL_HOST = 'portal.nousresearch.com';
const INFERENCE_HOST = 'inference-api.nousresearch.com';
/** Stored by early versions; the portal moved. */
const OLD_PORTAL_HOST = 'api.nousresearch.com';

/**
 * The portal of a login: what the person asked for, else a variable, else the default.
 *
 * @throws `url_not_allowed` for anything but https, loopback aside
 */
export function portalOfLogin({ options, env }: Pick<LoginContext, 'options' | 'env'>): string {
  const given = options.portalUrl ?? portalFromEnv(env);
  return given === undefined ? PORTAL : checked(given, '--portal-url');
}

/**
 * The portal that a stored grant belongs to; undefined when the refresh token must not go there: a
 * host that is neither Nous' own nor this machine, and that no variable names.
 */
export function portalOfGrant(
  stored: string | undefined,
  env: RefreshContext['env'],
): string | undefined {
  const fromEnv = portalFromEnv(env);
  if (fromEnv !== undefined && plainUrl(fromEnv) !== undefined) return plainUrl(fromEnv);
  if (stored === undefined) return PORTAL;
  const url = plainUrl(stored);
  if (url === undefined) return undefined;
  const { hostname } = new URL(url);
  if (hostname === OLD_PORTAL_HOST) return PORTAL;
  return hostname === PORTAL_HOST || isLoopback(hostname) ? url : undefined;
}

/**
 * Where the token is used: what the server names, where that is Nous' own; else what the person
 * asked for; else the default. A variable wins at run time and is never stored.
 *
 * @param named what the server or the stored state says
 */
export function inferenceUrl(named: unknown, options: LoginContext['options']): string {
  const allowed = allowedUrl(named, [INFERENCE_HOST]);
  if (allowed !== undefined) return trimmed(allowed);
  return options.inferenceUrl === undefined
    ? INFERENCE
    : checked(options.inferenceUrl, '--inference-url');
}

/** True when a server names another host than Nous' own for inference: it is not used. */
export function namesForeignHost(named: unknown): boolean {
  return named !== undefined && named !== null && allowedUrl(named, [INFERENCE_HOST]) === undefined;
}

function portalFromEnv(env: LoginContext['env']): string | undefined {
  for (const name of ['HERMES_PORTAL_BASE_URL', 'NOUS_PORTAL_BASE_URL']) {
    const value = env(name)?.trim();
    if (value) return value;
  }
  return undefined;
}

function checked(given: string, option: string): string {
  const url = plainUrl(given);
  if (url !== undefined) return url;
  throw new GormesError('url_not_allowed', `${option} must be an https URL`, {
    hint: `plain http is for this machine only: ${option} http://127.0.0.1:PORT`,
  });
}

/** https, or http on the loopback; without credentials in it and without its last `/`. */
function plainUrl(given: string): string | undefined {
  if (!URL.canParse(given)) return undefined;
  const url = new URL(given);
  if (url.username !== '' || url.password !== '') return undefined;
  const secure =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  return secure ? trimmed(url.href) : undefined;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1';
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}
