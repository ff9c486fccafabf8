import type { Deps } from '../base/deps.ts';
import { isJsonObject } from '../base/json.ts';
import type { LogoutChange } from '../plan/change.ts';
import { loadPool, rowsOf } from '../pool/pools.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import { executeChange } from './executor.ts';
import { getPoolProvider, type PoolProvider } from './find-pool-provider.ts';
import { newIdFrom } from './new-id.ts';

export interface LogoutResult {
  /** Undefined when nobody named a provider and none is logged in. */
  readonly provider: string | undefined;
  readonly name: string | undefined;
  /** False when there was nothing to end. */
  readonly loggedOut: boolean;
  /** Entries that went. */
  readonly removed: number;
  /** What the model choice became. */
  readonly model: 'reset_openrouter' | 'reset' | 'unchanged';
  /** Sources that will be imported again at the next start. */
  readonly comesBack: readonly string[];
  readonly suppressed: readonly string[];
}

/**
 * Ends what is stored for a provider (cli-surface §7): single login, pool, model choice. Variables
 * and vendor files stay; what they would bring back is in `comesBack`.
 *
 * @param input.provider undefined: the active provider, else the one that the model uses
 */
export async function logoutProvider(
  deps: Deps,
  store: PoolStore,
  input: { readonly provider: string | undefined; readonly suppress: boolean },
): Promise<LogoutResult> {
  const snapshot = await store.read();
  const given = input.provider ?? snapshot.inputs.activeProvider ?? modelLogin(snapshot);
  if (given === undefined) return nothing(undefined);
  const provider = getPoolProvider(snapshot, given);
  const isModel = snapshot.settings.model.provider === provider.id;
  const stored =
    rowsOf(snapshot.auth, provider.id).length > 0 || provider.id in snapshot.inputs.logins;
  if (!stored && !isModel) return nothing(provider);
  const sources = importedSources(snapshot, provider.id);
  const change: LogoutChange = {
    action: 'logout',
    address: provider.id,
    provider: provider.id,
    reason: 'requested',
    suppress: input.suppress ? sources : [],
  };
  const done = await executeChange(deps, store, change, {
    env: deps.env,
    newId: newIdFrom(deps.random),
  });
  const openrouter = snapshot.inputs.env('OPENROUTER_API_KEY') !== undefined;
  return {
    provider: provider.id,
    name: provider.name,
    loggedOut: true,
    removed: done.count ?? 0,
    model: isModel ? (openrouter ? 'reset_openrouter' : 'reset') : 'unchanged',
    comesBack: input.suppress ? [] : sources,
    suppressed: input.suppress ? sources : [],
  };
}

/** The model's provider, when it is one that a person logs in to. */
function modelLogin(snapshot: Snapshot): string | undefined {
  const { provider } = snapshot.settings.model;
  return provider !== undefined && isJsonObject(snapshot.inputs.logins[provider])
    ? provider
    : undefined;
}

/** Sources of a provider that live outside what a logout deletes. */
function importedSources(snapshot: Snapshot, provider: string): string[] {
  const { entries } = loadPool(
    provider,
    { ...snapshot.auth, providers: {}, credential_pool: {} },
    {
      ...snapshot.inputs,
      logins: {},
    },
  );
  return entries.map((entry) => entry.source);
}

function nothing(provider: PoolProvider | undefined): LogoutResult {
  return {
    provider: provider?.id,
    name: provider?.name,
    loggedOut: false,
    removed: 0,
    model: 'unchanged',
    comesBack: [],
    suppressed: [],
  };
}
