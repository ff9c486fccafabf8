import type { Deps } from '../base/deps.ts';
import type { JsonObject } from '../base/json.ts';
import { accountOf } from '../base/jwt.ts';
import { findProvider } from '../providers/find-provider.ts';
import type { McpGrant } from '../providers/mcp/mcp-server.ts';
import type { Grant } from '../providers/oauth.ts';
import { bind, bindSession, bindStoredLogin } from './draft-ledger.ts';
import { importPool, loginState } from './draft-pool.ts';
import type { Entry } from './entry.ts';
import { grantOf, storeGrant, storeRefreshed } from './grants.ts';
import { dropItem, type InboxItem, isInboxEmpty, readInbox } from './inbox.ts';
import { settleTemps } from './inbox-temps.ts';
import { mcpFiles, readMcpClient, readMcpTokens, renderMcpGrant } from './mcp-tokens.ts';
import { mcpAddress } from './session.ts';
import type { Draft, LockedStore, PoolStore } from './store.ts';

/** What became of one thing in the inbox. */
export interface Taken {
  /** `<provider>/<label>`, a provider without a known label, or `mcp:<server>`. */
  readonly address: string;
  /**
   * `stored` now; `held`: the store had it already; `superseded`: the entry is gone or has a newer
   * grant; `waiting`: a refresh is without an answer, and its entry still holds the token that was sent.
   */
  readonly state: 'stored' | 'held' | 'superseded' | 'waiting';
}

type TakeDeps = Pick<Deps, 'clock' | 'random'>;

/**
 * Stores what an earlier command left in the inbox, and binds it to the address that it is for. At the start of every command that changes the
 * home or needs a token; costs one look into a directory when there is nothing. Takes the lock otherwise.
 *
 * @throws what the store can throw; the inbox keeps everything then
 */
export async function takeGrants(deps: TakeDeps, store: PoolStore): Promise<Taken[]> {
  if (isInboxEmpty(store.home)) return [];
  return store.lock((locked) => takeUnderLock(deps, store, locked));
}

/** As `takeGrants`, for somebody who holds the lock. */
export async function takeUnderLock(
  deps: TakeDeps,
  store: Pick<PoolStore, 'home'>,
  locked: LockedStore,
): Promise<Taken[]> {
  settleTemps(store.home, deps);
  const items = readInbox(store.home);
  if (items.length === 0) return [];
  const newId = (): string => deps.random(3).toString('hex');
  const taken = await locked.update((draft) =>
    items.map((item) => ({ item, state: settle(draft, item, newId) })),
  );
  for (const { item, state } of taken) if (state !== 'waiting') dropItem(item);
  return taken.map(({ item, state }) => ({ address: addressOf(item), state }));
}

function addressOf({ provider, label, mcpGrant }: InboxItem): string {
  if (label === undefined) return provider;
  return mcpGrant === undefined ? `${provider}/${label}` : mcpAddress(label);
}

/** Notes in the ledger whose a login is that the store has now; written along with it. */
function note(draft: Draft, entry: Entry | undefined, item: InboxItem): void {
  const { provider, label, mcpGrant, managed } = item;
  if (mcpGrant !== undefined)
    bindSession(draft, mcpAddress(label ?? ''), mcpGrant.client.id, managed);
  else if (entry === undefined) bindStoredLogin(draft, provider, managed);
  else if (managed !== undefined) bind(draft, managed.address, entry, managed);
}

function settle(draft: Draft, item: InboxItem, newId: () => string): Taken['state'] {
  const { provider, grant, mcpGrant, label } = item;
  if (mcpGrant !== undefined && label !== undefined) {
    const took = settleMcp(draft, label, mcpGrant);
    if (took !== 'superseded') note(draft, undefined, item);
    return took;
  }
  const state = loginState(draft, provider);
  const entries = importPool(draft, provider);
  if (grant === undefined || item.spent !== undefined) {
    const entry = entryOf(draft, item, entries, state);
    const isSpent =
      entry !== undefined && spentBy(draft, provider, entry.entry, state) === item.spent;
    if (grant === undefined) return isSpent ? 'waiting' : 'superseded';
    if (holds(provider, entry?.entry, state, item)) return 'held';
    if (!isSpent) return 'superseded';
    storeRefreshed(draft, provider, entry.entry, grant);
    return 'stored';
  }
  const holder = entries.find((entry) => holds(provider, entry, state, item));
  if (holder !== undefined || holds(provider, undefined, state, item)) {
    // A kill between the login and our note about it: a login outside the pool has no other.
    if (holder !== undefined || findProvider(provider)?.session) note(draft, holder, item);
    return 'held';
  }
  if (entries.some((entry) => isWhatBecameOfIt(entry, grant, item))) return 'superseded';
  const single = findProvider(provider)?.session ? grantOf(provider, undefined, state) : undefined;
  if (single !== undefined && lastsLonger(single, grant)) return 'superseded';
  const known = entries.some((entry) => entry.id === item.entryId);
  const stored = storeGrant(draft, {
    provider,
    label: item.label,
    grant,
    entryId: known ? item.entryId : undefined,
    newId,
  });
  note(draft, stored, item);
  return 'stored';
}

/**
 * Whether an entry of the same login has tokens that last longer than the grant's. They are what a
 * refresh made of it after a kill between store and inbox; to write the grant over them would bring
 * back a refresh token that was spent. Where it was another login after all, it works no less long.
 */
function isWhatBecameOfIt(entry: Entry, grant: Grant, item: InboxItem): boolean {
  const isSame =
    entry.id === item.entryId ||
    entry.label === item.label ||
    (grant.account !== undefined && accountOf(entry.secret) === grant.account);
  return isSame && entry.status !== 'dead' && lastsLonger(entry, grant);
}

function lastsLonger(held: Pick<Grant, 'refreshToken' | 'expiresAt'>, grant: Grant): boolean {
  return (
    held.refreshToken !== undefined &&
    (held.expiresAt ?? 0) > (grant.expiresAt ?? Number.POSITIVE_INFINITY)
  );
}

/**
 * Hermes renews tokens in their file. Tokens of the same client that last longer are what became of
 * the grant, and writing it over them would bring back a refresh token that was spent.
 */
function settleMcp(draft: Draft, server: string, grant: McpGrant): Taken['state'] {
  const { home } = draft;
  const stored = readMcpTokens(home, server);
  if (stored !== undefined && grant.tokens.accessToken.equals(stored.accessToken)) return 'held';
  const lastsLonger =
    (stored?.expiresAt ?? 0) > (grant.tokens.expiresAt ?? Number.POSITIVE_INFINITY);
  if (lastsLonger && readMcpClient(home, server) === grant.client.id) return 'superseded';
  for (const [path, text] of renderMcpGrant(grant, mcpFiles(home, server)))
    draft.writeFile(path, text);
  return 'stored';
}

/** The entry whose token was sent, under its id or, when it was imported anew, by its token. */
function entryOf(
  draft: Draft,
  item: InboxItem,
  entries: readonly Entry[],
  state: JsonObject | undefined,
): { readonly entry: Entry | undefined } | undefined {
  if (item.entryId === undefined) return state === undefined ? undefined : { entry: undefined };
  const entry =
    entries.find((candidate) => candidate.id === item.entryId) ??
    entries.find(
      ({ refreshToken }) => refreshToken && draft.fingerprint(refreshToken) === item.spent,
    );
  return entry && { entry };
}

function spentBy(
  draft: Draft,
  provider: string,
  entry: Entry | undefined,
  state: JsonObject | undefined,
): string | undefined {
  const token = grantOf(provider, entry, state)?.refreshToken;
  return token && draft.fingerprint(token);
}

function holds(
  provider: string,
  entry: Entry | undefined,
  state: JsonObject | undefined,
  item: InboxItem,
): boolean {
  const held = grantOf(provider, entry, state);
  return held !== undefined && item.grant?.accessToken.equals(held.accessToken) === true;
}
