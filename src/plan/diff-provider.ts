import type { DesiredCredential, DesiredProvider } from '../config/desired.ts';
import type { LiveEntry } from '../pool/live.ts';
import type { Change, LoginChange, Row } from './change.ts';
import { borrowedSource, managedBy, type PlanInput, presentOf, resolutionOf } from './context.ts';
import { driftOfGone } from './drift.ts';
import { type Match, matchCredentials } from './match.ts';
import type { Drift, Note } from './plan.ts';

/** What one provider's block comes to, removals and order aside. */
export interface ProviderDiff {
  readonly changes: readonly Change[];
  readonly drift: readonly Drift[];
  readonly notes: readonly Note[];
  /** Ids of live entries that the declaration names. */
  readonly claimed: ReadonlySet<string>;
  /** Live entries that `state: absent` names. */
  readonly absent: readonly { readonly credential: DesiredCredential; readonly entry: LiveEntry }[];
  /** New labels of claimed entries, by id. */
  readonly labels: ReadonlyMap<string, string>;
  readonly unchanged: number;
}

/** Compares the declared credentials of one provider with the live ones. */
export function diffProvider(input: PlanInput, provider: DesiredProvider): ProviderDiff {
  const matches = matchCredentials(input, provider.id, provider.credentials);
  const found: Found = { changes: [], drift: [], notes: [] };
  const claimed = new Set<string>();
  const labels = new Map<string, string>();
  const absent: { credential: DesiredCredential; entry: LiveEntry }[] = [];
  let unchanged = 0;
  for (const credential of provider.credentials) {
    const match = matches.get(credential.address) ?? { kind: 'none' };
    if ('entry' in match) claimed.add(match.entry.id);
    if (match.kind === 'ambiguous') for (const entry of match.entries) claimed.add(entry.id);
    if (credential.state === 'absent') {
      if ('entry' in match) absent.push({ credential, entry: match.entry });
      else if (match.kind === 'ambiguous')
        found.changes.push(ambiguous(provider.id, credential, match.entries));
      continue;
    }
    if ('entry' in match) labels.set(match.entry.id, credential.label);
    const before = found.changes.length;
    diffCredential(input, provider, credential, match, found);
    if (found.changes.length === before) unchanged++;
  }
  return { ...found, claimed, absent, labels, unchanged };
}

interface Found {
  readonly changes: Change[];
  readonly drift: Drift[];
  readonly notes: Note[];
}

function diffCredential(
  input: PlanInput,
  provider: DesiredProvider,
  credential: DesiredCredential,
  match: Match,
  found: Found,
): void {
  switch (match.kind) {
    case 'ambiguous':
      found.changes.push(ambiguous(provider.id, credential, match.entries));
      return;
    case 'none':
      diffMissing(input, provider, credential, found);
      return;
    case 'ours':
      if (!diffOwnership(input, credential, match, found)) return;
      diffEntry(input, provider, credential, match.entry, found);
      return;
    case 'adopt':
      diffAdopted(input, provider, credential, match, found);
      return;
    default:
      match satisfies never;
  }
}

function diffMissing(
  input: PlanInput,
  provider: DesiredProvider,
  credential: DesiredCredential,
  found: Found,
): void {
  const { address } = credential;
  const common = { address, provider: provider.id, reason: 'not_in_pool' as const };
  const managed = managedBy(input.desired, credential);
  const binding = input.ledger.entries.get(address);
  if (binding !== undefined) {
    found.drift.push(driftOfGone(input, address, binding));
  }
  if (credential.type !== 'api_key') {
    const action = credential.type === 'import' ? 'import' : 'login';
    found.changes.push({
      ...common,
      action,
      row: undefined,
      label: credential.label,
      account: credential.account,
      options: loginOptions(credential),
      managed,
    });
    return;
  }
  const source = borrowedSource(provider.id, credential);
  const resolution = resolutionOf(input, credential);
  if (resolution.state === 'failed') {
    found.changes.push(referenceFailed(provider.id, credential, resolution.message));
    return;
  }
  found.changes.push({
    ...common,
    action: 'add',
    label: credential.label,
    source: source ?? 'manual',
    from: credential.reference?.text,
    baseUrl: credential.baseUrl,
    managed,
  });
}

/** Compares what the ledger says of an entry; false when the entry is another declaration's. */
function diffOwnership(
  input: PlanInput,
  credential: DesiredCredential,
  match: Extract<Match, { kind: 'ours' }>,
  found: Found,
): boolean {
  const { entry, binding } = match;
  const { address } = credential;
  const foreign = binding.declaration !== input.desired.name;
  if (foreign && !input.takeOver) {
    found.changes.push(otherDeclaration(entry.provider, address, binding.declaration));
    return false;
  }
  if (match.rebound) {
    found.drift.push({
      address,
      cause: 'rebound',
      detail: `has a new id, ${entry.id}: stored again outside`,
    });
  }
  if (entry.label !== binding.label && binding.label === credential.label) {
    found.drift.push({
      address,
      cause: 'relabelled',
      detail: `relabelled to "${entry.label}" outside`,
    });
  }
  if (foreign || match.rebound || binding.protect !== credential.protect) {
    found.changes.push({
      action: 'adopt',
      address,
      provider: entry.provider,
      reason: foreign
        ? 'other_declaration'
        : match.rebound
          ? 'secret_matches'
          : 'protection_changed',
      row: rowOf(entry),
      managed: managedBy(input.desired, credential),
    });
  }
  return true;
}

function otherDeclaration(provider: string, address: string, name: string): Change {
  return {
    action: 'blocked',
    address,
    provider,
    reason: 'other_declaration',
    blocks: 'adopt',
    detail: `managed by another declaration (${name})`,
    hint: 'remove it from one of the two, or take it over with --take-over',
  };
}

function diffAdopted(
  input: PlanInput,
  provider: DesiredProvider,
  credential: DesiredCredential,
  match: Extract<Match, { kind: 'adopt' }>,
  found: Found,
): void {
  const { entry } = match;
  const managed = managedBy(input.desired, credential);
  if (!entry.stored && entry.label !== credential.label) {
    // Offered by its source, not written yet: to a person that is an addition.
    const common = {
      address: credential.address,
      provider: provider.id,
      reason: 'not_in_pool' as const,
    };
    if (credential.type === 'import') {
      found.changes.push({
        ...common,
        action: 'import',
        row: undefined,
        label: credential.label,
        account: undefined,
        options: {},
        managed,
      });
    } else {
      found.changes.push({
        ...common,
        action: 'add',
        label: credential.label,
        source: entry.source,
        from: credential.reference?.text,
        baseUrl: credential.baseUrl,
        managed,
      });
    }
    return;
  }
  const other = owner(input, entry);
  if (other !== undefined && other !== input.desired.name && !input.takeOver) {
    found.changes.push(otherDeclaration(provider.id, credential.address, other));
    return;
  }
  found.changes.push({
    action: 'adopt',
    address: credential.address,
    provider: provider.id,
    reason: match.reason,
    row: rowOf(entry),
    managed,
  });
  diffEntry(input, provider, credential, entry, found);
}

/** Declaration that owns an entry under whatever address. */
function owner(input: PlanInput, entry: LiveEntry): string | undefined {
  for (const [address, binding] of input.ledger.entries) {
    if (address.startsWith(`${entry.provider}/`) && binding.id === entry.id)
      return binding.declaration;
  }
  return undefined;
}

/** Differences of an entry that is there: secret, login, endpoint, label. */
function diffEntry(
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

function loginOptions({ minKeyTtlMs }: DesiredCredential): LoginChange['options'] {
  return minKeyTtlMs === undefined ? {} : { minKeyTtlMs };
}

function referenceFailed(provider: string, credential: DesiredCredential, message: string): Change {
  return {
    action: 'unknown',
    address: credential.address,
    provider,
    reason: 'reference_failed',
    detail: message,
    unfulfilled: true,
  };
}

function ambiguous(
  provider: string,
  credential: DesiredCredential,
  entries: readonly LiveEntry[],
): Change {
  return {
    action: 'blocked',
    address: credential.address,
    provider,
    reason: 'ambiguous_label',
    blocks: credential.state === 'absent' ? 'remove' : 'adopt',
    detail: `${entries.length} live credentials have this label`,
    hint: `remove or relabel all but one: gormes auth remove ${provider} ${entries[0]?.id ?? 'ID'}`,
  };
}

export function rowOf(entry: LiveEntry): Row {
  return { id: entry.id, label: entry.label, source: entry.source };
}

/** Labels of a provider in declared order, for the order of its entries. */
export function declaredLabels(provider: DesiredProvider): string[] {
  return presentOf(provider).map((credential) => credential.label);
}
