import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import { copilotCache } from '../pool/copilot-cache.ts';
import type { Entry } from '../pool/entry.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import { peekEntry } from '../pool/selection.ts';
import { sameUrl } from '../pool/settings.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import { baseUrlFor } from '../providers/base-url.ts';
import { findProvider } from '../providers/find-provider.ts';
import { knownModels } from '../providers/known-models.ts';
import type { ListedModel } from '../providers/model-facts.ts';
import {
  CUSTOM_LIST,
  listUrl,
  type ModelList,
  modelListOf,
  parseModelList,
} from '../providers/model-list.ts';
import { requestHeaders } from '../providers/request-headers.ts';

/** Models to choose from; empty where none is known. */
export interface ModelChoice {
  readonly models: readonly ListedModel[];
  /** Where they come from: the provider itself, or the snapshot in this program. */
  readonly from: 'provider' | 'snapshot';
  /** Why the provider's own list is not here; undefined when it is. */
  readonly problem: string | undefined;
}

/** A list is a help, not worth a long wait. */
const LIST_TIMEOUT_MS = 8_000;

type ListDeps = Pick<Deps, 'http' | 'clock' | 'random' | 'signal'>;

/**
 * The models of a provider by its own free list, with the credential that a request would use now;
 * else those of the snapshot. Uses the network; refreshes no token, and stores none but the one that
 * GitHub makes for Copilot, in the cache that Hermes uses too.
 *
 * @throws what the signal was aborted with; a list that can't be had is no error
 */
export async function listModels(
  deps: ListDeps,
  store: PoolStore,
  provider: string,
): Promise<ModelChoice> {
  const snapshot = await store.read();
  const row = findProvider(provider);
  const list = row === undefined ? CUSTOM_LIST : modelListOf(row);
  const snapshotOnly = (problem: string): ModelChoice => ({
    models: knownModels(provider).map((name) => ({ name })),
    from: 'snapshot',
    problem,
  });
  if (list === undefined) return snapshotOnly('it has no list of its models');
  const entry = currentEntry(snapshot, provider, deps.clock.now());
  if (entry === undefined && !list.isPublic) return snapshotOnly('there is no usable credential');
  const access = await accessOf(deps, store, snapshot, provider, entry);
  // The other region is asked only for a key that is at the provider's own address.
  const isOwn = sameUrl(access.baseUrl, row?.baseUrl ?? '');
  const asked = isOwn ? list : { ...list, fallbackUrl: undefined };
  const answer = await askList(deps, asked, access.baseUrl, access.headers);
  return 'problem' in answer
    ? snapshotOnly(answer.problem)
    : { models: answer.models, from: 'provider', problem: undefined };
}

/** How a list is asked for. */
interface Access {
  readonly baseUrl: string;
  readonly headers: Record<string, string>;
}

/** The endpoint in effect, with the credential, which goes nowhere else. */
async function accessOf(
  deps: ListDeps,
  store: PoolStore,
  snapshot: Snapshot,
  provider: string,
  entry: Entry | undefined,
): Promise<Access> {
  const { env } = snapshot.inputs;
  const row = findProvider(provider);
  const exchange = await row?.exchange?.();
  if (exchange !== undefined && entry !== undefined) {
    const context = { ...deps, env, http: await deps.http() };
    const made = await exchange(context, entry.secret, copilotCache(store.home, deps));
    return {
      baseUrl: made.baseUrl,
      headers: requestHeaders(row, made.token, { isOauth: false }),
    };
  }
  const custom = snapshot.settings.customs.find(({ id }) => id === provider);
  const own =
    row === undefined
      ? (custom?.baseUrl ?? '')
      : baseUrlFor(row, { secret: entry?.secret, env, useEnv: true });
  const kind = { isOauth: entry?.type === 'oauth', apiMode: custom?.apiMode };
  return {
    baseUrl: entry?.baseUrl ?? own,
    headers: entry === undefined ? {} : requestHeaders(row, entry.secret, kind),
  };
}

/** An endpoint that is about to be defined: where it lists its models, and which. */
export interface Probe {
  /** The address that answered; the given one when none did. */
  readonly baseUrl: string;
  readonly models: readonly string[];
  readonly verified: boolean;
}

/**
 * Asks a custom endpoint for its models, at the address as given and at its twin with or without
 * `/v1` (cli-surface §12.4).
 */
export async function probeEndpoint(
  deps: Pick<Deps, 'http' | 'signal'>,
  baseUrl: string,
  secret: Secret | undefined,
): Promise<Probe> {
  const base = baseUrl.replace(/\/+$/, '');
  const twin = base.endsWith('/v1') ? base.slice(0, -'/v1'.length) : `${base}/v1`;
  const headers = secret === undefined ? {} : requestHeaders(undefined, secret, { isOauth: false });
  for (const each of [base, twin]) {
    const answer = await askList(deps, CUSTOM_LIST, each, headers);
    if ('models' in answer) {
      const models = answer.models.map(({ name }) => name);
      return { baseUrl: each, models, verified: true };
    }
  }
  return { baseUrl: base, models: [], verified: false };
}

type Answer = { readonly models: ListedModel[] } | { readonly problem: string };

async function askList(
  deps: Pick<Deps, 'http' | 'signal'>,
  list: ModelList,
  base: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const http = await deps.http();
  const get = async (url: string) =>
    await http({ method: 'GET', url, headers, timeoutMs: LIST_TIMEOUT_MS, signal: deps.signal });
  try {
    let reply = await get(listUrl(list, base));
    if (reply.status === 401 && list.fallbackUrl !== undefined) reply = await get(list.fallbackUrl);
    if (reply.status !== 200) return { problem: `it answered with HTTP ${reply.status}` };
    const models = parseModelList(reply.body, list.shape);
    if (models === undefined) return { problem: 'its answer was no list of models' };
    return models.length === 0 ? { problem: 'its list is empty' } : { models };
  } catch (error) {
    if (deps.signal.aborted || !(error instanceof GormesError)) throw error;
    return { problem: error.message };
  }
}

function currentEntry(snapshot: Snapshot, provider: string, nowMs: number): Entry | undefined {
  const { entries } = loadEffectivePool(snapshot, provider);
  const strategy = snapshot.settings.strategies.get(provider) ?? 'fill_first';
  const entry = peekEntry(entries, strategy, nowMs);
  return entry?.secret.isEmpty ? undefined : entry;
}
