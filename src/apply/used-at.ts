import { stringAt } from '../base/json.ts';
import type { Entry } from '../pool/entry.ts';
import { baseUrlFor, isAuthorisedOrigin } from '../providers/base-url.ts';
import type { CustomProvider, ProviderRow } from '../providers/provider.ts';

/**
 * The base URL with which a credential is used, without its last `/`; undefined where there is none
 * or it is no http(s) URL (Code Assist).
 *
 * @param env a variable, `.env` before the environment
 */
export function usedAt(
  row: ProviderRow | undefined,
  custom: CustomProvider | undefined,
  entry: Entry,
  env: (name: string) => string | undefined,
): string | undefined {
  const url =
    inferenceUrl(row, entry) ??
    entry.baseUrl ??
    custom?.baseUrl ??
    (row === undefined ? '' : baseUrlFor(row, { secret: entry.secret, env, useEnv: true }));
  return /^https?:\/\//.test(url) && URL.canParse(url) ? url.replace(/\/+$/, '') : undefined;
}

/** What the server named at the login (Nous), when it is the provider's own host. */
function inferenceUrl(row: ProviderRow | undefined, entry: Entry): string | undefined {
  const named = stringAt(entry.raw, 'inference_base_url');
  return row !== undefined && named !== undefined && isAuthorisedOrigin(row, named)
    ? named
    : undefined;
}
