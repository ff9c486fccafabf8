import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import type { LoginChange } from '../plan/change.ts';
import { loadPool } from '../pool/pools.ts';
import type { PoolStore } from '../pool/store.ts';
import type { Grant, LoginOptions } from '../providers/oauth.ts';
import type { ProviderRow } from '../providers/provider.ts';
import { executeChange } from './executor.ts';
import { type LoginIo, type LoginNetwork, logIn, storedLogin } from './log-in.ts';
import { newIdFrom } from './new-id.ts';

export interface AddLoginInput {
  readonly row: ProviderRow;
  /** Undefined: what the account suggests. */
  readonly label: string | undefined;
  readonly options: LoginOptions;
  readonly network: LoginNetwork;
  /** Copy the login of the provider's own program instead of logging in. */
  readonly fromProgram?: boolean;
}

export interface AddedLogin {
  readonly provider: string;
  readonly id: string;
  readonly label: string;
  /** Position in the list, from 1. */
  readonly index: number;
  readonly account: string | undefined;
  /** What was stored, where Hermes has words of its own for it. */
  readonly savedAs: string | undefined;
  readonly notes: readonly string[];
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
  const { env, logins } = (await store.read()).inputs;
  const stored = storedLogin(logins, row.id);
  const request = { address, row, options, network, account: undefined, env, stored };
  const grant = input.fromProgram ? await copyLogin(deps, row) : await logIn(deps, io, request);
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
    savedAs: row.login?.savedAs,
    notes: done.lines,
  };
}

/** Throws `import_not_offered` where the provider has no program whose login could be copied. */
async function copyLogin(deps: Deps, row: ProviderRow): Promise<Grant> {
  if (row.importLogin === undefined) {
    throw new GormesError('import_not_offered', `${row.name} has no login that could be copied`, {
      exitCode: EXIT.usage,
      hint: `gormes auth add ${row.id}`,
    });
  }
  const importLogin = await row.importLogin();
  const grant = await importLogin({ clock: deps.clock, userHome: deps.userHome, env: deps.env });
  deps.notice(
    `Warning: the first refresh, here or in the other program, ends the login of the other side. A login of its own is better: gormes auth add ${row.id}`,
  );
  return grant;
}
