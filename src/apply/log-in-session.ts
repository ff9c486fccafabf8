import type { Deps } from '../base/deps.ts';
import type { PoolStore } from '../pool/store.ts';
import { findProvider } from '../providers/find-provider.ts';
import type { LoginOptions } from '../providers/oauth.ts';
import { addLogin } from './add-login.ts';
import type { LoginIo, LoginNetwork } from './log-in.ts';
import { readStatus, type Status } from './read-status.ts';

export interface SessionLogin {
  /** Id of the provider. */
  readonly provider: string;
  /** Those that are undefined come from variables, the stored login, or the driver. */
  readonly options: LoginOptions;
  readonly network: LoginNetwork;
}

/**
 * Logs in to a provider that has one login outside the pool, and tells what is stored then. The old
 * login stays until the new one is complete; `active_provider` stays as it is.
 *
 * @throws what `addLogin` throws; `spotify_client_id_missing` before anything else happens
 */
export async function logInSession(
  deps: Deps,
  store: PoolStore,
  io: LoginIo,
  { provider, options, network }: SessionLogin,
): Promise<Status> {
  const row = findProvider(provider);
  if (row === undefined) throw new Error(`${provider} is not in the catalog`);
  await addLogin(deps, store, io, { row, label: undefined, options, network });
  const { env, userHome, clock } = deps;
  return readStatus(await store.read(), row.id, { env, userHome, nowMs: clock.now() });
}
