import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import type { Change, LoginChange, McpLoginChange } from '../plan/change.ts';
import type { PoolStore } from '../pool/store.ts';
import { findProvider } from '../providers/find-provider.ts';
import type { Supply } from './handlers/handler.ts';
import { getDriver, type LoginIo, logIn, storedLogin } from './log-in.ts';
import { getMcpServer, grantOfMcp } from './log-in-mcp.ts';

/** Every change that a person must complete. */
export type AnyLogin = LoginChange | McpLoginChange;

/** Whether a person must complete a change. */
export function isLogin(change: Change | undefined): change is AnyLogin {
  return change !== undefined && ['login', 'relogin', 'mcp_login'].includes(change.action);
}

/** What a login yields, for the handler that stores it. */
type Yield = Pick<Supply, 'grant' | 'mcpGrant'>;

/** Stores a grant, or says why the login failed; called once for each change. */
export type OnGrant = (change: AnyLogin, result: Yield | GormesError) => Promise<void>;

/**
 * Runs the logins of a plan: those by device code side by side, since each waits for a person in a
 * browser; those by browser one after another, since each wants the person's eyes (design §7).
 */
export async function applyLogins(
  deps: Deps,
  store: PoolStore,
  io: LoginIo,
  changes: readonly AnyLogin[],
  onGrant: OnGrant,
): Promise<void> {
  const run = async (change: AnyLogin): Promise<void> => {
    await onGrant(change, await grantOrError(deps, store, io, change));
  };
  const byCode: AnyLogin[] = [];
  const byBrowser: AnyLogin[] = [];
  for (const change of changes) ((await isByCode(change)) ? byCode : byBrowser).push(change);
  await Promise.all(byCode.map(run));
  for (const change of byBrowser) await run(change);
}

async function isByCode(change: AnyLogin): Promise<boolean> {
  if (change.action === 'mcp_login') return false;
  return (await getDriver(rowOf(change))).flow === 'device_code';
}

async function grantOrError(
  deps: Deps,
  store: PoolStore,
  io: LoginIo,
  change: AnyLogin,
): Promise<Yield | GormesError> {
  try {
    return change.action === 'mcp_login'
      ? await mcpGrant(deps, store, io, change)
      : await providerGrant(deps, store, io, change);
  } catch (error) {
    if (deps.signal.aborted) return new GormesError('interrupted', 'interrupted');
    if (error instanceof GormesError) return error;
    throw error;
  }
}

async function mcpGrant(
  deps: Deps,
  store: PoolStore,
  io: LoginIo,
  change: McpLoginChange,
): Promise<Yield> {
  const server = await getMcpServer(store, change.server);
  return { mcpGrant: await grantOfMcp(deps, io, server, await deps.http(), undefined) };
}

async function providerGrant(
  deps: Deps,
  store: PoolStore,
  io: LoginIo,
  change: LoginChange,
): Promise<Yield> {
  const { address, account, options } = change;
  const row = rowOf(change);
  const { env, logins } = (await store.read()).inputs;
  const stored = storedLogin(logins, row.id);
  const request = { address, row, options, network: {}, account, env, stored };
  return { grant: await logIn(deps, io, request) };
}

function rowOf(change: LoginChange) {
  const row = findProvider(change.provider);
  if (row === undefined) throw new Error(`a login was planned for ${change.provider}`);
  return row;
}
