import type { Deps } from '../base/deps.ts';
import type { Secret } from '../base/secret.ts';
import type { SettingsChange } from '../plan/request.ts';
import type { PoolStore } from '../pool/store.ts';
import { executeChange } from './executor.ts';
import { newIdFrom } from './new-id.ts';

/** What is to be written, in one step; each part may be left out. */
export interface SettingsWish
  extends Partial<Pick<SettingsChange, 'config' | 'unset' | 'activeProvider' | 'copyTo'>> {
  /** What the journal calls it: `model`, `setup/<section>`. */
  readonly address: string;
  /** Variables of `.env` to set. */
  readonly variables?: ReadonlyMap<string, Secret>;
}

/**
 * Writes what a person chose in a dialogue: places of `config.yaml`, variables of `.env`, the active
 * provider.
 *
 * @throws `env_name_refused`, `env_value_unsafe`, `env_not_understood`, and what the store can throw
 */
export async function changeSettings(
  deps: Deps,
  store: PoolStore,
  { address, variables = new Map(), ...wish }: SettingsWish,
): Promise<void> {
  const change: SettingsChange = {
    action: 'settings',
    address,
    provider: address.split('/', 1)[0] ?? address,
    reason: 'requested',
    config: [],
    unset: [],
    activeProvider: undefined,
    copyTo: undefined,
    ...wish,
    variables: [...variables.keys()],
  };
  const supply = { env: deps.env, newId: newIdFrom(deps.random), variables };
  await executeChange(deps, store, change, supply);
}
