/** Why a text can't be a `base_url`. */
export interface UrlProblem {
  readonly code: 'bad_url' | 'literal_secret' | 'insecure_url';
  readonly message: string;
  readonly hint: string;
}

/** https only: over http a key would pass the network in the clear, except to this machine. */
export function urlProblem(text: string): UrlProblem | undefined {
  const url = /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    return {
      code: 'bad_url',
      message: '"base_url" must be an https URL',
      hint: 'for example https://llm.example/v1',
    };
  }
  if (url.username !== '' || url.password !== '') {
    return {
      code: 'literal_secret',
      message: 'a URL must not hold a password',
      hint: 'declare the key as api_key',
    };
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return {
      code: 'insecure_url',
      message: 'over http the key would pass the network in the clear',
      hint: 'use https',
    };
  }
  return undefined;
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(host)
  );
}
