import { statSync } from 'node:fs';
import type { Http, HttpChoice } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { isJsonObject, stringAt } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { NetworkError } from '../base/network-error.ts';
import type { Secret } from '../base/secret.ts';
import { timeText } from '../base/time-text.ts';
import type { Grant, RefreshFailure, RefreshResult } from '../providers/oauth.ts';
import { dropItem, fillMarker, type InboxItem, putMarker, readInbox } from './inbox.ts';
import {
  loginNeeded,
  refreshFailed,
  refreshLost,
  refreshNotStored,
  refreshUncertain,
} from './refresh-errors.ts';
import type { RefreshGuard } from './refresh-guard.ts';
import {
  getLogin,
  isAlive,
  type Login,
  type Refreshed,
  type RefreshJob,
  settled,
} from './refresh-job.ts';
import { adoptShared, markDead, markLimited, storeNew } from './refresh-store.ts';
import type { LockedStore } from './store.ts';
import { reserveSpace } from './write/write-atomic.ts';

// The dangerous part: from "this token is due" to "the new one is stored". The table of outcomes is
// reliability.md §4c. A single-use token that may have left is never sent again, in any run.

/** All requests together. A request that this ends knows whether it had left. */
const ASK_MS = 19_000;
/** Everything that a driver does; with the wait for a guard the lock is held for 25 s at most (design §15). */
const TURN_MS = 20_000;
/** More tries while nothing can have left this machine. */
const MORE_TRIES = 2;
/** What a store may grow by: the largest grant, and some. */
const GROWTH_BYTES = 128 * 1024;

/** What a turn ends with, or how long the provider asks to wait before the next. */
export type Spent = Refreshed | { readonly waitMs: number };

/** What one turn works with. */
interface Turn {
  readonly job: RefreshJob;
  readonly locked: LockedStore;
  readonly guard: RefreshGuard;
  readonly login: Login;
  readonly token: Secret;
  readonly mayWait: boolean;
}

/**
 * Sends the refresh token and stores what comes. Under the lock, and under the guard.
 *
 * @param mayWait whether a short wait that the provider asks for may be the answer
 */
export async function spend(
  job: RefreshJob,
  locked: LockedStore,
  guard: RefreshGuard,
  login: Login,
  mayWait: boolean,
): Promise<Spent> {
  const token = login.grant.refreshToken;
  if (token === undefined) throw loginNeeded(login.name, 'it has run out and cannot be refreshed');
  const shared = await adoptShared(job, locked, login, guard.find());
  if (shared !== undefined) return shared;
  const turn: Turn = { job, locked, guard, login, token, mayWait };
  const spent = await locked.update((draft) => draft.fingerprint(token));
  refuseSecondSend(turn, spent);

  const { deps, owner, request } = job;
  const { authFile } = owner.home;
  const size = statSync(authFile, { throwIfNoEntry: false })?.size ?? 0;
  const release = reserveSpace(authFile, size + GROWTH_BYTES, deps);
  try {
    const marker = putMarker(owner.home, deps, {
      provider: request.provider,
      label: login.entry?.label,
      entryId: login.entry?.id,
      spent,
      managed: undefined,
    });
    const answer = await ask(turn, marker);
    release();
    return 'grant' in answer.result
      ? await store(turn, marker, answer.result.grant)
      : await fail(turn, marker, answer.result.failure, answer.status);
  } finally {
    release();
  }
}

/** @throws `refresh_uncertain` when an earlier run sent this token and never got an answer */
function refuseSecondSend({ job, login }: Turn, spent: string): void {
  const open = readInbox(job.owner.home).filter(
    (item) => item.provider === job.request.provider && item.spent === spent && !item.grant,
  );
  const [first] = open;
  if (first === undefined) return;
  if (job.driver.singleUse) {
    throw refreshUncertain(login.name, 'no answer', timeText(first.at, job.deps.clock.now()));
  }
  for (const item of open) dropItem(item);
}

interface Answer {
  readonly result: RefreshResult;
  /** HTTP status of the last answer. */
  readonly status: number | undefined;
}

/** Whether a request may have left is seen at the wire, whatever the driver makes of it. */
interface Wire {
  tried: boolean;
  sent: boolean;
  /** A try ended by its time limit: another one would hold the lock too long. */
  timedOut: boolean;
  host: string;
  status: number | undefined;
}

async function ask({ job, locked, login }: Turn, marker: InboxItem): Promise<Answer> {
  const { deps, request, driver } = job;
  const signal = AbortSignal.timeout(TURN_MS);
  const until = deps.clock.now() + ASK_MS;
  const wire: Wire = { tried: false, sent: false, timedOut: false, host: '', status: undefined };
  for (let more = MORE_TRIES; ; more--) {
    let result: RefreshResult;
    try {
      const { inputs } = await locked.read();
      const context = {
        clock: deps.clock,
        http: watched(await deps.http(tlsOf(login.grant)), wire, () => until - deps.clock.now()),
        signal, // not Ctrl-C: an answer that is on its way must be stored
        env: inputs.env,
        options: { minKeyTtlMs: request.minTtlMs, ...request.options },
      };
      result = await driver.refresh(context, login.grant);
    } catch (error) {
      if (!wire.sent) dropItem(marker);
      if (!wire.sent || !(signal.aborted || error instanceof NetworkError)) throw error;
      return { result: uncertain(`network_timeout: ${wire.host} timeout`), status: wire.status };
    }
    const again = 'failure' in result && result.failure.kind === 'retry';
    const mayTry = wire.tried && !wire.sent && !wire.timedOut && more > 0;
    if (!again || !mayTry || signal.aborted) return { result, status: wire.status };
  }
}

function uncertain(reason: string): RefreshResult {
  return { failure: { kind: 'uncertain', reason } };
}

/** Only a POST carries the token; discovery may come and go. @param leftMs for all requests */
function watched(http: Http, wire: Wire, leftMs: () => number): Http {
  return async (given) => {
    const timeoutMs = Math.min(given.timeoutMs ?? LIMITS.httpTotalMs, Math.max(1, leftMs()));
    const request = { ...given, timeoutMs };
    if (request.method !== 'POST') return http(request);
    wire.tried = true;
    wire.host = new URL(request.url).host;
    try {
      const reply = await http(request);
      wire.sent = true;
      wire.status = reply.status;
      return reply;
    } catch (error) {
      // Errors of our own that are no NetworkError come before anything is sent; all others are unknown.
      const unsent =
        error instanceof NetworkError ? !error.maybeSent : error instanceof GormesError;
      if (!unsent) wire.sent = true;
      if (error instanceof NetworkError && error.why === 'timeout') wire.timedOut = true;
      throw error;
    }
  };
}

/** The TLS choice of the login, which Nous' state remembers (oauth-flows §4). */
function tlsOf({ facts }: Grant): HttpChoice | undefined {
  if (!isJsonObject(facts.tls)) return undefined;
  return { insecure: facts.tls.insecure === true, caBundle: stringAt(facts.tls, 'ca_bundle') };
}

/** The answer goes to the inbox first, so that no failure and no kill can lose it. */
async function store(turn: Turn, marker: InboxItem, grant: Grant): Promise<Refreshed> {
  const { job, locked, guard, login, token } = turn;
  let kept: InboxItem | undefined;
  try {
    kept = fillMarker(marker, grant, job.deps);
  } catch (error) {
    if (!(error instanceof GormesError)) throw error; // the store is the last place left
  }
  let isStored: boolean;
  try {
    isStored = await locked.update((draft) => storeNew(draft, job.request, token, grant));
  } catch (error) {
    if (!(error instanceof GormesError)) throw error;
    throw kept ? refreshNotStored(login.name, error, kept.path) : refreshLost(login.name, error);
  }
  dropItem(marker);
  if (!isStored) return adopt(turn, 'somebody else stored another token');
  const entry = await entryNow(turn);
  try {
    guard.share(grant, token);
  } catch (error) {
    if (!(error instanceof GormesError)) throw error;
    return { how: 'refreshed', grant, entry, warning: error };
  }
  return { how: 'refreshed', grant, entry, warning: undefined };
}

async function fail(
  turn: Turn,
  marker: InboxItem,
  failure: RefreshFailure,
  status: number | undefined,
): Promise<Spent> {
  const { job, locked, login, token, mayWait } = turn;
  const { deps, request, driver } = job;
  switch (failure.kind) {
    case 'dead': {
      const marked = await locked.update((draft) =>
        markDead(draft, request, token, failure, deps.clock.now()),
      );
      dropItem(marker);
      if (marked) throw loginNeeded(login.name, failure.reason);
      return adopt(turn, failure.reason);
    }
    case 'retry': {
      dropItem(marker);
      const { retryAfterMs, reason } = failure;
      if (retryAfterMs !== undefined && mayWait) return { waitMs: retryAfterMs };
      const nowMs = deps.clock.now();
      if (status === 429 && (request.force || !isAlive(login.grant, nowMs))) {
        await locked.update((draft) =>
          markLimited(draft, request, token, reason, { nowMs, retryAfterMs }),
        );
      }
      throw refreshFailed(login.name, reason);
    }
    case 'uncertain': {
      if (!driver.singleUse) {
        dropItem(marker);
        throw refreshFailed(login.name, failure.reason);
      }
      const now = getLogin(await locked.read(), request);
      if (now.grant.refreshToken?.equals(token)) {
        throw refreshUncertain(login.name, failure.reason);
      }
      dropItem(marker);
      return adopt(turn, failure.reason);
    }
    default:
      return failure satisfies never;
  }
}

/** What stands in the store now, which is not what we sent. */
async function adopt({ job, locked }: Turn, reason: string): Promise<Refreshed> {
  const login = getLogin(await locked.read(), job.request);
  if (!isAlive(login.grant, job.deps.clock.now())) throw refreshFailed(login.name, reason);
  return settled(login, 'adopted');
}

async function entryNow({ job, locked }: Turn): Promise<Login['entry']> {
  return getLogin(await locked.read(), job.request).entry;
}
