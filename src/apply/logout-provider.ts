import type { Deps } from '../base/deps.ts';
import { isJsonObject } from '../base/json.ts';
import type { LogoutChange } from '../plan/change.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import { loadPool, rowsOf } from '../pool/pools.ts';
import type { SeedInputs } from '../pool/seeds.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import { findProvider } from '../providers/find-provider.ts';
import { executeChange } from './executor.ts';
import { getPoolProvider, type PoolProvider } from './find-pool-provider.ts';
import { endedVendorLogin, endSharedLogin, hasLoginFile } from './login-files.ts';
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
  /** The default profile has credentials that this profile goes on using. */
  readonly inherits: boolean;
  /** A login that all profiles shared was ended too. */
  readonly endedShared: boolean;
}

/**
 * Ends what is stored for a provider (cli-surface §7): single login, pool, model choice. Variables
 * and files of other programs stay; what they would bring back is in `comesBack`.
 *
 * @param input.provider undefined: the active provider, else the one that the model uses
 * @throws `unknown_provider`
 */
export async function logoutProvider(
  deps: Deps,
  store: PoolStore,
  input: { readonly provider: string | undefined; readonly suppress: boolean },
): Promise<LogoutResult> {
  const snapshot = await store.read();
  const given = input.provider ?? snapshot.inputs.activeProvider ?? modelLogin(snapshot);
  if (given === undefined) return nothing(undefined, false);
  const provider = getPoolProvider(snapshot, given);
  const pool = loadEffectivePool(snapshot, provider.id);
  const inherits = pool.entries.some(pool.isInherited);
  const isModel = snapshot.settings.model.providerId === provider.id;
  const sources = importedSources(snapshot, provider.id);
  const suppressible = input.suppress ? sources : [];
  if (!isStored(snapshot, provider.id) && !isModel && suppressible.length === 0) {
    return { ...nothing(provider, inherits), comesBack: sources };
  }
  const change: LogoutChange = {
    action: 'logout',
    address: provider.id,
    provider: provider.id,
    reason: 'requested',
    suppress: suppressible,
  };
  const supply = { env: deps.env, newId: newIdFrom(deps.random) };
  const done = await executeChange(deps, store, change, supply);
  const endedShared = await endSharedLogin(provider.id, store.home, deps);
  const openrouter = snapshot.inputs.env('OPENROUTER_API_KEY') !== undefined;
  return {
    provider: provider.id,
    name: provider.name,
    loggedOut: true,
    removed: done.count ?? 0,
    model: isModel ? (openrouter ? 'reset_openrouter' : 'reset') : 'unchanged',
    comesBack: input.suppress ? [] : sources,
    suppressed: suppressible,
    inherits,
    endedShared,
  };
}

function isStored(snapshot: Snapshot, provider: string): boolean {
  return (
    rowsOf(snapshot.auth, provider).length > 0 ||
    isJsonObject(snapshot.inputs.logins[provider]) ||
    hasLoginFile(snapshot.home, provider)
  );
}

/** The model's provider, when it is one that a person can only log in to: API keys are not ended unasked. */
function modelLogin({ settings }: Snapshot): string | undefined {
  const id = settings.model.providerId;
  const row = id === undefined ? undefined : findProvider(id);
  return row?.types.includes('oauth') && !row.types.includes('api_key') ? row.id : undefined;
}

/** Sources of a provider that outlive a logout: what a load would import once it is done. */
function importedSources(snapshot: Snapshot, provider: string): string[] {
  const { inputs, settings, auth } = snapshot;
  const { model } = settings;
  const after: SeedInputs = {
    ...inputs,
    logins: {},
    inheritedLogins: {},
    vendor: endedVendorLogin(inputs.vendor, provider),
    activeProvider: inputs.activeProvider === provider ? undefined : inputs.activeProvider,
    settings:
      model.providerId === provider
        ? { ...settings, model: { ...model, provider: 'auto', providerId: undefined } }
        : settings,
  };
  const empty = { ...auth, providers: {}, credential_pool: {} };
  return loadPool(provider, empty, after).entries.map((entry) => entry.source);
}

function nothing(provider: PoolProvider | undefined, inherits: boolean): LogoutResult {
  return {
    provider: provider?.id,
    name: provider?.name,
    loggedOut: false,
    removed: 0,
    model: 'unchanged',
    comesBack: [],
    suppressed: [],
    inherits,
    endedShared: false,
  };
}
