import { isJsonObject, type Json } from '../base/json.ts';
import { readClaims } from '../base/jwt.ts';
import type { Secret } from '../base/secret.ts';
import { checkFor } from './base-url.ts';
import type { KeyCheck, ProviderRow, RequestForm, SendKey } from './provider.ts';

/**
 * Headers of a model request with this credential: what carries it, and what it is refused without.
 * They hold the secret.
 *
 * @param row undefined for a custom provider, which takes Bearer or, by its mode, Anthropic's header
 */
export function requestHeaders(
  row: ProviderRow | undefined,
  secret: Secret,
  kind: { readonly isOauth: boolean; readonly apiMode?: string | undefined },
): Record<string, string> {
  if (row === undefined) return headersOf(customForm(kind.apiMode), secret);
  const check = checkFor(row, secret);
  const own = row.keyBaseUrls?.find((rule) => secret.startsWith(rule.prefix))?.request;
  const form = own ?? row.request;
  if (form !== undefined) return headersOf(form, secret);
  if (check === undefined) return headersOf({ send: 'bearer' }, secret);
  return checkHeaders(check, secret, kind.isOauth);
}

/** How a custom endpoint is asked (providers.json, `custom:*`). */
export function customForm(apiMode: string | undefined): RequestForm {
  return apiMode === 'anthropic_messages'
    ? { send: 'x-api-key', headers: { 'anthropic-version': '2023-06-01' } }
    : { send: 'bearer' };
}

/** Headers of the check of a credential. */
export function checkHeaders(
  check: KeyCheck,
  secret: Secret,
  isOauth: boolean,
): Record<string, string> {
  const form = isOauth && check.oauth !== undefined ? check.oauth : check;
  return { ...headersOf(form, secret), ...claimHeader(check, secret) };
}

function headersOf(form: RequestForm, secret: Secret): Record<string, string> {
  return { ...SENDERS[form.send](secret.reveal()), ...form.headers };
}

const SENDERS: Readonly<Record<SendKey, (key: string) => Record<string, string>>> = {
  bearer: (key) => ({ authorization: `Bearer ${key}` }),
  'x-api-key': (key) => ({ 'x-api-key': key }),
  'x-goog-api-key': (key) => ({ 'x-goog-api-key': key }),
  'github-token': (key) => ({ authorization: `token ${key}` }),
  'api-key-and-bearer': (key) => ({ 'api-key': key, authorization: `Bearer ${key}` }),
};

function claimHeader(check: KeyCheck, secret: Secret): Record<string, string> {
  if (check.claimHeader === undefined) return {};
  let value: Json | undefined = readClaims(secret);
  for (const key of check.claimHeader.claim) value = isJsonObject(value) ? value[key] : undefined;
  return typeof value === 'string' ? { [check.claimHeader.name]: value } : {};
}
