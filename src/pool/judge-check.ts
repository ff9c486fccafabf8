import type { HttpReply } from '../base/deps.ts';
import { saneTime } from '../base/hermes-time.ts';
import { isJsonObject, type Json, type JsonObject, parseJson, parseObject } from '../base/json.ts';
import { hasControls } from '../base/text.ts';
import type { KeyCheck } from '../providers/provider.ts';

import { parseReset, readErrorBody } from './report-body.ts';

/**
 * What a provider says of a credential. `limited`: it is good, and can't be used now; `unknown`: no
 * answer, or one that proves nothing; `not_checkable`: there is nothing to ask.
 */
export type Verdict = 'valid' | 'invalid' | 'limited' | 'unknown' | 'not_checkable';

export interface Judged {
  readonly verdict: Verdict;
  /** Why, in a few words; undefined for a plain success. */
  readonly detail: string | undefined;
  readonly account?: string | undefined;
  readonly credit?: Credit | undefined;
  /** Unix milliseconds at which a limit ends. */
  readonly resetAt?: number | undefined;
  /** Nothing but a payment helps. */
  readonly needsCredit?: boolean;
}

/** The longest e-mail address (RFC 5321 §4.5.3.1), and some. */
const NAME_LENGTH = 320;

/** In the provider's own unit. */
export interface Credit {
  readonly used: number;
  /** Undefined where there is none. */
  readonly limit: number | undefined;
}

/** Judges the answer to a check (oauth-flows §13); whatever is not clear is `unknown`. */
export function judgeCheck(check: KeyCheck, reply: HttpReply, nowMs: number): Judged {
  const { status } = reply;
  if (status >= 200 && status < 300) return judgeSuccess(check, reply.body);
  const { reason, resetAt } = readErrorBody(reply.body, nowMs);
  const because = `${status}${isCode(reason) ? `, ${reason}` : ''}`;
  const isBadKey =
    status === 401 ||
    (status === 400 && check.badKeyText !== undefined && reply.body.includes(check.badKeyText));
  if (isBadKey) {
    return check.refusalIsInconclusive
      ? { verdict: 'unknown', detail: `refused (${because}), which proves nothing there` }
      : { verdict: 'invalid', detail: `refused (${because})` };
  }
  switch (status) {
    case 402:
      return { verdict: 'limited', detail: `no credit left (${because})`, needsCredit: true };
    case 429:
      return {
        verdict: 'limited',
        detail: `rate limit (${because})`,
        resetAt: resetInHeaders(reply.headers, nowMs) ?? resetAt,
      };
    default:
      return { verdict: 'unknown', detail: `the provider answered ${because}` };
  }
}

function judgeSuccess(check: KeyCheck, body: string): Judged {
  if (!check.provesKey) {
    return { verdict: 'unknown', detail: 'it answers, but would without a key too' };
  }
  // A page of a proxy that answers for everybody proves nothing.
  if (body !== '' && parseJson(body) === undefined)
    return { verdict: 'unknown', detail: 'its answer is no JSON' };
  const { reads } = check;
  if (reads === undefined) return { verdict: 'valid', detail: undefined };
  const json = parseObject(body);
  const account = at(json, reads.account);
  const used = at(json, reads.used);
  const limit = at(json, reads.limit);
  const credit =
    typeof used === 'number'
      ? { used, limit: typeof limit === 'number' ? limit : undefined }
      : undefined;
  const facts = { account: isName(account) ? account : undefined, credit };
  if (credit?.limit !== undefined && credit.used >= credit.limit)
    return { verdict: 'limited', detail: 'its credit is used up', needsCredit: true, ...facts };
  return { verdict: 'valid', detail: undefined, ...facts };
}

/** A word that can be an error code, and no part of a message or a key. */
function isCode(text: string | undefined): boolean {
  return text !== undefined && /^[A-Za-z][A-Za-z_]{1,40}$/.test(text);
}

function resetInHeaders(headers: HttpReply['headers'], nowMs: number): number | undefined {
  const wait = headers['retry-after'];
  if (wait !== undefined && /^\d+$/.test(wait)) return saneTime(nowMs + Number(wait) * 1000);
  return parseReset(headers['x-ratelimit-reset']);
}

/** Longer texts, and those with control characters, name no account. */
function isName(value: Json | undefined): value is string {
  return typeof value === 'string' && value.length <= NAME_LENGTH && !hasControls(value);
}

function at(json: JsonObject | undefined, path: readonly string[] | undefined): Json | undefined {
  if (path === undefined) return undefined;
  let value: Json | undefined = json;
  for (const key of path) value = isJsonObject(value) ? value[key] : undefined;
  return value;
}
