import type { Desired, DesiredProvider } from '../config/desired.ts';
import type { LiveSession } from '../pool/session.ts';
import type { LoginChange, Reason } from './change.ts';
import type { PlanInput } from './context.ts';
import {
  diffOwner,
  driftOfLoggedOut,
  foreignLogin,
  liveLogins,
  type SessionDiff,
} from './sessions.ts';

type DesiredSession = NonNullable<DesiredProvider['session']>;

/**
 * A single login outside the pool (`spotify:`): made when there is none that works, and again when
 * the app differs or a declared scope was not asked for. A login that may do more than is declared
 * stays: less can be had only by a person who logs in again. What is to be logged out is none of this.
 */
export function diffSession(
  input: PlanInput,
  provider: DesiredProvider,
  session: DesiredSession,
): SessionDiff {
  const { desired, live } = input;
  const stored = live.sessions.find((candidate) => candidate.provider === provider.id);
  const login = liveLogins(live).find(({ address }) => address === provider.id);
  if (stored === undefined || login === undefined) {
    const change = loginChange(desired, provider, session, 'not_in_pool');
    return { changes: [change], drift: driftOfLoggedOut(input, provider.id) };
  }
  const foreign = foreignLogin(input, login, 'adopt');
  if (foreign !== undefined) return { changes: [foreign], drift: [] };
  const reason = differenceOf(session, stored);
  if (reason === undefined) return diffOwner(input, login, session);
  return { changes: [loginChange(desired, provider, session, reason)], drift: [] };
}

function differenceOf(session: DesiredSession, live: LiveSession): Reason | undefined {
  if (!live.usable) return 'token_dead';
  if (session.clientId !== undefined && session.clientId !== live.clientId) return 'client_changed';
  const lacks = session.scopes.some((scope) => !live.scopes.includes(scope));
  return lacks ? 'scopes_changed' : undefined;
}

function loginChange(
  desired: Desired,
  { id }: DesiredProvider,
  { clientId, scopes, protect }: DesiredSession,
  reason: Reason,
): LoginChange {
  return {
    action: reason === 'not_in_pool' ? 'login' : 'relogin',
    address: id,
    provider: id,
    reason,
    row: undefined,
    label: id,
    account: undefined,
    options: {
      ...(clientId === undefined ? {} : { clientId }),
      ...(scopes.length === 0 ? {} : { scopes }),
    },
    managed: { declaration: desired.name, protect },
  };
}
