import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import type { LoginChange } from '../plan/change.ts';
import { findProvider } from '../providers/find-provider.ts';
import type { Grant } from '../providers/oauth.ts';
import type { ProviderRow } from '../providers/provider.ts';
import { getDriver, type LoginIo, logIn } from './log-in.ts';

/** A login of a plan with the row of its provider. */
interface Planned {
  readonly change: LoginChange;
  readonly row: ProviderRow;
}

/** Stores a grant, or says why the login failed; called once for each change. */
export type OnGrant = (change: LoginChange, result: Grant | GormesError) => Promise<void>;

/**
 * Runs the logins of a plan: those by device code side by side, since each waits for a person in a
 * browser; those by browser one after another, since each wants the person's eyes (design §7).
 */
export async function applyLogins(
  deps: Deps,
  io: LoginIo,
  changes: readonly LoginChange[],
  env: (name: string) => string | undefined,
  onGrant: OnGrant,
): Promise<void> {
  const byCode: Planned[] = [];
  const byBrowser: Planned[] = [];
  for (const change of changes) {
    const row = findProvider(change.provider);
    if (row === undefined) throw new Error(`a login was planned for ${change.provider}`);
    const { flow } = await getDriver(row);
    (flow === 'device_code' ? byCode : byBrowser).push({ change, row });
  }
  const run = async ({ change, row }: Planned): Promise<void> => {
    await onGrant(change, await grantOrError(deps, io, change, row, env));
  };
  await Promise.all(byCode.map(run));
  for (const planned of byBrowser) await run(planned);
}

async function grantOrError(
  deps: Deps,
  io: LoginIo,
  change: LoginChange,
  row: ProviderRow,
  env: (name: string) => string | undefined,
): Promise<Grant | GormesError> {
  const { address, account, options } = change;
  try {
    return await logIn(deps, io, { address, row, options, network: {}, account, env });
  } catch (error) {
    if (deps.signal.aborted) return new GormesError('interrupted', 'interrupted');
    if (error instanceof GormesError) return error;
    throw error;
  }
}
