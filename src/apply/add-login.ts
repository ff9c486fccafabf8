import type { Deps } from '../base/deps.ts';
import type { LoginChange } from '../plan/change.ts';
import { loadPool } from '../pool/pools.ts';
import type { PoolStore } from '../pool/store.ts';
import type { LoginOptions } from '../providers/oauth.ts';
import type { ProviderRow } from '../providers/provider.ts';
import { executeChange } from './executor.ts';
import { type LoginIo, type LoginNetwork, logIn } from './log-in.ts';
import { newIdFrom } from './new-id.ts';

export interface AddLoginInput {
  readonly row: ProviderRow;
  /** Undefined: what the account suggests. */
  readonly label: string | undefined;
  readonly options: LoginOptions;
  readonly network: LoginNetwork;
}

export interface AddedLogin {
  readonly provider: string;
  readonly id: string;
  readonly label: string;
  /** Position in the list, from 1. */
  readonly index: number;
  readonly account: string | undefined;
  /** Hermes keeps this login as the provider's only one. */
  readonly single: boolean;
}

/**
 * Logs in and stores the grant, as `auth add --type oauth` does (cli-surface §2.5). Nothing is
 * stored when the login fails, and no suppression is lifted before it worked.
 *
 * @throws what `logIn` and the executor throw
 */
export async function addLogin(
  deps: Deps,
  store: PoolStore,
  io: LoginIo,
  input: AddLoginInput,
): Promise<AddedLogin> {
  const { row, label, options, network } = input;
  const address = label === undefined ? row.id : `${row.id}/${label}`;
  const { env } = (await store.read()).inputs;
  const grant = await logIn(deps, io, { address, row, options, network, account: undefined, env });
  const change: LoginChange = {
    action: 'login',
    address,
    provider: row.id,
    reason: 'requested',
    row: undefined,
    label,
    account: undefined,
    options: {},
    managed: undefined,
  };
  const supply = { env: deps.env, newId: newIdFrom(deps.random), grant };
  const done = await executeChange(deps, store, change, supply);
  const after = await store.read();
  const { entries } = loadPool(row.id, after.auth, after.inputs);
  const entry = entries.find((candidate) => candidate.id === done.entry?.id);
  return {
    provider: row.id,
    id: entry?.id ?? '',
    label: entry?.label ?? label ?? row.id,
    index: entry === undefined ? 0 : entries.indexOf(entry) + 1,
    account: grant.account,
    single: row.login?.writes === 'seeded',
  };
}
