import type { DesiredCredential, DesiredProvider } from '../config/desired.ts';
import type { BlockedChange, Change } from './change.ts';
import { managedBy, type PlanInput, rowOf } from './context.ts';
import { diffEntry, type Found } from './diff-entry.ts';
import type { Match } from './match.ts';

/** Compares what the ledger says of an entry; false when the entry is another declaration's. */
export function diffOwnership(
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

/** Stops the removal of an entry that another declaration manages; undefined when it may go. */
export function foreignRemoval(
  input: PlanInput,
  { address }: DesiredCredential,
  match: Extract<Match, { readonly entry: unknown }>,
): Change | undefined {
  const owner = match.kind === 'ours' ? match.binding.declaration : match.owner;
  if (owner === undefined || owner === input.desired.name || input.takeOver) return undefined;
  return { ...otherDeclaration(match.entry.provider, address, owner), blocks: 'remove' };
}

function otherDeclaration(provider: string, address: string, name: string): BlockedChange {
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

/** A live entry that becomes ours, or is stored by its source at last. */
export function diffAdopted(
  input: PlanInput,
  provider: DesiredProvider,
  credential: DesiredCredential,
  match: Extract<Match, { kind: 'adopt' }>,
  found: Found,
): void {
  const { entry, owner } = match;
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
  if (owner !== undefined && owner !== input.desired.name && !input.takeOver) {
    found.changes.push(otherDeclaration(provider.id, credential.address, owner));
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
