import { resolve } from 'node:path';
import type { Deps } from '../base/deps.ts';
import { createSha256 } from '../base/digest.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import { escapeControls } from '../base/text.ts';
import type { Change } from '../plan/change.ts';
import { poolTexts } from '../plan/render-diff.ts';
import { groundOf } from '../plan/stable.ts';
import { type Ledger, renderLedger } from '../pool/ledger.ts';
import { readRegularFile } from '../pool/read-file.ts';
import type { PoolStore } from '../pool/store.ts';
import { writeAtomic } from '../pool/write/write-atomic.ts';
import { machineDigest } from './machine-id.ts';
import type { PlanOptions, Prepared } from './prepare-plan.ts';
import { isPlanText, printSavedPlan, type SavedPlan, type SavedStep } from './saved-plan.ts';

/** The most that a plan file may hold. */
export const PLAN_BYTES = 16 * 1024 * 1024;

/** The store with a key for fingerprints that can be made again, where the home has none of its own. */
export function withPlanKey(store: PoolStore, nonce: string): PoolStore {
  const key = createSha256().update(machineDigest('plan key')).update(nonce).digest();
  return { ...store, fingerprint: () => store.fingerprint(key) };
}

/** Digest of everything in a ledger but the time of the last apply. */
export function ledgerDigest(ledger: Ledger): string {
  return digest(renderLedger({ ...ledger, appliedAt: undefined }));
}

export function machineName(): string {
  return machineDigest('plan').toString('hex');
}

/** What names the key of a store's fingerprints. */
export function keyName(store: PoolStore): string {
  return store.fingerprint()(new Secret('gormes plan'));
}

/**
 * Writes a plan to a file (0600), bound to this machine and home.
 *
 * @param store made by `withPlanKey`
 * @throws `plan_from_stdin`, `out_exists`, `write_failed`
 */
export function savePlan(
  deps: Pick<Deps, 'clock' | 'cwd' | 'random'>,
  store: PoolStore,
  prepared: Prepared,
  given: {
    readonly out: string;
    readonly nonce: string;
    readonly declaration: string;
    readonly options: PlanOptions;
  },
): void {
  const { plan, desired, live, input } = prepared;
  if (given.declaration === '-') throw fromStdin();
  const saved: SavedPlan = {
    savedAt: deps.clock.now(),
    machine: machineName(),
    home: store.home.dir,
    nonce: given.nonce,
    key: keyName(store),
    ledger: ledgerDigest(store.readLedger()),
    declaration: resolve(deps.cwd, given.declaration),
    files: desired.files,
    options: given.options,
    steps: plan.changes.map((change) => stepOf(store, prepared, change)),
    plan,
    texts: poolTexts(live, input.ledger.pins, plan),
  };
  const path = resolve(deps.cwd, given.out);
  const present = readRegularFile(path, PLAN_BYTES)?.text;
  if (present !== undefined && present !== '' && !isPlanText(present)) throw exists(given.out);
  writeAtomic(path, printSavedPlan(saved), deps);
}

function stepOf(store: PoolStore, prepared: Prepared, change: Change): SavedStep {
  const { action, address } = change;
  return {
    action,
    address,
    ground: groundOf(prepared.live, change),
    secret: secretPrint(store, prepared, change),
  };
}

/** Fingerprint of what a change would store; undefined when it stores none or nobody looked it up. */
export function secretPrint(
  store: PoolStore,
  { desired, lookedUp }: Prepared,
  { action, address }: Change,
): string | undefined {
  if (action !== 'add' && action !== 'rotate') return undefined;
  const credentials = desired.providers.flatMap((provider) => provider.credentials);
  const text = credentials.find((each) => each.address === address)?.reference?.text;
  const found = text === undefined ? undefined : lookedUp.get(text);
  return found && 'secret' in found ? store.fingerprint()(found.secret) : undefined;
}

function digest(text: string): string {
  return createSha256().update(text).digest('hex');
}

function fromStdin(): GormesError {
  return new GormesError('plan_from_stdin', 'a plan of standard input cannot be saved', {
    exitCode: EXIT.usage,
    hint: 'name the declaration: gormes auth plan -f FILE --out FILE',
  });
}

function exists(path: string): GormesError {
  return new GormesError('out_exists', `${escapeControls(path)} is there and is no saved plan`, {
    hint: 'name another file, or remove this one',
  });
}
