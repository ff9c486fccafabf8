import type { Change } from './change.ts';

/** `gone` by whatever hand; `lost_write`: a process that held an old copy wrote it over ours. */
export type DriftCause =
  | 'gone'
  | 'pruned_dead'
  | 'lost_write'
  | 'relabelled'
  | 'repinned'
  | 'rebound'
  | 'resurrected';

/** Something that changed outside since the last apply; for display, it steers nothing. */
export interface Drift {
  readonly address: string;
  readonly cause: DriftCause;
  /** What happened, but for the time: see `driftText`. */
  readonly detail: string;
  /** Since when the login was dead, in Unix milliseconds. */
  readonly deadAt?: number;
}

/** A remark on something that stays as it is. */
export interface Note {
  readonly address: string;
  readonly code:
    | 'not_checked'
    | 'no_reference'
    | 'borrowed_conflict'
    | 'same_secret'
    | 'pinned'
    | 'not_moved'
    | 'not_supported_yet';
  readonly detail: string;
}

/** What an apply would do. Plain data, equal by value, without any secret. */
export interface Plan {
  readonly changes: readonly Change[];
  readonly drift: readonly Drift[];
  readonly notes: readonly Note[];
  /** Live entries that nobody declared, by provider. */
  readonly unmanaged: ReadonlyMap<string, number>;
  /** Declared entries that are as they should be. */
  readonly unchanged: number;
  /** Providers of the declaration in its order, with the strategy that is live; empty without a pool. */
  readonly providers: readonly { readonly id: string; readonly strategy: string }[];
  /** Unix milliseconds of the last apply. */
  readonly appliedAt: number | undefined;
}

/** True when the home is as declared: nothing to do and nothing unfulfilled. Notes don't count. */
export function isEmpty(plan: Plan): boolean {
  return plan.changes.every((change) => change.action === 'unknown' && !change.unfulfilled);
}

export function isBlocked(plan: Plan): boolean {
  return plan.changes.some((change) => change.action === 'blocked');
}

/** Counts for the closing line of a plan. */
export interface Summary {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly ledgerOnly: number;
  readonly blocked: number;
  readonly unknown: number;
  /** Logins that need a person. */
  readonly logins: number;
}

export function summarise(plan: Plan): Summary {
  const count = (...actions: Change['action'][]): number =>
    plan.changes.filter((change) => actions.includes(change.action)).length;
  const defined = plan.changes.filter(
    (change) => change.action === 'endpoint' && change.before === undefined,
  ).length;
  return {
    add: count('add', 'login', 'import', 'mcp_login') + defined,
    change:
      -defined +
      count(
        'relabel',
        'reorder',
        'strategy',
        'use',
        'endpoint',
        'model',
        'suppress',
        'unsuppress',
        'rotate',
        'relogin',
      ),
    remove: count('remove', 'logout', 'mcp_logout', 'undefine'),
    ledgerOnly: count('adopt', 'move', 'forget'),
    blocked: count('blocked'),
    unknown: count('unknown'),
    logins: count('login', 'relogin', 'mcp_login'),
  };
}
