import type { DesiredCredential, DesiredProvider } from '../config/desired.ts';
import type { LiveEntry } from '../pool/live.ts';
import type { Change } from './change.ts';
import { borrowedSource, managedBy, type PlanInput, resolutionOf } from './context.ts';
import { diffEntry, type Found, loginOptions, referenceFailed } from './diff-entry.ts';
import { diffUnmoved } from './diff-moved.ts';
import { diffAdopted, diffOwnership, foreignRemoval } from './diff-ownership.ts';
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
      if ('entry' in match) {
        const foreign = foreignRemoval(input, credential, match);
        if (foreign === undefined) absent.push({ credential, entry: match.entry });
        else found.changes.push(foreign);
      } else if (match.kind === 'ambiguous')
        found.changes.push(ambiguous(provider.id, credential, match.entries));
      continue;
    }
    if ('entry' in match) labels.set(match.entry.id, credential.label);
    const before = found.changes.length;
    diffCredential(input, provider, credential, match, found);
    if (found.changes.length === before) unchanged++;
  }
  found.notes.push(...diffUnmoved(input, provider.id, claimed));
  return { ...found, claimed, absent, labels, unchanged };
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

function ambiguous(
  provider: string,
  credential: DesiredCredential,
  entries: readonly LiveEntry[],
): Change {
  const label = entries[0]?.label;
  return {
    action: 'blocked',
    address: credential.address,
    provider,
    reason: 'ambiguous_label',
    blocks: credential.state === 'absent' ? 'remove' : 'adopt',
    detail: `${entries.length} live credentials have ${label === credential.label ? 'this label' : `the label "${label}"`}`,
    hint: `remove or relabel all but one: gormes auth remove ${provider} ${entries[0]?.id ?? 'ID'}`,
  };
}
