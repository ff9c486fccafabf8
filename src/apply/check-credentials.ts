import pLimit from 'p-limit';
import type { Deps, Http, HttpReply } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { parseTime } from '../base/hermes-time.ts';
import { isJsonObject, stringAt } from '../base/json.ts';
import { accountOf } from '../base/jwt.ts';
import { LIMITS } from '../base/limits.ts';
import { Secret } from '../base/secret.ts';
import { plural } from '../base/text.ts';
import type { Entry, EntryStatus } from '../pool/entry.ts';
import { endOfToken, forecast, type Life, type Need } from '../pool/forecast.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import { type Judged, judgeCheck } from '../pool/judge-check.ts';
import { providersOf } from '../pool/list-entries.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import { type CheckTarget, checkRequest } from '../providers/check-request.ts';
import { findProvider } from '../providers/find-provider.ts';
import { getHeldProvider, getPoolProvider, type PoolProvider } from './find-pool-provider.ts';
import { sourceName } from './no-credential.ts';
import { usedAt } from './used-at.ts';

export interface CheckInput {
  /** Undefined: all providers that have credentials. */
  readonly provider: string | undefined;
  /** For one request, in milliseconds. */
  readonly timeoutMs: number;
  /** How far the forecast looks, in milliseconds; 0 for what is due now only. */
  readonly withinMs: number;
}

/** One credential with what its provider says of it; no secret. */
export interface Checked extends Judged {
  readonly provider: string;
  /** Undefined for a provider without a pool, and for a single session. */
  readonly id: string | undefined;
  readonly label: string | undefined;
  readonly type: 'api_key' | 'oauth' | undefined;
  /** As the store has it; a check changes nothing of it. */
  readonly status: EntryStatus | undefined;
  /** Unix milliseconds. */
  readonly expiresAt: number | undefined;
  /** It is renewed without a person. */
  readonly refreshes: boolean;
  readonly need: Need | undefined;
}

/** Something to check, before it is. */
interface Subject {
  readonly target: CheckTarget;
  readonly facts: Pick<Checked, 'provider' | 'id' | 'label' | 'type'>;
  readonly life: Life;
  readonly account: string | undefined;
  /** Set where asking would tell nothing. */
  readonly known: Judged | undefined;
}

/**
 * Asks each provider by a free request whether its credentials work, side by side. Writes nothing,
 * refreshes nothing and marks nothing. What can't be reached is `unknown`.
 *
 * @throws `unknown_provider`, and what the signal was aborted with
 */
export async function checkCredentials(
  deps: Pick<Deps, 'clock' | 'http' | 'signal' | 'waiting'>,
  store: PoolStore,
  input: CheckInput,
): Promise<Checked[]> {
  const snapshot = await store.read();
  const nowMs = deps.clock.now();
  const subjects = subjectsOf(snapshot, input.provider, nowMs);
  let done = 0;
  const told = (): string => `Checked ${done} of ${plural(subjects.length, 'credential')}…`;
  const wait = deps.waiting?.(told());
  const limit = pLimit(LIMITS.references);
  const http = await deps.http();
  const all = Promise.all(
    subjects.map((subject) =>
      limit(async () => {
        const judged = subject.known ?? (await ask(deps, http, subject.target, input.timeoutMs));
        done += 1;
        wait?.say(told());
        return checked(subject, judged, nowMs, nowMs + input.withinMs);
      }),
    ),
  );
  return await all.finally(wait?.end);
}

function subjectsOf(snapshot: Snapshot, given: string | undefined, nowMs: number): Subject[] {
  if (given === undefined) {
    return [...pooledIds(snapshot), ...sessionIds(snapshot)]
      .sort()
      .flatMap((id) => subjectsOfProvider(snapshot, getHeldProvider(snapshot, id), nowMs));
  }
  const provider = getPoolProvider(snapshot, given);
  const subjects = subjectsOfProvider(snapshot, provider, nowMs);
  if (subjects.length > 0 || provider.row?.checkless === undefined) return subjects;
  return [poollessSubject(provider, provider.row.checkless)];
}

function pooledIds(snapshot: Snapshot): string[] {
  return providersOf(snapshot).filter(
    (id) => loadEffectivePool(snapshot, id).entries.length > 0 && !findProvider(id)?.session,
  );
}

function sessionIds({ inputs }: Snapshot): string[] {
  const ids = Object.keys({ ...inputs.inheritedLogins, ...inputs.logins });
  return ids.filter((id) => findProvider(id)?.session);
}

function subjectsOfProvider(snapshot: Snapshot, provider: PoolProvider, nowMs: number): Subject[] {
  const { id, row } = provider;
  if (row?.session) return sessionSubjects(snapshot, provider, nowMs);
  const custom = snapshot.settings.customs.find((each) => each.id === id);
  return loadEffectivePool(snapshot, id).entries.map((entry) => {
    const isOauth = entry.type === 'oauth';
    const expiresAt = earliest(entry.expiresAt, endOfToken(entry.secret));
    const refreshes = entry.refreshToken !== undefined;
    return {
      target: {
        row,
        custom,
        secret: entry.secret,
        isOauth,
        baseUrl: usedAt(row, custom, entry, snapshot.inputs.env),
      },
      facts: { provider: id, id: entry.id, label: entry.label, type: entry.type },
      life: { isOauth, status: entry.status, refreshes, expiresAt },
      account: isOauth ? accountOf(entry.secret) : undefined,
      known: emptyVerdict(entry) ?? overVerdict(expiresAt, refreshes, nowMs),
    };
  });
}

function sessionSubjects(snapshot: Snapshot, provider: PoolProvider, nowMs: number): Subject[] {
  const { id, row } = provider;
  const { logins, inheritedLogins, env } = snapshot.inputs;
  const state = logins[id] ?? inheritedLogins[id];
  if (!isJsonObject(state)) return [];
  const secret = new Secret(stringAt(state, 'access_token') ?? '');
  const expiresAt = parseTime(state.expires_at);
  const refreshes = stringAt(state, 'refresh_token') !== undefined;
  const fromEnv = row?.baseUrlEnv === undefined ? undefined : env(row.baseUrlEnv);
  const baseUrl = fromEnv ?? stringAt(state, 'api_base_url') ?? row?.baseUrl;
  const gone = secret.isEmpty
    ? { verdict: 'unknown' as const, detail: 'no token is stored' }
    : undefined;
  return [
    {
      target: { row, custom: undefined, secret, isOauth: true, baseUrl },
      facts: { provider: id, id: undefined, label: undefined, type: 'oauth' },
      life: { isOauth: true, status: undefined, refreshes, expiresAt },
      account: undefined,
      known: gone ?? overVerdict(expiresAt, refreshes, nowMs),
    },
  ];
}

function poollessSubject({ id, row }: PoolProvider, reason: string): Subject {
  return {
    target: { row, custom: undefined, secret: new Secret(''), isOauth: false, baseUrl: undefined },
    facts: { provider: id, id: undefined, label: undefined, type: undefined },
    life: { isOauth: false, status: undefined, refreshes: false, expiresAt: undefined },
    account: undefined,
    known: { verdict: 'not_checkable', detail: reason },
  };
}

function emptyVerdict(entry: Entry): Judged | undefined {
  if (!entry.secret.isEmpty) return undefined;
  return { verdict: 'unknown', detail: `${sourceName(entry)} is not set here` };
}

/** A token that has run out is not sent: the answer is known. */
function overVerdict(
  expiresAt: number | undefined,
  refreshes: boolean,
  nowMs: number,
): Judged | undefined {
  if (expiresAt === undefined || expiresAt > nowMs) return undefined;
  return refreshes
    ? { verdict: 'unknown', detail: 'its token has run out; the next use refreshes it' }
    : { verdict: 'invalid', detail: 'it has run out' };
}

async function ask(
  deps: Pick<Deps, 'clock' | 'signal'>,
  http: Http,
  target: CheckTarget,
  timeoutMs: number,
): Promise<Judged> {
  const request = checkRequest(target);
  if ('notCheckable' in request) return { verdict: 'not_checkable', detail: request.notCheckable };
  const { check, url, headers, bareHeaders, fallbackUrl } = request;
  const get = (from: string, sent = headers): Promise<HttpReply> =>
    http({ method: 'GET', url: from, headers: sent, timeoutMs, signal: deps.signal });
  const judge = (reply: HttpReply, provesKey = check.provesKey): Judged =>
    judgeCheck({ ...check, provesKey }, reply, deps.clock.now());
  try {
    const reply = await get(url);
    const judged = judge(reply);
    if (judged.verdict === 'invalid' && fallbackUrl !== undefined)
      return judge(await get(fallbackUrl));
    if (!isSuccess(reply) || bareHeaders === undefined) return judged;
    const bare = await get(url, bareHeaders);
    return isSuccess(bare) ? judged : judge(reply, bare.status === 401 || bare.status === 403);
  } catch (error) {
    if (deps.signal.aborted || !(error instanceof GormesError)) throw error;
    return { verdict: 'unknown', detail: error.message };
  }
}

function isSuccess({ status }: HttpReply): boolean {
  return status >= 200 && status < 300;
}

function checked(subject: Subject, judged: Judged, nowMs: number, until: number): Checked {
  const { facts, life } = subject;
  return {
    ...judged,
    ...facts,
    account: judged.account ?? subject.account,
    status: life.status,
    expiresAt: life.expiresAt,
    refreshes: life.refreshes,
    need: forecast(life, judged, nowMs, until),
  };
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
