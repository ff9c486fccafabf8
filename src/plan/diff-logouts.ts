import { mcpServerOf } from '../pool/session.ts';
import { isIgnored } from './addresses.ts';
import type { Change, LogoutChange, McpLogoutChange } from './change.ts';
import type { PlanInput } from './context.ts';
import type { Drift } from './plan.ts';
import { stoppedByLimit, stoppedByProtection } from './removal-guards.ts';
import { declaredLogins, foreignLogin, isBound, type LiveLogin, liveLogins } from './sessions.ts';

/** A login outside the pool that should go, before limits and protection are asked. */
export interface Logout {
  readonly login: LiveLogin;
  readonly reason: 'declared_absent' | 'not_declared' | 'unmanaged';
  readonly protect: boolean;
}

/** Logins that a declaration wants ended: by its word, because its block is gone, or as unmanaged. */
export function findLogouts(input: PlanInput): Logout[] {
  const declared = declaredLogins(input.desired);
  return liveLogins(input.live).flatMap((login): Logout[] => {
    const protect = input.ledger.sessions.get(login.address)?.protect ?? false;
    const wish = declared.get(login.address);
    if (wish !== undefined)
      return wish.state === 'logged_out' ? [{ login, reason: 'declared_absent', protect }] : [];
    if (isSpared(input, login.address)) return [];
    if (isOurs(input, login)) return [{ login, reason: 'not_declared', protect }];
    return input.desired.unmanaged === 'remove' && isNobodys(input, login)
      ? [{ login, reason: 'unmanaged', protect: false }]
      : [];
  });
}

/**
 * Each logout, or what stands in its place. A provider with one login is always left with none, so
 * `keep_one_usable` says nothing about it.
 *
 * @param removals of entries in the same plan: one limit holds for both
 */
export function diffLogouts(
  input: PlanInput,
  logouts: readonly Logout[],
  removals: number,
): Change[] {
  return logouts.map(({ login, reason, protect }) => {
    const { address, provider, server } = login;
    const subject = { address, provider, blocks: 'logout' } as const;
    const count = logouts.length + removals;
    return (
      foreignLogin(input, login, 'logout') ??
      (protect ? stoppedByProtection(subject) : undefined) ??
      stoppedByLimit(subject, count, input.desired.limits.maxRemovals) ??
      (server === undefined
        ? ({ action: 'logout', address, provider, reason, suppress: [] } satisfies LogoutChange)
        : ({ action: 'mcp_logout', address, provider, reason, server } satisfies McpLogoutChange))
    );
  });
}

/**
 * Logins of ours that are neither declared nor live any more, or that another one took the place of:
 * kept in the ledger, they would one day claim what a person made by hand.
 */
export function diffStaleLogins(input: PlanInput): {
  readonly changes: readonly Change[];
  readonly drift: readonly Drift[];
} {
  const { desired, ledger, live } = input;
  const declared = declaredLogins(desired);
  const changes: Change[] = [];
  const drift: Drift[] = [];
  for (const [address, binding] of ledger.sessions) {
    const server = mcpServerOf(address);
    const isKnown = server === undefined || live.mcp !== undefined;
    const wish = declared.get(address);
    const isWanted = wish?.state === 'logged_in' || desired.forget.includes(address);
    if (binding.declaration !== desired.name || isWanted || !isKnown) continue;
    const login = liveLogins(live).find((candidate) => candidate.address === address);
    if (login !== undefined && (wish !== undefined || isBound(binding, login))) continue;
    const provider = server === undefined ? address : 'mcp';
    changes.push({ action: 'forget', address, provider, reason: 'entry_gone' });
    if (login === undefined)
      drift.push({ address, cause: 'gone', detail: 'gone: logged out outside of gormes' });
  }
  return { changes, drift };
}

/** How many live logins nobody manages or declares, by provider. */
export function countUnmanagedLogins(
  input: PlanInput,
  logouts: readonly Logout[],
): ReadonlyMap<string, number> {
  const declared = declaredLogins(input.desired);
  const going = new Set(logouts.map(({ login }) => login.address));
  const counts = new Map<string, number>();
  for (const login of liveLogins(input.live)) {
    const { address, provider } = login;
    const isSomebodys = !isNobodys(input, login) || declared.has(address) || going.has(address);
    if (isSomebodys || isIgnored(input.desired.ignore, address, '')) continue;
    counts.set(provider, (counts.get(provider) ?? 0) + 1);
  }
  return counts;
}

function isSpared({ desired }: PlanInput, address: string): boolean {
  return desired.forget.includes(address) || isIgnored(desired.ignore, address, '');
}

function isOurs({ desired, ledger }: PlanInput, login: LiveLogin): boolean {
  const binding = ledger.sessions.get(login.address);
  return isBound(binding, login) && binding.declaration === desired.name;
}

function isNobodys({ ledger }: PlanInput, login: LiveLogin): boolean {
  return !isBound(ledger.sessions.get(login.address), login);
}
