import type { Desired, SessionWish } from '../config/desired.ts';
import type { SessionBinding } from '../pool/ledger.ts';
import type { Live } from '../pool/live.ts';
import { mcpAddress } from '../pool/session.ts';
import { findProvider } from '../providers/find-provider.ts';
import type { Change } from './change.ts';
import type { PlanInput } from './context.ts';
import type { Drift } from './plan.ts';

// Logins outside the pool: one of a provider such as Spotify, and one for each MCP server. An address
// holds at most one, so a client id is all that tells one login from the next.

/** A login outside the pool that the home holds, whether or not it still works. */
export interface LiveLogin {
  /** `spotify`, `mcp:linear`. */
  readonly address: string;
  /** Provider id, or `mcp`. */
  readonly provider: string;
  /** Key in `mcp_servers`; undefined for a provider. */
  readonly server: string | undefined;
  readonly client: string | undefined;
}

/** What one declared login comes to. */
export interface SessionDiff {
  readonly changes: readonly Change[];
  readonly drift: readonly Drift[];
}

/** All logins outside the pool. Of servers that share a file nobody can say whose it is. */
export function liveLogins({ sessions, mcp = new Map() }: Live): LiveLogin[] {
  return [
    ...sessions
      .filter(({ provider }) => findProvider(provider)?.session === true)
      .map(({ provider, clientId }) => ({
        address: provider,
        provider,
        server: undefined,
        client: clientId,
      })),
    ...[...mcp]
      .filter(([, { login, obstacle }]) => login !== 'absent' && obstacle !== 'same_file')
      .map(([server, { client }]) => ({
        address: mcpAddress(server),
        provider: 'mcp',
        server,
        client,
      })),
  ];
}

/** By address, what a declaration says of logins outside the pool. */
export function declaredLogins(desired: Desired): ReadonlyMap<string, SessionWish> {
  return new Map([
    ...desired.providers.flatMap(({ id, session }): [string, SessionWish][] =>
      session === undefined ? [] : [[id, session]],
    ),
    ...desired.mcpServers.map((wish): [string, SessionWish] => [mcpAddress(wish.name), wish]),
  ]);
}

/**
 * Whether a live login is the one that the ledger knows. One that does not tell its client is: every
 * new login tells it, and a logout that was killed half-way has to be finished.
 */
export function isBound(
  binding: SessionBinding | undefined,
  { client }: Pick<LiveLogin, 'client'>,
): binding is SessionBinding {
  return binding !== undefined && (client === undefined || binding.client === client);
}

/** Stops what another declaration manages; undefined when it is ours, nobody's, or taken over. */
export function foreignLogin(
  { desired, ledger, takeOver }: PlanInput,
  login: LiveLogin,
  blocks: 'adopt' | 'logout',
): Change | undefined {
  const binding = ledger.sessions.get(login.address);
  if (takeOver || !isBound(binding, login) || binding.declaration === desired.name)
    return undefined;
  return {
    action: 'blocked',
    address: login.address,
    provider: login.provider,
    reason: 'other_declaration',
    blocks,
    detail: `managed by another declaration (${binding.declaration})`,
    hint: 'remove it from one of the two, or take it over with --take-over',
  };
}

/** A declared login that is as it should be: what the ledger must learn of it. */
export function diffOwner(
  { desired, ledger }: PlanInput,
  login: LiveLogin,
  { protect }: SessionWish,
): SessionDiff {
  const { address, provider } = login;
  const binding = ledger.sessions.get(address);
  const bound = isBound(binding, login);
  const foreign = binding !== undefined && binding.declaration !== desired.name;
  if (bound && !foreign && binding.protect === protect) return { changes: [], drift: [] };
  const reason = bound
    ? foreign
      ? 'other_declaration'
      : 'protection_changed'
    : ('login_matches' as const);
  const managed = { declaration: desired.name, protect };
  const detail = 'is another login than the last apply left: made outside';
  return {
    changes: [{ action: 'adopt', address, provider, reason, row: undefined, managed }],
    drift: binding === undefined || bound ? [] : [{ address, cause: 'rebound', detail }],
  };
}

/** Drift of a login of ours that is no longer there. */
export function driftOfLoggedOut({ desired, ledger }: PlanInput, address: string): Drift[] {
  if (ledger.sessions.get(address)?.declaration !== desired.name) return [];
  return [{ address, cause: 'gone', detail: 'gone: logged out outside of gormes' }];
}
