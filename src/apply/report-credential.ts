import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { findMasked } from '../config/looks-like-key.ts';
import type { ReportChange } from '../plan/request.ts';
import { cooldownUntil, isSole } from '../pool/cooldown.ts';
import type { Entry } from '../pool/entry.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import { judgeReport, type Mark, type Report } from '../pool/judge-report.ts';
import { markEntries } from '../pool/mark-entries.ts';
import { refreshEntry } from '../pool/refresh.ts';
import type { PoolStore } from '../pool/store.ts';
import { executeChange } from './executor.ts';
import { getPoolProvider } from './find-pool-provider.ts';
import { getOwnTarget } from './find-target.ts';
import { newIdFrom } from './new-id.ts';

export interface ReportInput {
  readonly provider: string;
  readonly target: string;
  readonly report: Report;
  /** Refresh a login that was refused, as Hermes does before it gives it up. */
  readonly refreshes: boolean;
}

export interface Reported {
  readonly provider: string;
  readonly id: string;
  readonly label: string;
  /** `refreshed`: the login was renewed and works again. */
  readonly outcome: 'ok' | 'exhausted' | 'dead' | 'unchanged' | 'refreshed';
  /** Why nothing was noted. */
  readonly why: 'upstream' | 'entitlement' | 'request' | undefined;
  readonly reason: string | undefined;
  /** Unix milliseconds until which it waits. */
  readonly until: number | undefined;
  /** Entries that were marked: twins with the same key too. */
  readonly count: number;
}

/**
 * Notes what a provider answered, with Hermes' cooldowns (pool-store §10). A login that was refused
 * is refreshed first, when it can be.
 *
 * @throws `unknown_provider`, `target_not_found`, `ambiguous_target`, `inherited_entry`
 */
export async function reportCredential(
  deps: Deps,
  store: PoolStore,
  input: ReportInput,
): Promise<Reported> {
  const snapshot = await store.read();
  const { id: provider, row } = getPoolProvider(snapshot, input.provider);
  const { entry } = getOwnTarget(snapshot, provider, input.target, 'report');
  const nowMs = deps.clock.now();
  const judged = judgeReport(input.report, nowMs, row?.refusal403 === 'entitlement');
  const mark = withoutSecrets(judged, entry);
  const facts = { provider, id: entry.id, label: entry.label, reason: reasonOf(mark) };
  if (mark.kind === 'unchanged')
    return { ...facts, outcome: 'unchanged', why: mark.why, until: undefined, count: 0 };
  const outcome = { ...facts, outcome: mark.kind, why: undefined, until: undefined, count: 0 };
  if (input.refreshes && canRefresh(entry, mark)) {
    const renewed = await refreshed(deps, store, entry);
    if (renewed) return { ...outcome, outcome: 'refreshed' };
  }
  const { entries } = loadEffectivePool(snapshot, provider);
  // Success may be reported after every request: it writes only where there is something to clear.
  if (
    mark.kind === 'ok' &&
    markEntries(entries, entry.id, mark, nowMs).every((e, i) => e === entries[i])
  )
    return outcome;
  const change: ReportChange = {
    action: 'report',
    address: `${provider}/${entry.label}`,
    provider,
    reason: 'requested',
    row: { id: entry.id, label: entry.label, source: entry.source },
    mark,
  };
  const supply = { env: deps.env, newId: newIdFrom(deps.random) };
  const { count = 0 } = await executeChange(deps, store, change, supply);
  return { ...outcome, ...(await readBack(store, provider, entry.id)), count };
}

/** What stands in the store now: a dead entry stays dead, whatever else is reported. */
async function readBack(
  store: PoolStore,
  provider: string,
  id: string,
): Promise<Pick<Reported, 'outcome' | 'until'>> {
  const { entries } = loadEffectivePool(await store.read(), provider);
  const entry = entries.find((candidate) => candidate.id === id);
  if (entry === undefined || entry.status === undefined || entry.status === 'ok')
    return { outcome: 'ok', until: undefined };
  return { outcome: entry.status, until: cooldownUntil(entry, isSole(entries)) };
}

/** Reasons that speak of the refresh token itself: another refresh would only be refused again. */
const BEYOND_REFRESH = ['refresh_token_reused', 'invalid_grant', 'unauthorized_client'];

function canRefresh(entry: Entry, mark: Mark): boolean {
  if (mark.kind !== 'exhausted' && mark.kind !== 'dead') return false;
  const isRefused =
    mark.code === 401 || (mark.code === 403 && !('billing' in mark && mark.billing));
  const isSpent = BEYOND_REFRESH.includes(mark.reason?.toLowerCase() ?? '');
  return isRefused && !isSpent && entry.type === 'oauth' && entry.refreshToken !== undefined;
}

/** False when the login could not be renewed; then it is marked as reported. */
async function refreshed(deps: Deps, store: PoolStore, entry: Entry): Promise<boolean> {
  try {
    const { provider, id, secret } = entry;
    const request = { provider, entryId: id, force: true, seen: secret };
    const { how } = await refreshEntry(deps, store, request);
    return how === 'refreshed' || how === 'adopted';
  } catch (error) {
    if (!(error instanceof GormesError) || error.exitCode === EXIT.interrupted) throw error;
    deps.notice(`Warning: ${error.message}`);
    return false;
  }
}

function reasonOf(mark: Mark): string | undefined {
  return mark.kind === 'exhausted' || mark.kind === 'dead' ? mark.reason : undefined;
}

/** Providers repeat the key in their errors, and what is noted is shown in lists. */
function withoutSecrets(mark: Mark, entry: Entry): Mark {
  if (mark.kind !== 'exhausted' && mark.kind !== 'dead') return mark;
  const clean = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : masked(text, entry);
  return { ...mark, reason: clean(mark.reason), message: clean(mark.message) };
}

function masked(text: string, { secret, refreshToken }: Entry): string {
  let clean = text;
  for (const known of [secret, refreshToken]) {
    if (known !== undefined && !known.isEmpty) clean = clean.replaceAll(known.reveal(), '…');
  }
  for (const { start, end } of [...findMasked(clean)].reverse())
    clean = `${clean.slice(0, start)}…${clean.slice(end)}`;
  return clean;
}
