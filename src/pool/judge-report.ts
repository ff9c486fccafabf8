import { TERMINAL_REASONS } from './cooldown.ts';
import { readErrorBody } from './report-body.ts';

/** What a caller tells of an answer to a request with one credential. */
export interface Report {
  /** HTTP status; undefined when no answer came, or nobody knows. */
  readonly status: number | undefined;
  /** Wait that the provider asked for (`Retry-After`), in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Unix milliseconds at which the limit ends (`X-RateLimit-Reset`). */
  readonly resetAt?: number | undefined;
  /** Code of the provider; wins over the one in the body. */
  readonly reason?: string | undefined;
  readonly body?: string | undefined;
}

/** What a report does to an entry (pool-store §10). */
export type Mark =
  /** It works: cooldown and dead mark go. */
  | { readonly kind: 'ok' }
  | {
      readonly kind: 'exhausted';
      readonly code: number | undefined;
      readonly reason: string | undefined;
      readonly message: string | undefined;
      /** Unix milliseconds; replaces the cooldown of the table. */
      readonly resetAt: number | undefined;
      readonly billing: boolean;
    }
  | {
      readonly kind: 'dead';
      readonly code: number | undefined;
      readonly reason: string | undefined;
      readonly message: string | undefined;
    }
  /** The credential is not what failed. */
  | { readonly kind: 'unchanged'; readonly why: 'upstream' | 'entitlement' | 'request' };

/** A limit beyond this is a mistake of the provider, and would end the credential for good. */
const LONGEST_RESET_MS = 366 * 86_400_000;

/**
 * Judges a report as Hermes judges an answer. A 429 counts at the first report: that Hermes tries the
 * same key once more is the caller's part.
 *
 * @param entitlement403 a 403 of this provider is about the plan of the account, not the credential
 */
export function judgeReport(report: Report, nowMs: number, entitlement403 = false): Mark {
  const { status } = report;
  if (status !== undefined && status >= 200 && status < 300) return { kind: 'ok' };
  const body = readErrorBody(report.body ?? '', nowMs);
  const reason = report.reason ?? body.reason;
  const { message } = body;
  const billing = status === 402 || (isRefusal(status) && saysBilling(reason, message));
  const mark = {
    kind: 'exhausted' as const,
    code: status,
    reason,
    message,
    resetAt: resetOf(report, body.resetAt, nowMs),
    billing,
  };
  if (billing) return mark;
  switch (status) {
    case 401: {
      const isTerminal = TERMINAL_REASONS.includes(reason?.toLowerCase() ?? '');
      return isTerminal ? { kind: 'dead', code: status, reason, message } : mark;
    }
    case 403:
      return entitlement403 || saysEntitlement(reason, message)
        ? { kind: 'unchanged', why: 'entitlement' }
        : mark;
    case 429:
      return body.upstream ? { kind: 'unchanged', why: 'upstream' } : mark;
    default:
      return isRequestsFault(status) ? { kind: 'unchanged', why: 'request' } : mark;
  }
}

/** Redirects and errors of the request itself, such as an unknown model; a time-out is the provider's. */
function isRequestsFault(status: number | undefined): boolean {
  return status !== undefined && status < 500 && status !== 408;
}

function isRefusal(status: number | undefined): boolean {
  return status === 400 || status === 403;
}

const BILLING_WORDS = [
  'billing',
  'insufficient_quota',
  'insufficient_credits',
  'insufficient credits',
  'insufficient balance',
  'credit balance',
  'payment required',
];
const ENTITLEMENT_WORDS = [
  'entitle',
  'tier_denied',
  'not allowed for this organization',
  'organization has been disabled',
  'organization is blocked',
  'not included in your plan',
  'does not have access to',
  'do not have access to',
];

function saysBilling(reason: string | undefined, message: string | undefined): boolean {
  return saysOneOf(BILLING_WORDS, reason, message);
}

function saysEntitlement(reason: string | undefined, message: string | undefined): boolean {
  return saysOneOf(ENTITLEMENT_WORDS, reason, message);
}

function saysOneOf(words: readonly string[], ...texts: readonly (string | undefined)[]): boolean {
  return texts.some((text) => words.some((word) => text?.toLowerCase().includes(word)));
}

/** What the caller says wins over the body: it saw the headers. */
function resetOf(report: Report, inBody: number | undefined, nowMs: number): number | undefined {
  const waited = report.retryAfterMs === undefined ? undefined : nowMs + report.retryAfterMs;
  const at = waited ?? report.resetAt ?? inBody;
  return isTooFar(at, nowMs) ? undefined : at;
}

/** True for the end of a limit that can't be meant: the table's own cooldown counts then. */
export function isTooFar(resetAt: number | undefined, nowMs: number): boolean {
  return resetAt !== undefined && resetAt > nowMs + LONGEST_RESET_MS;
}
