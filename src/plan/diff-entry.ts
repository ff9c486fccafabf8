import type { DesiredCredential, DesiredProvider } from '../config/desired.ts';
import type { LiveEntry } from '../pool/live.ts';
import type { Change, LoginChange } from './change.ts';
import { borrowedSource, managedBy, type PlanInput, resolutionOf, rowOf } from './context.ts';
import type { Drift, Note } from './plan.ts';

/** What the comparison of one provider collects. */
export interface Found {
  readonly changes: Change[];
  readonly drift: Drift[];
  readonly notes: Note[];
}

/** Differences of an entry that is there: secret, login, endpoint, label. */
export function diffEntry(
  input: PlanInput,
  provider: DesiredProvider,
  credential: DesiredCredential,
  entry: LiveEntry,
  found: Found,
): void {
  const common = { address: credential.address, provider: provider.id, row: rowOf(entry) };
  const managed = managedBy(input.desired, credential);
  const rotated = credential.type === 'api_key' && diffSecret(input, credential, entry, found);
  if (rotated) return; // the new entry has label and endpoint right from the start
  if (credential.type === 'oauth') diffLogin(input, credential, entry, found);
  const { baseUrl } = credential;
  if (baseUrl !== undefined && baseUrl !== entry.baseUrl) {
    found.changes.push({
      ...common,
      action: 'endpoint',
      reason: 'endpoint_changed',
      name: undefined,
      apiMode: undefined,
      before: entry.baseUrl,
      after: baseUrl,
      managed,
    });
  }
  if (entry.label !== credential.label) {
    found.changes.push({
      ...common,
      action: 'relabel',
      reason: 'label_changed',
      label: credential.label,
    });
  }
}

/** True when the secret must be rotated. */
function diffSecret(
  input: PlanInput,
  credential: DesiredCredential,
  entry: LiveEntry,
  found: Found,
): boolean {
  const { address } = credential;
  if (credential.reference?.scheme === 'todo') {
    found.notes.push({
      address,
      code: 'no_reference',
      detail: 'its reference is still to be written',
    });
    return false;
  }
  const resolution = resolutionOf(input, credential);
  const borrowed = borrowedSource(entry.provider, credential) !== undefined;
  switch (resolution.state) {
    case 'failed':
      found.changes.push(referenceFailed(entry.provider, credential, resolution.message));
      return false;
    case 'not_checked':
      found.notes.push({
        address,
        code: 'not_checked',
        detail: `${credential.reference?.text ?? ''} not checked`,
      });
      return false;
    case 'known':
      // A borrowed entry follows its variable by itself: nothing to rotate.
      if (borrowed || resolution.fingerprint === entry.fingerprint) return false;
      found.changes.push({
        action: 'rotate',
        address,
        provider: entry.provider,
        reason: 'secret_rotated',
        row: rowOf(entry),
        label: credential.label,
        from: credential.reference?.text ?? '',
        baseUrl: credential.baseUrl,
        managed: managedBy(input.desired, credential),
      });
      return true;
    default:
      return resolution satisfies never;
  }
}

function diffLogin(
  input: PlanInput,
  credential: DesiredCredential,
  entry: LiveEntry,
  found: Found,
): void {
  const wrongAccount =
    credential.account !== undefined &&
    entry.account !== undefined &&
    credential.account !== entry.account;
  if (entry.status === 'dead' || entry.expired || wrongAccount) {
    found.changes.push({
      action: 'relogin',
      address: credential.address,
      provider: entry.provider,
      reason: wrongAccount
        ? 'account_mismatch'
        : entry.status === 'dead'
          ? 'token_dead'
          : 'token_expired',
      row: rowOf(entry),
      label: credential.label,
      account: credential.account,
      options: loginOptions(credential),
      managed: managedBy(input.desired, credential),
    });
  } else if (credential.account !== undefined && entry.account === undefined) {
    found.changes.push({
      action: 'unknown',
      address: credential.address,
      provider: entry.provider,
      reason: 'not_checkable',
      detail: `the stored login does not tell its account (${credential.account} expected)`,
      unfulfilled: false,
    });
  }
}

/** Declared settings of a login. */
export function loginOptions({ minKeyTtlMs }: DesiredCredential): LoginChange['options'] {
  return minKeyTtlMs === undefined ? {} : { minKeyTtlMs };
}

/** In place of the change that a reference which fails would have made. */
export function referenceFailed(
  provider: string,
  credential: DesiredCredential,
  message: string,
): Change {
  return {
    action: 'unknown',
    address: credential.address,
    provider,
    reason: 'reference_failed',
    detail: message,
    unfulfilled: true,
  };
}
