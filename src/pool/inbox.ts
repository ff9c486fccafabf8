import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Deps } from '../base/deps.ts';
import { errnoOf, GormesError } from '../base/errors.ts';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  numberAt,
  parseObject,
  stringAt,
} from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import type { McpGrant } from '../providers/mcp/mcp-server.ts';
import type { Grant } from '../providers/oauth.ts';
import type { Home } from './home.ts';
import { parseGrant, parseMcpGrant, printGrant, printMcpGrant } from './inbox-grant.ts';
import type { Managed } from './ledger.ts';
import { readFailed, readRegularFile } from './read-file.ts';
import { ensureDir } from './write/directories.ts';
import { writeAtomic } from './write/write-atomic.ts';
import { overwriteStart, removeFile } from './write/write-in-place.ts';

// `<home>/gormes/inbox/`: grants between the answer of a provider and the store, one file each, 0600
// and on disk before anything else happens (design §7.4). A file without a grant is a marker: its
// refresh token was sent and no answer is known (reliability.md §4c). Names tell nothing.

/** Which address a login is bound to once the store has it. */
export interface ManagedLogin extends Managed {
  readonly address: string;
}

/** What waits for the store, or for an answer. */
export interface InboxItem {
  readonly path: string;
  readonly provider: string;
  readonly label: string | undefined;
  readonly entryId: string | undefined;
  /** Unix milliseconds. */
  readonly at: number;
  /** Fingerprint of the refresh token that was sent; undefined for a login. */
  readonly spent: string | undefined;
  /** Undefined for a marker, and for an MCP server. */
  readonly grant: Grant | undefined;
  /** Of a login at an MCP server; `label` is the server then. */
  readonly mcpGrant: McpGrant | undefined;
  /** The declared address that the login is for; undefined for one that a person asked for. */
  readonly managed: ManagedLogin | undefined;
}

export type NewItem = Omit<InboxItem, 'path' | 'at' | 'grant' | 'mcpGrant'>;

type InboxDeps = Pick<Deps, 'clock' | 'random'>;

/** A marker is as large as what is to replace it, so that a full disk can't keep a grant out. */
const MARKER_BYTES = 32 * 1024;
const ITEM_BYTES = LIMITS.httpBodyBytes;

/**
 * Keeps the grant of a login until the store has it.
 *
 * @returns for `dropItem`, once the store is known to hold it
 * @throws `write_failed`
 */
export function putGrant(
  home: Home,
  deps: InboxDeps,
  item: Partial<NewItem> & Pick<NewItem, 'provider'> & { readonly grant: Grant },
): InboxItem {
  return put(home, deps, {
    label: undefined,
    entryId: undefined,
    spent: undefined,
    managed: undefined,
    mcpGrant: undefined,
    ...item,
  });
}

/**
 * Keeps the grant of a login at an MCP server until its files are written.
 *
 * @returns for `dropItem`
 * @throws `write_failed`
 */
export function putMcpGrant(
  home: Home,
  deps: InboxDeps,
  given: {
    readonly server: string;
    readonly mcpGrant: McpGrant;
    readonly managed?: ManagedLogin | undefined;
  },
): InboxItem {
  const { server, mcpGrant, managed } = given;
  return put(home, deps, {
    provider: 'mcp',
    label: server,
    entryId: undefined,
    spent: undefined,
    managed,
    grant: undefined,
    mcpGrant,
  });
}

/** Notes that a refresh token is about to be sent. @throws `write_failed`; then it must not be sent */
export function putMarker(home: Home, deps: InboxDeps, item: NewItem): InboxItem {
  return put(home, deps, { ...item, grant: undefined, mcpGrant: undefined });
}

function put(home: Home, deps: InboxDeps, item: Omit<InboxItem, 'path' | 'at'>): InboxItem {
  const path = join(home.inboxDir, `${deps.random(8).toString('hex')}.json`);
  const stored: InboxItem = { ...item, path, at: deps.clock.now() };
  ensureDir(home.inboxDir);
  const text = render(stored);
  const isMarker = stored.grant === undefined && stored.mcpGrant === undefined;
  writeAtomic(path, isMarker ? text.padEnd(MARKER_BYTES, ' ') : text, deps);
  return stored;
}

/**
 * Puts the answer in the place of its marker. On a full disk it is written over the marker, which
 * was made large enough.
 *
 * @throws `write_failed`
 */
export function fillMarker(marker: InboxItem, grant: Grant, deps: InboxDeps): InboxItem {
  const item = { ...marker, grant };
  const text = render(item);
  try {
    writeAtomic(marker.path, text, deps);
  } catch (error) {
    if (!(error instanceof GormesError) || Buffer.byteLength(text) > MARKER_BYTES) throw error;
    overwriteStart(marker.path, text);
  }
  return item;
}

/** Only when the store is known to hold the grant, or a marker's question is answered. */
export function dropItem(item: InboxItem): void {
  removeFile(item.path);
}

/**
 * What is in the inbox, oldest first; creates nothing. A file that makes no sense is left alone.
 *
 * @throws `read_failed`
 */
export function readInbox(home: Home): InboxItem[] {
  return namesIn(home.inboxDir)
    .flatMap((name) => {
      const item = readItem(join(home.inboxDir, name));
      return item === undefined ? [] : [item];
    })
    .sort((a, b) => a.at - b.at);
}

/** True without reading any of it: for the way of every command. */
export function isInboxEmpty(home: Home): boolean {
  return namesIn(home.inboxDir, /^[0-9a-f]{16}\.json/).length === 0;
}

/** Files of the inbox by the form of their name; those of killed writes have a longer one. */
export function namesIn(dir: string, form = /^[0-9a-f]{16}\.json$/): string[] {
  try {
    return readdirSync(dir).filter((name) => form.test(name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw readFailed(dir, error);
  }
}

function render(item: InboxItem): string {
  const { grant, mcpGrant } = item;
  return `${JSON.stringify({
    version: 1,
    provider: item.provider,
    label: item.label,
    entry: item.entryId,
    at: item.at,
    spent: item.spent,
    note: item.managed,
    grant: grant && printGrant(grant),
    mcp: mcpGrant && printMcpGrant(mcpGrant),
  })}\n`;
}

/** One file of it; undefined when it makes no sense. @throws `read_failed` */
export function readItem(path: string): InboxItem | undefined {
  const text = readRegularFile(path, ITEM_BYTES)?.text;
  const value = text === undefined ? undefined : parse(text);
  const provider = value && stringAt(value, 'provider');
  if (value === undefined || provider === undefined) return undefined;
  return {
    path,
    provider,
    label: stringAt(value, 'label'),
    entryId: stringAt(value, 'entry'),
    at: numberAt(value, 'at') ?? 0,
    spent: stringAt(value, 'spent'),
    managed: parseManaged(value.note),
    grant: parseGrant(value.grant),
    mcpGrant: parseMcpGrant(value.mcp),
  };
}

function parseManaged(note: Json | undefined): ManagedLogin | undefined {
  if (!isJsonObject(note)) return undefined;
  const address = stringAt(note, 'address');
  const declaration = stringAt(note, 'declaration');
  if (address === undefined || declaration === undefined) return undefined;
  return { address, declaration, protect: note.protect === true };
}

/** The text, or its first line where it was written over a longer one. */
function parse(text: string): JsonObject | undefined {
  return parseObject(text) ?? parseObject(text.split('\n', 1)[0] ?? '');
}
