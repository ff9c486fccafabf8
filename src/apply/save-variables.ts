import type { Deps } from '../base/deps.ts';
import type { Secret } from '../base/secret.ts';
import type { EnvChange } from '../plan/change.ts';
import type { PoolStore } from '../pool/store.ts';
import { executeChange } from './executor.ts';
import { newIdFrom } from './new-id.ts';

/**
 * Writes variables into the home's `.env`, for a command that asked a person for them.
 *
 * @throws `env_name_refused`, `env_value_unsafe`, `env_not_understood`, and what the store can throw
 */
export async function saveVariables(
  deps: Deps,
  store: PoolStore,
  variables: ReadonlyMap<string, Secret>,
): Promise<void> {
  const change: EnvChange = {
    action: 'env',
    address: '.env',
    provider: '.env',
    reason: 'requested',
    names: [...variables.keys()],
  };
  const supply = { env: deps.env, newId: newIdFrom(deps.random), variables };
  await executeChange(deps, store, change, supply);
}
