import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { parseTime } from '../base/hermes-time.ts';
import { isJsonObject, stringAt } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import type { Entry } from '../pool/entry.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import type { CustomProvider } from '../providers/provider.ts';
import { getPoolProvider, type PoolProvider } from './find-pool-provider.ts';
import { pickCredential } from './pick-credential.ts';
import { usedAt } from './used-at.ts';

export interface CredentialInput {
  readonly provider: string;
  /** Label or id: this entry and no other. */
  readonly label: string | undefined;
  /** Least remaining life of a token, in milliseconds. */
  readonly minTtlMs: number | undefined;
  /** The stored token itself, where the API takes one that is made out of it (Copilot). */
  readonly stored?: boolean;
}

/** A credential that works now, as far as anybody here can tell. */
export interface Credential {
  readonly provider: PoolProvider;
  /** Undefined for a single session outside the pool (Spotify). */
  readonly entry: Entry | undefined;
  readonly token: Secret;
  readonly isOauth: boolean;
  /** Unix milliseconds; undefined when nobody says. */
  readonly expiresAt: number | undefined;
  readonly custom: CustomProvider | undefined;
  /** Undefined where the endpoint is no URL. */
  readonly baseUrl: string | undefined;
}

/**
 * Picks a credential as Hermes does and refreshes it when it is near its end. An entry that can't be
 * refreshed is passed over for the next one, unless it was asked for by name.
 *
 * @throws what `pickCredential` and `refreshEntry` throw; `session_missing` for Spotify without login
 */
export async function findCredential(
  deps: Deps,
  store: PoolStore,
  input: CredentialInput,
): Promise<Credential> {
  const snapshot = await store.read();
  const provider = getPoolProvider(snapshot, input.provider);
  if (provider.row?.session) return await sessionCredential(deps, store, snapshot, provider, input);
  return await pooledCredential(deps, store, snapshot, provider, input, []);
}

async function pooledCredential(
  deps: Deps,
  store: PoolStore,
  snapshot: Snapshot,
  provider: PoolProvider,
  input: CredentialInput,
  tried: readonly { readonly id: string; readonly error: GormesError }[],
): Promise<Credential> {
  const skip = tried.map(({ id }) => id);
  let entry: Entry;
  try {
    entry = await pickCredential(deps, store, { snapshot, provider, label: input.label, skip });
  } catch (error) {
    // What went wrong with the one that was picked says more than that there is no other.
    throw tried[0]?.error ?? error;
  }
  if (entry.type !== 'oauth') return await finished(deps, store, snapshot, provider, entry, input);
  const { refreshEntry } = await import('../pool/refresh.ts');
  try {
    const { minTtlMs } = input;
    const request = { provider: provider.id, entryId: entry.id, minTtlMs };
    const { grant, warning, entry: now = entry } = await refreshEntry(deps, store, request);
    if (warning !== undefined) deps.notice(`Warning: ${warning.message}`);
    const fresh = { ...now, secret: grant.accessToken, expiresAt: grant.expiresAt };
    return await finished(deps, store, snapshot, provider, fresh, input);
  } catch (error) {
    const passesOver = error instanceof GormesError && PASSED_OVER.has(error.code);
    if (!passesOver || input.label !== undefined) throw error;
    const next = [...tried, { id: entry.id, error }];
    return await pooledCredential(deps, store, await store.read(), provider, input, next);
  }
}

/** Failures of one login, after which another credential may serve. */
const PASSED_OVER = new Set([
  'login_needed',
  'refresh_uncertain',
  'refresh_failed',
  'refresh_busy',
  'entry_gone',
]);

async function finished(
  deps: Deps,
  store: PoolStore,
  snapshot: Snapshot,
  provider: PoolProvider,
  entry: Entry,
  input: CredentialInput,
): Promise<Credential> {
  const { env } = snapshot.inputs;
  const exchange = input.stored === true ? undefined : await provider.row?.exchange?.();
  if (exchange !== undefined) {
    const { copilotCache } = await import('../pool/copilot-cache.ts');
    const context = { ...deps, env, http: await deps.http() };
    const made = await exchange(context, entry.secret, copilotCache(store.home, deps));
    if (made.kind === 'raw')
      deps.notice(`Warning: ${provider.name} made no token of its own (${made.reason})`);
    const expiresAt = made.kind === 'exchanged' ? made.expiresAt : undefined;
    const { token, baseUrl } = made;
    return { provider, custom: undefined, entry, token, isOauth: false, expiresAt, baseUrl };
  }
  const custom = snapshot.settings.customs.find(({ id }) => id === provider.id);
  return {
    provider,
    custom,
    entry,
    token: agentKey(entry, deps.clock.now()) ?? entry.secret,
    isOauth: entry.type === 'oauth',
    expiresAt: entry.expiresAt,
    baseUrl: usedAt(provider.row, custom, entry, env),
  };
}

/** Hermes of April minted a key for Nous' API; it is used while it lives (oauth-flows §4). */
function agentKey(entry: Entry, nowMs: number): Secret | undefined {
  const key = stringAt(entry.raw, 'agent_key');
  const end = parseTime(entry.raw.agent_key_expires_at);
  return key !== undefined && end !== undefined && end > nowMs ? new Secret(key) : undefined;
}

async function sessionCredential(
  deps: Deps,
  store: PoolStore,
  { inputs }: Snapshot,
  provider: PoolProvider,
  { minTtlMs }: CredentialInput,
): Promise<Credential> {
  const { id, row } = provider;
  const state = inputs.logins[id] ?? inputs.inheritedLogins[id];
  if (!isJsonObject(state)) throw notLoggedIn(provider);
  const { refreshEntry } = await import('../pool/refresh.ts');
  const request = { provider: id, entryId: undefined, minTtlMs };
  const { grant, warning } = await refreshEntry(deps, store, request);
  if (warning !== undefined) deps.notice(`Warning: ${warning.message}`);
  const fromEnv = row?.baseUrlEnv === undefined ? undefined : inputs.env(row.baseUrlEnv);
  return {
    provider,
    custom: undefined,
    entry: undefined,
    token: grant.accessToken,
    isOauth: true,
    expiresAt: grant.expiresAt,
    baseUrl: fromEnv ?? stringAt(state, 'api_base_url') ?? row?.baseUrl,
  };
}

function notLoggedIn({ id, name }: PoolProvider): GormesError {
  return new GormesError('session_missing', `${name} is not logged in`, {
    exitCode: EXIT.needsPerson,
    hint: `gormes auth ${id}`,
  });
}
