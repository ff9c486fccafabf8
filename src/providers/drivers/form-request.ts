import type { HttpRequest } from '../../base/deps.ts';

/** A form as token endpoints take it (RFC 6749 appendix B), asking for JSON. */
export function formRequest(
  url: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Omit<HttpRequest, 'signal'> {
  return {
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...headers,
    },
    body: new URLSearchParams(fields).toString(),
  };
}
