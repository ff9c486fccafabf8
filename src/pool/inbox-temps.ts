import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Deps } from '../base/deps.ts';
import type { Home } from './home.ts';
import { type InboxItem, namesIn, readItem } from './inbox.ts';
import { readRegularFile } from './read-file.ts';
import { writeAtomic } from './write/write-atomic.ts';
import { removeFile } from './write/write-in-place.ts';

/** A grant of a login is written without the lock: a younger file may be somebody's who is alive. */
const ABANDONED_MS = 60 * 60_000;
const TEMP = /^([0-9a-f]{16}\.json)\.tmp\.\d+\.[0-9a-f]{32}$/;
const TEMP_BYTES = 1024 * 1024;

/**
 * Takes up what killed writes left in the inbox, under the lock. A temporary file may be the one copy
 * of a grant: the answer had come and was written, the kill came before the rename. Such a one gets
 * its name; half ones go.
 *
 * @throws what reading and writing files throws
 */
export function settleTemps(home: Home, deps: Pick<Deps, 'clock' | 'random'>): void {
  for (const name of namesIn(home.inboxDir, TEMP)) {
    const [, target = ''] = TEMP.exec(name) ?? [];
    const [temp, path] = [join(home.inboxDir, name), join(home.inboxDir, target)];
    const item = readItem(temp);
    const marker = readItem(path);
    // Markers, and the answers that take their place, are written under the lock that we hold now.
    const isDead = marker?.spent !== undefined || item?.spent !== undefined;
    const writtenAt = statSync(temp, { throwIfNoEntry: false })?.mtimeMs ?? deps.clock.now();
    if (!isDead && deps.clock.now() - writtenAt < ABANDONED_MS) continue;
    const text = holdsGrant(item) ? readRegularFile(temp, TEMP_BYTES)?.text : undefined;
    if (text !== undefined && !holdsGrant(marker)) writeAtomic(path, text, deps);
    removeFile(temp);
  }
}

/** False for a marker, for half a file, and for none. */
function holdsGrant(item: InboxItem | undefined): boolean {
  return item?.grant !== undefined || item?.mcpGrant !== undefined;
}
