import type { Deps } from '../base/deps.ts';
import { stringAt } from '../base/json.ts';
import type { Change, LoginChange } from '../plan/change.ts';
import { dropItem, type InboxItem, putGrant } from '../pool/inbox.ts';
import type { PoolStore } from '../pool/store.ts';
import { type Taken, takeGrants } from '../pool/take-grants.ts';
import { bind } from './bind.ts';
import type { Supply } from './handler.ts';

/**
 * Runs the storing of a change with its grant safe on disk: a single-use refresh token that nobody
 * kept would be lost with the process (design §7.4). A change without a grant is just run.
 *
 * @throws what `store` throws; the grant stays in the inbox then, and the next command stores it
 */
export async function keepingGrant<T>(
  deps: Pick<Deps, 'clock' | 'random'>,
  store: PoolStore,
  change: Change,
  supply: Supply,
  run: () => Promise<T>,
): Promise<T> {
  const { grant } = supply;
  if (grant === undefined || !isLogin(change)) return await run();
  const item = putGrant(store.home, deps, {
    provider: change.provider,
    grant,
    label: change.label,
    entryId: change.row?.id,
    note: noteOf(change),
  });
  const done = await run();
  dropItem(item);
  return done;
}

/**
 * Stores what an earlier command got and could not store; at the start of every command that changes
 * the home. One look into a directory when there is nothing.
 *
 * @returns addresses, or providers, whose logins were stored now
 */
export async function settleInbox(
  deps: Pick<Deps, 'random' | 'notice'>,
  store: PoolStore,
): Promise<void> {
  const taken = await takeGrants(deps, store, (draft, entry, item) => {
    const managed = managedBy(item);
    if (entry !== undefined && managed !== undefined) bind(draft, managed.address, entry, managed);
  });
  for (const item of taken) if (item.state === 'stored') deps.notice(storedNote(item));
}

function storedNote({ provider, label }: Taken): string {
  const name = label === undefined ? provider : `${provider}/${label}`;
  return `Stored the login of ${name} that an interrupted command had got`;
}

function isLogin(change: Change): change is LoginChange {
  return change.action === 'login' || change.action === 'relogin';
}

/** What binding a recovered login takes; no secret. */
function noteOf({ address, managed }: LoginChange): InboxItem['note'] {
  return managed === undefined ? {} : { address, ...managed };
}

function managedBy({ note }: InboxItem) {
  const address = stringAt(note, 'address');
  const declaration = stringAt(note, 'declaration');
  if (address === undefined || declaration === undefined) return undefined;
  return { address, declaration, protect: note.protect === true };
}
