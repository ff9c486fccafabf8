import type { Env } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';
import type { Secret } from '../../base/secret.ts';
import { escapeControls } from '../../base/text.ts';
import type { Row } from '../../plan/change.ts';
import type { AnyChange } from '../../plan/request.ts';
import type { Entry } from '../../pool/entry.ts';
import type { Draft } from '../../pool/store.ts';
import type { DetectedEndpoint } from '../../providers/cached-endpoint.ts';
import type { McpGrant } from '../../providers/mcp/mcp-server.ts';
import type { Grant } from '../../providers/oauth.ts';

/** What a handler may need besides the draft; gathered before the lock is taken. */
export interface Supply {
  /** The resolved secret of an `add` or `rotate` that stores one. */
  readonly secret?: Secret | undefined;
  /** Which of several endpoints took the key. */
  readonly detected?: DetectedEndpoint | undefined;
  /** What a completed login yielded. */
  readonly grant?: Grant | undefined;
  /** What a completed login at an MCP server yielded. */
  readonly mcpGrant?: McpGrant | undefined;
  /** Values of the variables of a `settings` change, by name. */
  readonly variables?: ReadonlyMap<string, Secret> | undefined;
  /** The environment of the process: removal hints tell whether a variable is still set there. */
  readonly env: Env;
  /** Six hex digits. */
  readonly newId: () => string;
}

/** An entry as results show it. */
export interface EntryFact {
  readonly id: string;
  readonly label: string;
  /** Position in the list, from 1. */
  readonly index: number;
}

/** What became of a change; plain data for views and JSON. */
export interface Done {
  readonly entry?: EntryFact;
  /** Lines for people: what was cleaned, what to know. */
  readonly lines: readonly string[];
  /** How many rows the change touched, where that is the news. */
  readonly count?: number;
}

/** Makes one change true in a draft. Throws a `GormesError` when the row is not as the change expects. */
export type Handler<C extends AnyChange> = (draft: Draft, change: C, supply: Supply) => Done;

export function factOf(entries: readonly Entry[], id: string): EntryFact {
  const index = entries.findIndex((entry) => entry.id === id);
  return { id, label: entries[index]?.label ?? '', index: index + 1 };
}

/**
 * The entry of a declared address, as the ledger knows it: under whatever id and label the changes
 * before have left it.
 *
 * @throws `row_changed` when there is none
 */
export function getBound(draft: Draft, entries: readonly Entry[], address: string): Entry {
  const binding = draft.ledger.entries.get(address);
  const entry = entries.find((candidate) => candidate.id === binding?.id);
  if (entry === undefined) throw rowChanged(address);
  return entry;
}

/**
 * The entry that a change means, as it stands now.
 *
 * @throws `row_changed` when it is gone or another one than the change was made for
 */
export function getRow(entries: readonly Entry[], provider: string, row: Row): Entry {
  const entry = entries.find((candidate) => candidate.id === row.id);
  if (entry === undefined || entry.source !== row.source || entry.label !== row.label) {
    throw rowChanged(`${provider} credential "${row.label}"`);
  }
  return entry;
}

function rowChanged(what: string): GormesError {
  const message = `${escapeControls(what)} changed since it was looked at`;
  return new GormesError('row_changed', message, { hint: 'run the command again' });
}
