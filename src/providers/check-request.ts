import type { Secret } from '../base/secret.ts';
import { checkFor, isAuthorisedOrigin } from './base-url.ts';
import type { CustomProvider, KeyCheck, ProviderRow } from './provider.ts';
import { checkHeaders, customForm } from './request-headers.ts';

/** A check that may be sent. The headers hold the secret. */
export interface CheckRequest {
  readonly check: KeyCheck;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The same without the secret, for an endpoint that may answer without a key: when it refuses
   * this, its answer to the other one counts. Undefined where the first answer is enough.
   */
  readonly bareHeaders: Readonly<Record<string, string>> | undefined;
  /** Asked after a 401: the key may belong to another region. */
  readonly fallbackUrl: string | undefined;
}

export interface CheckTarget {
  readonly row: ProviderRow | undefined;
  readonly custom: CustomProvider | undefined;
  readonly secret: Secret;
  readonly isOauth: boolean;
  /** Where the credential is used; undefined where that is no URL. */
  readonly baseUrl: string | undefined;
}

/**
 * The free request that tells whether a credential works, or why there is none. A key goes only to
 * origins of its own row or, for a custom provider, of its definition (reliability.md T13).
 */
export function checkRequest(
  target: CheckTarget,
): CheckRequest | { readonly notCheckable: string } {
  const { row, custom, secret, isOauth, baseUrl } = target;
  if (row?.checkless !== undefined) return { notCheckable: row.checkless };
  const check = row === undefined ? customCheck(custom) : checkFor(row, secret);
  if (check === undefined) return { notCheckable: 'its endpoint is defined nowhere' };
  if (baseUrl === undefined) return { notCheckable: 'its endpoint is not set' };
  const isOwn = (url: string): boolean =>
    row === undefined ? sameOrigin(url, custom?.baseUrl) : isAuthorisedOrigin(row, url);
  const url = filled(check.url, baseUrl);
  if (!isOwn(baseUrl) || !isOwn(url)) {
    const owner = row?.name ?? custom?.name ?? 'the provider';
    return { notCheckable: `its base URL ${originOf(baseUrl)} is not ${owner}'s own` };
  }
  const isDefault = baseUrl === row?.baseUrl;
  return {
    check,
    url,
    headers: checkHeaders(check, secret, isOauth),
    bareHeaders: check.provesKey || check.refusalIsInconclusive ? undefined : (check.headers ?? {}),
    fallbackUrl: isDefault ? check.fallbackUrl : undefined,
  };
}

/** The model list, which a server without keys shows to anybody (providers.json, `custom:*`). */
function customCheck(custom: CustomProvider | undefined): KeyCheck | undefined {
  if (custom === undefined) return undefined;
  return { url: '{base}/models', ...customForm(custom.apiMode), provesKey: false };
}

function filled(url: string, baseUrl: string): string {
  return url.replace('{base}', baseUrl).replace('{origin}', originOf(baseUrl));
}

function sameOrigin(url: string, other: string | undefined): boolean {
  return other !== undefined && URL.canParse(other) && originOf(url) === originOf(other);
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : '';
}
