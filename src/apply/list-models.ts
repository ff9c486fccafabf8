import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { Entry } from '../pool/entry.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import { peekEntry } from '../pool/selection.ts';
import { sameUrl } from '../pool/settings.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import { baseUrlFor } from '../providers/base-url.ts';
import { findProvider } from '../providers/find-provider.ts';
import { knownModels } from '../providers/known-models.ts';
import {
  CUSTOM_LIST,
  listUrl,
  type ModelList,
  modelListOf,
  parseModelList,
} from '../providers/model-list.ts';
import { requestHeaders } from '../providers/request-headers.ts';

/** Names of models to choose from; empty where none is known. */
export interface ModelNames {
  readonly models: readonly string[];
  /** Where they come from: the provider itself, or the snapshot in this program. */
  readonly from: 'provider' | 'snapshot';
  /** Why the provider's own list is not here; undefined when it is. */
  readonly problem: string | undefined;
}

/** A list is a help, not worth a long wait. */
const LIST_TIMEOUT_MS = 8_000;

/**
 * The models of a provider by its own free list, with the credential that a request would use now;
 * else those of the snapshot. Uses the network; stores nothing and refreshes no token.
 *
 * @param baseUrl the endpoint in effect; the credential goes nowhere else
 * @throws what the signal was aborted with; a list that can't be had is no error
 */
export async function listModels(
  deps: Pick<Deps, 'http' | 'clock' | 'signal'>,
  snapshot: Snapshot,
  provider: string,
): Promise<ModelNames> {
  const row = findProvider(provider);
  const custom = snapshot.settings.customs.find(({ id }) => id === provider);
  const list = row === undefined ? CUSTOM_LIST : modelListOf(row);
  const snapshotOnly = (problem: string): ModelNames => ({
    models: knownModels(provider),
    from: 'snapshot',
    problem,
  });
  if (list === undefined) return snapshotOnly('it has no list of its models');
  const entry = currentEntry(snapshot, provider, deps.clock.now());
  if (entry === undefined && !list.isPublic) return snapshotOnly('there is no usable credential');
  const { env } = snapshot.inputs;
  const own =
    row === undefined
      ? (custom?.baseUrl ?? '')
      : baseUrlFor(row, { secret: entry?.secret, env, useEnv: true });
  const base = entry?.baseUrl ?? own;
  const kind = { isOauth: entry?.type === 'oauth', apiMode: custom?.apiMode };
  const headers = entry === undefined ? {} : requestHeaders(row, entry.secret, kind);
  // The other region is asked only for a key that is at the provider's own address.
  const isOwn = sameUrl(base, row?.baseUrl ?? '');
  const asked = isOwn ? list : { ...list, fallbackUrl: undefined };
  const answer = await askList(deps, asked, base, headers);
  return 'problem' in answer
    ? snapshotOnly(answer.problem)
    : { models: answer.models, from: 'provider', problem: undefined };
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
    if ('models' in answer) return { baseUrl: each, models: answer.models, verified: true };
  }
  return { baseUrl: base, models: [], verified: false };
}

type Answer = { readonly models: string[] } | { readonly problem: string };

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
