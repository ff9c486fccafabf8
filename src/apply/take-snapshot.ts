import { resolve } from 'node:path';
import type { Deps } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { type JsonObject, parseJson } from '../base/json.ts';
import { escapeControls } from '../base/text.ts';
import { type HomeSnapshot, snapshotFromJson, snapshotToJson } from '../plan/snapshot.ts';
import { readRegularFile } from '../pool/read-file.ts';
import type { PoolStore } from '../pool/store.ts';
import { observeHome } from './observe-home.ts';
import { settledLedger } from './unfinished.ts';

const SNAPSHOT_BYTES = 16 * 1024 * 1024;

/** What a home holds, as a document that may leave the machine. Writes nothing. */
export async function takeSnapshot(
  deps: Pick<Deps, 'clock'>,
  store: PoolStore,
): Promise<JsonObject> {
  const snapshot = await store.read();
  const live = await observeHome(deps, store, snapshot, store.fingerprint());
  const ledger = settledLedger(store.home, store.readLedger(), snapshot);
  return snapshotToJson({ live, ledger, home: store.home }, deps.clock.now());
}

/** A snapshot from its file. Throws `snapshot_not_understood`. */
export function readHomeSnapshot({ cwd }: Pick<Deps, 'cwd'>, file: string): HomeSnapshot {
  const text = readRegularFile(resolve(cwd, file), SNAPSHOT_BYTES)?.text;
  const snapshot = text === undefined ? undefined : snapshotFromJson(parseJson(text) ?? null);
  if (snapshot !== undefined) return snapshot;
  const what = text === undefined ? 'does not exist' : 'is no snapshot of this version';
  throw new GormesError('snapshot_not_understood', `${escapeControls(file)} ${what}`, {
    hint: 'take one on the machine: gormes auth snapshot > FILE',
  });
}
