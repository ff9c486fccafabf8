import { EXIT, GormesError } from '../../base/errors.ts';
import { escapeControls } from '../../base/text.ts';

/** Longer texts of a server say nothing more to a person. */
const SERVER_TEXT = 200;

/** The person said no, or the account may not. `detail` is the server's text, cleaned here. */
export function loginDenied(provider: string, detail?: string): GormesError {
  return new GormesError('login_denied', `${provider} denied the login${tail(detail)}`);
}

/** The time for the login is over. */
export function loginExpired(provider: string): GormesError {
  return new GormesError('login_expired', `the login at ${provider} was not finished in time`, {
    hint: 'run the command again and confirm the login within its time',
  });
}

/** Anything else that ends a login; `why` is ours, `detail` the server's. */
export function loginFailed(
  provider: string,
  why: string,
  options: { readonly detail?: string | undefined; readonly hint?: string } = {},
): GormesError {
  const message = `the login at ${provider} failed: ${why}${tail(options.detail)}`;
  return new GormesError('login_failed', message, options.hint ? { hint: options.hint } : {});
}

/** Neither a browser's callback nor a pasted answer can reach this process. */
export function loginNeedsPerson(provider: string, why: string, hint: string): GormesError {
  return new GormesError('login_needs_person', `the login at ${provider} cannot go on: ${why}`, {
    exitCode: EXIT.needsPerson,
    hint,
  });
}

function tail(detail: string | undefined): string {
  const clean = detail === undefined ? '' : cleanServerText(detail);
  return clean === '' ? '' : ` (${clean})`;
}

/**
 * Text of a server for one line of ours: bounded, its controls escaped, and whatever is long enough
 * to be a token left out, because some servers repeat the request in their errors.
 */
export function cleanServerText(text: string): string {
  const masked = text.slice(0, 4 * SERVER_TEXT).replace(/[A-Za-z0-9_~+/=.-]{24,}/g, '…');
  const line = masked.trim().replace(/\s+/g, ' ');
  const short = line.length > SERVER_TEXT ? `${line.slice(0, SERVER_TEXT)}…` : line;
  return escapeControls(short).replace(/[.…\s]+$/, (end) => (end.includes('…') ? '…' : ''));
}
