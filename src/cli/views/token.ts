import type { Credential } from '../../apply/find-credential.ts';
import { childVariables } from '../../providers/child-variables.ts';
import { requestHeaders } from '../../providers/request-headers.ts';

/** Headers of a request, one a line. Holds the secret. */
export function viewHeaders(credential: Credential): string {
  return Object.entries(headersOf(credential))
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

/** Variables as a shell, systemd and `.env` readers take them. Holds the secret. */
export function viewEnv(credential: Credential): string {
  const names = childVariables(credential.provider, credential.custom, credential.isOauth);
  const lines = [`${names.secret}=${quoted(credential.token.reveal())}\n`];
  if (credential.baseUrl !== undefined)
    lines.push(`${names.baseUrl}=${quoted(credential.baseUrl)}\n`);
  return lines.join('');
}

/** JSON of `auth token`. Holds the secret. */
export function tokenToJson(credential: Credential): object {
  const { provider, entry, token, expiresAt, baseUrl } = credential;
  return {
    provider: provider.id,
    id: entry?.id ?? null,
    label: entry?.label ?? null,
    type: credential.isOauth ? 'oauth' : 'api_key',
    token: token.reveal(),
    expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    base_url: baseUrl ?? null,
    headers: headersOf(credential),
  };
}

function headersOf({ provider, custom, token, isOauth }: Credential): Record<string, string> {
  return requestHeaders(provider.row, token, { isOauth, apiMode: custom?.apiMode });
}

/** As it stands where a shell takes it so, else in single quotes. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_.,:/@%+=~^-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
