import { createHash } from 'node:crypto';
import { escapeControls } from '../../base/text.ts';

/** What the browser shows at the end of a login. */
export type CallbackPage =
  | { readonly kind: 'success'; readonly provider: string }
  /** `why` may hold text of the server; it is escaped here. */
  | { readonly kind: 'error'; readonly provider: string; readonly why: string }
  /** The code came a second time. */
  | { readonly kind: 'used'; readonly provider: string }
  /** A request that is not of this login; says nothing of it. */
  | { readonly kind: 'refused'; readonly provider: string };

/**
 * The page as one HTML document: no script, no external resource, nothing of a request. Light or
 * dark as the browser wants it.
 */
export function renderCallbackPage(page: CallbackPage): string {
  const { title, text, next, good } = contentOf(page);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · gormes</title>
<style>${STYLE}</style>
</head>
<body>
<main class="${good ? 'good' : 'bad'}">
<svg class="mark" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="${good ? 'M14 25l7 7 13-15' : 'M24 13v14M24 34v.5'}"/></svg>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
<p class="next">${next}</p>
</main>
<footer>gormes <span>answers on this machine only</span></footer>
</body>
</html>
`;
}

/** Headers of a page. The policy lets the page's own style through and nothing else. */
export function pageHeaders(html: string): Record<string, string | number> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(html),
    'content-security-policy': `default-src 'none'; style-src '${styleHash()}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer', // the address holds the code
    'x-content-type-options': 'nosniff',
    connection: 'close',
  };
}

interface Content {
  readonly title: string;
  readonly text: string;
  /** HTML of ours. */
  readonly next: string;
  readonly good: boolean;
}

function contentOf(page: CallbackPage): Content {
  const { provider } = page;
  switch (page.kind) {
    case 'success':
      return {
        good: true,
        title: `Logged in to ${provider}`,
        text: 'gormes has received the login.',
        next: 'You can close this tab. The terminal shows what was stored.',
      };
    case 'error':
      return {
        good: false,
        title: `Not logged in to ${provider}`,
        text: page.why,
        next: 'Nothing was stored. The terminal says how to go on.',
      };
    case 'used':
      return {
        good: false,
        title: 'This login is already used',
        text: `The answer of ${provider} arrived before; it counts once.`,
        next: 'Look at the first tab or at the terminal.',
      };
    case 'refused':
      return {
        good: false,
        title: 'Not part of this login',
        text: `gormes is waiting for the answer of ${provider}, and this is not it.`,
        next: 'The login goes on. Finish it in the tab that the terminal opened.',
      };
    default:
      return page satisfies never;
  }
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return escapeControls(text).replace(/[&<>"']/g, (char) => HTML[char] ?? '');
}

const STYLE = `
:root{color-scheme:light dark;--ground:#f4f5f2;--card:#fff;--ink:#1c211d;--soft:#5c665f;--line:#dfe3dc;--good:#1d7a4c;--bad:#b4471f}
@media (prefers-color-scheme:dark){:root{--ground:#131614;--card:#1c201d;--ink:#e8ece8;--soft:#9aa59d;--line:#2d332e;--good:#5cc48d;--bad:#f0936b}}
*{box-sizing:border-box;margin:0}
body{min-height:100vh;display:grid;place-content:center;justify-items:center;gap:1.5rem;padding:1.5rem;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
main{width:min(27rem,100%);padding:2.5rem 2.25rem 2rem;background:var(--card);border:1px solid var(--line);border-radius:14px;border-top:4px solid var(--tone);text-align:center}
.good{--tone:var(--good)}
.bad{--tone:var(--bad)}
.mark{width:3.5rem;height:3.5rem;margin-bottom:1.1rem;fill:none;stroke:var(--tone);stroke-width:3;stroke-linecap:round;stroke-linejoin:round}
h1{font-size:1.35rem;line-height:1.3;font-weight:650;margin-bottom:.6rem;overflow-wrap:anywhere}
p{overflow-wrap:anywhere;text-wrap:balance}
.next{margin-top:1.2rem;padding-top:1.2rem;border-top:1px solid var(--line);color:var(--soft);font-size:.94rem}
footer{color:var(--soft);font-size:.85rem;font-weight:600}
footer span{font-weight:400}
footer span::before{content:"· "}
`;

/** A hash in place of 'unsafe-inline' (CSP Level 3 §8.3). */
function styleHash(): string {
  return `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
}
