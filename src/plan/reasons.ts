import type { Action, Reason } from './change.ts';

/**
 * Every reason that an action can have. `schema/plan.schema.json` and docs/reference/plans.md publish those of
 * plans; what a person asks for on the command line is `requested` and stands in no plan.
 */
export const REASONS_OF: Readonly<Record<Action, readonly Reason[]>> = {
  move: ['declared_moved'],
  forget: ['declared_forgotten', 'entry_gone'],
  adopt: [
    'label_matches',
    'declared_moved',
    'secret_matches',
    'source_matches',
    'login_matches',
    'protection_changed',
    'other_declaration',
  ],
  endpoint: ['not_defined', 'endpoint_changed'],
  unsuppress: ['suppression_dropped'],
  add: ['not_in_pool', 'requested'],
  rotate: ['secret_rotated'],
  import: ['not_in_pool'],
  login: ['not_in_pool', 'requested'],
  relogin: [
    'token_dead',
    'token_expired',
    'account_mismatch',
    'client_changed',
    'scopes_changed',
    'requested',
  ],
  mcp_login: ['not_in_pool', 'token_expired', 'requested'],
  relabel: ['label_changed'],
  reorder: ['order_changed'],
  strategy: ['strategy_changed'],
  use: ['pin_changed', 'pin_dropped', 'requested'],
  model: ['model_changed'],
  suppress: ['source_declared_suppressed'],
  remove: ['declared_absent', 'not_declared', 'unmanaged', 'resurrected', 'requested'],
  logout: ['declared_absent', 'not_declared', 'unmanaged', 'requested'],
  mcp_logout: ['declared_absent', 'not_declared', 'unmanaged', 'requested'],
  undefine: ['not_declared'],
  blocked: [
    'protected',
    'too_many_removals',
    'last_usable',
    'ambiguous_label',
    'other_declaration',
  ],
  unknown: ['reference_failed', 'not_checkable', 'not_an_oauth_server', 'assertion_failed'],
};
