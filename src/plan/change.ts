import type { Managed } from '../pool/ledger.ts';
import type { Strategy } from '../pool/strategy.ts';

/** Verbs of a plan, in the order of its symbols (design §6). */
export type Action = Change['action'];

/** Why a change is in the plan. Stable: scripts match on these. */
export type Reason =
  | 'not_in_pool'
  | 'not_declared'
  | 'declared_absent'
  | 'unmanaged'
  | 'resurrected'
  | 'secret_rotated'
  | 'token_dead'
  | 'token_expired'
  | 'account_mismatch'
  | 'client_changed'
  | 'scopes_changed'
  | 'label_changed'
  | 'order_changed'
  | 'strategy_changed'
  | 'pin_changed'
  | 'pin_dropped'
  | 'not_defined'
  | 'not_an_oauth_server'
  | 'assertion_failed'
  | 'endpoint_changed'
  | 'model_changed'
  | 'source_declared_suppressed'
  | 'suppression_dropped'
  | 'label_matches'
  | 'secret_matches'
  | 'source_matches'
  | 'login_matches'
  | 'protection_changed'
  | 'declared_moved'
  | 'declared_forgotten'
  | 'entry_gone'
  | 'protected'
  | 'too_many_removals'
  | 'last_usable'
  | 'ambiguous_label'
  | 'other_declaration'
  | 'reference_failed'
  | 'not_checkable'
  | 'requested';

/** What a removal or a suppression does to the provider. */
export interface Effect {
  readonly usableBefore: number;
  readonly usableAfter: number;
  /** The configured model uses this provider. */
  readonly modelUses: boolean;
}

/** What every change has. */
export interface Common {
  /** `<provider>/<label>`, `<provider>`, `<provider>#<source>`, `mcp:<server>` or `model`. */
  readonly address: string;
  readonly provider: string;
  readonly reason: Reason;
}

/** An entry that a change touches, as it stood when the change was made. */
export interface Row {
  readonly id: string;
  readonly label: string;
  readonly source: string;
}

/** Stores a new API key, or takes over the entry that a variable of the provider feeds. */
export interface AddChange extends Common {
  readonly action: 'add';
  readonly label: string;
  /** `manual`, or `env:VAR` for a borrowed entry. */
  readonly source: string;
  /** The reference as written, for display; undefined on the command line. */
  readonly from: string | undefined;
  /** Declared endpoint; else the provider's rules decide. */
  readonly baseUrl: string | undefined;
  readonly managed: Managed | undefined;
}

/** A login that a person must complete. */
export interface LoginChange extends Common {
  readonly action: 'login' | 'relogin' | 'import';
  /** The entry that is renewed; undefined for a new one. */
  readonly row: Row | undefined;
  /** Undefined: as the provider's account suggests. */
  readonly label: string | undefined;
  readonly account: string | undefined;
  /** Declared settings of the login. */
  readonly options: {
    readonly clientId?: string | undefined;
    readonly scopes?: readonly string[] | undefined;
    readonly minKeyTtlMs?: number | undefined;
  };
  readonly managed: Managed | undefined;
}

/** A login at an MCP server that `config.yaml` defines; takes the place of the one that is stored. */
export interface McpLoginChange extends Common {
  readonly action: 'mcp_login';
  /** Key in `mcp_servers`. */
  readonly server: string;
  readonly managed: Managed | undefined;
}

/** Deletes the login that is stored for an MCP server. */
export interface McpLogoutChange extends Common {
  readonly action: 'mcp_logout';
  /** Key in `mcp_servers`. */
  readonly server: string;
}

export interface RelabelChange extends Common {
  readonly action: 'relabel';
  readonly row: Row;
  readonly label: string;
}

/** New order of a provider's entries. */
export interface ReorderChange extends Common {
  readonly action: 'reorder';
  /** Labels, best first, as they will be. */
  readonly order: readonly string[];
  readonly before: readonly string[];
  /** Ids of entries that the plan takes away behind this: no label of `order` means them. */
  readonly going: readonly string[];
}

export interface StrategyChange extends Common {
  readonly action: 'strategy';
  readonly before: Strategy | undefined;
  readonly after: Strategy;
}

/** Definition of a custom provider, or the endpoint of one entry when `row` is there. */
export interface EndpointChange extends Common {
  readonly action: 'endpoint';
  readonly row: Row | undefined;
  readonly name: string | undefined;
  readonly apiMode: string | undefined;
  readonly before: string | undefined;
  readonly after: string;
  readonly managed: Managed | undefined;
}

export interface ModelChange extends Common {
  readonly action: 'model';
  readonly before: { readonly provider: string | undefined; readonly default: string | undefined };
  readonly after: { readonly provider: string | undefined; readonly default: string | undefined };
}

export interface SuppressChange extends Common {
  readonly action: 'suppress';
  readonly source: string;
  /** The live entry of the source, which goes. */
  readonly row: Row | undefined;
  readonly effect: Effect;
  readonly managed: Managed | undefined;
}

export interface UnsuppressChange extends Common {
  readonly action: 'unsuppress';
  readonly source: string;
}

/** A new entry with the new secret, then the old one goes. */
export interface RotateChange extends Common {
  readonly action: 'rotate';
  readonly row: Row;
  readonly label: string;
  readonly from: string;
  readonly baseUrl: string | undefined;
  readonly managed: Managed;
}

export interface RemoveChange extends Common {
  readonly action: 'remove';
  readonly row: Row;
  readonly type: 'api_key' | 'oauth';
  readonly effect: Effect;
  /**
   * `source`: clear what feeds the entry too, as `auth remove` does; `suppress`: leave it and stop
   * importing it, as an apply does; `entry`: the entry alone.
   */
  readonly cleanup: 'source' | 'suppress' | 'entry';
  /** Addresses whose success this removal waits for. */
  readonly waitsFor: readonly string[];
  readonly managed: Managed | undefined;
}

/** Removes a definition of a custom provider that an apply wrote. */
export interface UndefineChange extends Common {
  readonly action: 'undefine';
  readonly name: string;
}

/** Ends everything stored for a provider: pool, single login, model choice. */
export interface LogoutChange extends Common {
  readonly action: 'logout';
  /** Also stop importing the sources that would come back. */
  readonly suppress: readonly string[];
}

/** Changes of the ledger alone. */
export interface AdoptChange extends Common {
  readonly action: 'adopt';
  /** Undefined for a login outside the pool. */
  readonly row: Row | undefined;
  readonly managed: Managed;
}
export interface MoveChange extends Common {
  readonly action: 'move';
  readonly to: string;
}
export interface ForgetChange extends Common {
  readonly action: 'forget';
}

/** Pins a provider to one entry, or lifts the pin. */
export interface UseChange extends Common {
  readonly action: 'use';
  /** Of the entry; undefined lifts the pin. */
  readonly label: string | undefined;
  /** The entry as it is; undefined where the plan makes it. */
  readonly row: Row | undefined;
  /** Label of the pin that is there. */
  readonly before: string | undefined;
  /** Of a declared pin, which means the entry of its address, under whatever id and label. */
  readonly managed: Managed | undefined;
}

/** Something that stops the plan. */
export interface BlockedChange extends Common {
  readonly action: 'blocked';
  /** What would have been done. */
  readonly blocks: 'remove' | 'suppress' | 'adopt' | 'use' | 'logout';
  readonly detail: string;
  /** The next thing to do. */
  readonly hint: string;
}

/** Something that can't be told. */
export interface UnknownChange extends Common {
  readonly action: 'unknown';
  readonly detail: string;
  /** True when the declaration is not fulfilled because of it; false for a note. */
  readonly unfulfilled: boolean;
  /** The next thing to do, where it is one command. */
  readonly hint?: string;
}

/**
 * One difference between what is declared and what is live. A person may ask for some of them, too:
 * their reason is `requested` then. What no plan holds is in `request.ts`.
 */
export type Change =
  | AddChange
  | LoginChange
  | McpLoginChange
  | McpLogoutChange
  | RelabelChange
  | ReorderChange
  | StrategyChange
  | EndpointChange
  | ModelChange
  | SuppressChange
  | UnsuppressChange
  | RotateChange
  | RemoveChange
  | UndefineChange
  | LogoutChange
  | AdoptChange
  | MoveChange
  | ForgetChange
  | UseChange
  | BlockedChange
  | UnknownChange;

/** Where an action stands in the order of an apply: definitions first, removals last (design §6). */
export const ACTION_ORDER: readonly Action[] = [
  'move',
  'forget',
  'adopt',
  'endpoint',
  'unsuppress',
  'add',
  'rotate',
  'import',
  'login',
  'relogin',
  'mcp_login',
  'relabel',
  'reorder',
  'strategy',
  'use',
  'model',
  'suppress',
  'remove',
  'logout',
  'mcp_logout',
  'undefine',
  'blocked',
  'unknown',
];
