/** Names below which everybody can have a name of their own, so that neighbours are strangers. */
const SHARED = [
  'amazonaws.com',
  'awsapprunner.com',
  'azure-api.net',
  'azurecontainerapps.io',
  'azurewebsites.net',
  'cloudfront.net',
  'deno.dev',
  'fly.dev',
  'github.io',
  'herokuapp.com',
  'netlify.app',
  'ngrok-free.app',
  'ngrok.app',
  'ngrok.io',
  'onrender.com',
  'pages.dev',
  'railway.app',
  'replit.app',
  'run.app',
  'trycloudflare.com',
  'vercel.app',
  'web.app',
  'workers.dev',
];

/**
 * Whether two hosts belong to one owner, as far as their names tell: the same, or below one domain
 * that can be bought. Without the public suffix list, which is large and ages; in doubt no.
 */
export function isSameSite(a: string, b: string): boolean {
  if (a === b) return true;
  const site = siteOf(a);
  return site !== undefined && site === siteOf(b);
}

/** The domain that is somebody's own; undefined for addresses, single labels and shared names. */
function siteOf(host: string): string | undefined {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  if (labels.length < 2 || /^\d+$|:/.test(labels.at(-1) ?? '')) return undefined;
  const shared = SHARED.find((suffix) => `.${labels.join('.')}`.endsWith(`.${suffix}`));
  if (shared !== undefined) return ownBelow(labels, shared.split('.').length);
  // `co.uk`, `com.au`: a country's second level is as open as a top level.
  const [second = '', top = ''] = labels.slice(-2);
  const isCountry = top.length === 2 && (second.length <= 3 || second === 'gouv');
  return ownBelow(labels, isCountry ? 2 : 1);
}

/** The name that stands one label below a suffix of so many labels. */
function ownBelow(labels: readonly string[], suffix: number): string | undefined {
  return labels.length > suffix ? labels.slice(-suffix - 1).join('.') : undefined;
}

/**
 * An https URL, or http on this machine's own loopback, without name and password in it, serialised
 * anew (reliability.md T17). Undefined for anything else.
 */
export function secureUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 2048 || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (url.username !== '' || url.password !== '') return undefined;
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && loopback);
  return secure ? url.href : undefined;
}
