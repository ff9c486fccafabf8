import type { Change } from './change.ts';
import { driftToJson } from './drift.ts';
import { isBlocked, isEmpty, type Plan, summarise } from './plan.ts';

/** Version of the JSON form: the first number changes when a reader must. */
const FORMAT_VERSION = '1.0';

/** A plan as one JSON document (design §6). Holds no secret: a plan has none. */
export function planToJson(
  plan: Plan,
  where: { readonly declaration: string; readonly home: string },
): object {
  const { add, change, remove, ledgerOnly, blocked, unknown, logins } = summarise(plan);
  return {
    format_version: FORMAT_VERSION,
    declaration: where.declaration,
    home: where.home,
    empty: isEmpty(plan),
    blocked: isBlocked(plan),
    applied_at: plan.appliedAt === undefined ? null : new Date(plan.appliedAt).toISOString(),
    summary: { add, change, remove, ledger_only: ledgerOnly, blocked, unknown, logins },
    drift: plan.drift.map(driftToJson),
    changes: plan.changes.map(changeToJson),
    notes: plan.notes,
    unmanaged: Object.fromEntries(plan.unmanaged),
    unchanged: plan.unchanged,
  };
}

/** Plans of several homes as one document. */
export function planSetToJson(plans: readonly object[]): object {
  return { format_version: FORMAT_VERSION, homes: plans };
}

/** Field names as in the other files that people write: snake_case. */
export function changeToJson(change: Change): object {
  const { managed: _managed, ...shown } = { managed: undefined, ...change };
  return snakeKeys(shown);
}

function snakeKeys(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? snakeKeys(inner)
        : inner,
    ]),
  );
}
