import { isGlob, matchGlob } from '../config/match-glob.ts';
import { mcpAddress } from '../pool/session.ts';
import { findProvider } from '../providers/find-provider.ts';
import { labelOf, providerOf } from './addresses.ts';
import type { PlanInput } from './context.ts';
import type { Plan } from './plan.ts';
import { liveLogins } from './sessions.ts';

/** Keeps the changes whose address, or whose provider, a target names. */
export function onlyTargets(plan: Plan, targets: readonly string[]): Plan {
  if (targets.length === 0) return plan;
  const wanted = targets.map(canonical);
  return {
    ...plan,
    changes: plan.changes.filter(({ address, provider }) =>
      wanted.some((target) => matchGlob(target, address) || matchGlob(target, provider)),
    ),
  };
}

/**
 * Targets that name nothing: neither declared, managed, live nor changed. Mistyped, such a target makes
 * a plan empty, which reads as if all were well.
 *
 * @param plan before targets left anything out of it
 */
export function idleTargets(input: PlanInput, plan: Plan, targets: readonly string[]): string[] {
  if (targets.length === 0) return [];
  const { desired, ledger, live } = input;
  const names = new Set([
    ...plan.changes.flatMap(({ address, provider }) => [address, provider]),
    ...desired.providers.flatMap(({ id, credentials }) => [
      id,
      ...credentials.map(({ address }) => address),
    ]),
    ...desired.mcpServers.map(({ name }) => mcpAddress(name)),
    ...ledger.entries.keys(),
    ...ledger.sessions.keys(),
    ...[...live.entries].flatMap(([provider, entries]) => [
      provider,
      ...entries.map(({ label }) => `${provider}/${label}`),
    ]),
    ...liveLogins(live).map(({ address }) => address),
    'model',
    'mcp',
  ]);
  return targets.filter((target) => {
    const wanted = canonical(target);
    return !names.has(wanted) && ![...names].some((name) => matchGlob(wanted, name));
  });
}

/** With the id of a provider that is called by another of its names. */
function canonical(target: string): string {
  const provider = providerOf(target);
  const id = isGlob(provider) ? undefined : findProvider(provider)?.id;
  if (id === undefined) return target;
  return target === provider ? id : `${id}/${labelOf(target)}`;
}
