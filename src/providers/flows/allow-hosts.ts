import { httpsUrl } from './device-reply.ts';

/**
 * A URL that a server or a stored state names, when it is https and its host is on the list;
 * undefined otherwise. A secret goes to no other host (reliability.md T13).
 *
 * @param hosts names, in lower case; `*.x.ai` allows one or more labels in place of the star
 */
export function allowedUrl(value: unknown, hosts: readonly string[]): string | undefined {
  const url = httpsUrl(value);
  if (url === undefined) return undefined;
  const { hostname, port } = new URL(url);
  const allowed = hosts.some((host) =>
    host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host,
  );
  return allowed && port === '' ? url : undefined;
}
