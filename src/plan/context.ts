import type { Desired, DesiredCredential, DesiredProvider } from '../config/desired.ts';
import type { Ledger, Managed } from '../pool/ledger.ts';
import type { Live, LiveEntry } from '../pool/live.ts';
import type { AwsIdentity } from '../providers/aws-identity.ts';
import { CATALOG } from '../providers/catalog.ts';
import type { Row } from './change.ts';

/** What became of a reference at plan time; the fingerprint is under the home's key. */
export type Resolution =
  | { readonly state: 'known'; readonly fingerprint: string }
  | { readonly state: 'failed'; readonly message: string }
  | { readonly state: 'not_checked' };

export interface PlanInput {
  readonly desired: Desired;
  readonly live: Live;
  readonly ledger: Ledger;
  /** By reference text; a text that is missing was not checked. */
  readonly resolved: ReadonlyMap<string, Resolution>;
  /** Take over entries that another declaration manages (`--take-over`). */
  readonly takeOver: boolean;
  /** Providers that may lose their last usable credential (`--allow-empty`). */
  readonly allowEmpty: readonly string[];
  /** Undefined where nobody looked, as against a snapshot of another machine. */
  readonly outside?: OutsideFacts | undefined;
}

/** What a declaration speaks of that is not in the home; only what it names is looked at. */
export interface OutsideFacts {
  readonly aws: AwsIdentity | undefined;
}

const NONE: readonly LiveEntry[] = [];

/** Entries of a provider by ascending priority. */
export function entriesOf(live: Live, provider: string): readonly LiveEntry[] {
  return live.entries.get(provider) ?? NONE;
}

/**
 * The source of the entry that a reference borrows: Hermes imports a provider's own variable by
 * itself, so the secret is not stored a second time (design §4). Undefined for every other reference.
 */
export function borrowedSource(
  provider: string,
  credential: DesiredCredential,
): string | undefined {
  const { reference } = credential;
  if (reference?.scheme !== 'env' || !('variable' in reference)) return undefined;
  const row = CATALOG.find((candidate) => candidate.id === provider);
  return row?.keyEnv.includes(reference.variable) ? `env:${reference.variable}` : undefined;
}

export function resolutionOf(input: PlanInput, credential: DesiredCredential): Resolution {
  const text = credential.reference?.text;
  return (text === undefined ? undefined : input.resolved.get(text)) ?? { state: 'not_checked' };
}

export function managedBy(desired: Desired, credential: DesiredCredential): Managed {
  return { declaration: desired.name, protect: credential.protect };
}

function presentOf(provider: DesiredProvider): DesiredCredential[] {
  return provider.credentials.filter((credential) => credential.state === 'present');
}

/** An entry as a change names it. */
export function rowOf(entry: LiveEntry): Row {
  return { id: entry.id, label: entry.label, source: entry.source };
}

/** Labels of a provider in declared order, for the order of its entries. */
export function declaredLabels(provider: DesiredProvider): string[] {
  return presentOf(provider).map((credential) => credential.label);
}
