import type { DesiredCredential } from '../config/desired.ts';
import { isManual } from '../pool/entry.ts';
import type { Binding } from '../pool/ledger.ts';
import type { LiveEntry } from '../pool/live.ts';
import { providerOf } from './addresses.ts';
import { borrowedSource, entriesOf, type PlanInput, resolutionOf } from './context.ts';

/** How a declared credential and a live entry belong together (design §5). */
export type Match =
  /** Ours by the ledger. `rebound`: under another id than the ledger says. */
  | {
      readonly kind: 'ours';
      readonly entry: LiveEntry;
      readonly binding: Binding;
      readonly rebound: boolean;
    }
  /** Not ours yet, but plainly the one that is meant. */
  | {
      readonly kind: 'adopt';
      readonly entry: LiveEntry;
      readonly reason: 'label_matches' | 'secret_matches' | 'source_matches';
    }
  | { readonly kind: 'ambiguous'; readonly entries: readonly LiveEntry[] }
  | { readonly kind: 'none' };

/**
 * Finds the live entry of each declared credential of one provider. First what the ledger binds,
 * then a borrowed source, then the label, then the same secret under another label. An entry is
 * claimed once. Does not depend on the order of anything.
 */
export function matchCredentials(
  input: PlanInput,
  provider: string,
  credentials: readonly DesiredCredential[],
): ReadonlyMap<string, Match> {
  const live = entriesOf(input.live, provider);
  const matches = new Map<string, Match>();
  const claimed = new Set<string>();
  // What we removed and an old copy brought back stands for nothing that is declared.
  const removed = new Set(
    input.ledger.tombstones.flatMap(({ address, id }) =>
      providerOf(address) === provider ? [id] : [],
    ),
  );
  const pass = (
    find: (credential: DesiredCredential, free: readonly LiveEntry[]) => Match | undefined,
  ): void => {
    for (const credential of credentials) {
      if (matches.has(credential.address)) continue;
      const match = find(
        credential,
        live.filter((entry) => !claimed.has(entry.id)),
      );
      if (match === undefined) continue;
      matches.set(credential.address, match);
      if ('entry' in match) claimed.add(match.entry.id);
    }
  };
  pass((credential, free) => {
    const binding = input.ledger.entries.get(credential.address);
    return binding && matchBinding(binding, free);
  });
  pass((credential, free) => {
    const source = sourceOf(provider, credential);
    const entry = free.find((candidate) => candidate.source === source);
    return entry && { kind: 'adopt', entry, reason: 'source_matches' };
  });
  pass((credential, free) => {
    if (sourceOf(provider, credential) !== undefined) return undefined;
    const named = free.filter(
      (entry) =>
        entry.label === credential.label && fits(credential, entry) && !removed.has(entry.id),
    );
    if (named.length > 1) return { kind: 'ambiguous', entries: named };
    const [entry] = named;
    return entry && { kind: 'adopt', entry, reason: 'label_matches' };
  });
  pass((credential, free) => {
    const resolution = resolutionOf(input, credential);
    if (resolution.state !== 'known' || sourceOf(provider, credential) !== undefined)
      return undefined;
    const same = free.filter(
      (entry) =>
        entry.fingerprint === resolution.fingerprint &&
        isManual(entry.source) &&
        !removed.has(entry.id),
    );
    const [entry] = same;
    return entry && same.length === 1
      ? { kind: 'adopt', entry, reason: 'secret_matches' }
      : undefined;
  });
  for (const { address } of credentials) {
    if (!matches.has(address)) matches.set(address, { kind: 'none' });
  }
  return matches;
}

/** Source of the entry that a credential stands for, when it is not a manual one. */
function sourceOf(provider: string, credential: DesiredCredential): string | undefined {
  if (credential.type === 'import') return 'qwen-cli';
  return borrowedSource(provider, credential);
}

/** A stored key never stands for a declared login, nor a borrowed entry for a stored key. */
function fits(credential: DesiredCredential, entry: LiveEntry): boolean {
  if (credential.state === 'absent') return true;
  if (credential.type === 'api_key') return entry.type === 'api_key' && isManual(entry.source);
  return entry.type === 'oauth';
}

/** The entry that a binding means; undefined when none does (design §5). */
export function matchBinding(binding: Binding, free: readonly LiveEntry[]): Match | undefined {
  const byId = free.find((entry) => entry.id === binding.id);
  if (byId !== undefined && isSame(binding, byId)) {
    return { kind: 'ours', entry: byId, binding, rebound: false };
  }
  const others = free.filter((entry) => entry.type === binding.type);
  const rebound =
    others.find(
      (entry) => binding.fingerprint !== undefined && entry.fingerprint === binding.fingerprint,
    ) ??
    others.find((entry) => !isManual(entry.source) && entry.source === binding.source) ??
    others.find((entry) => binding.account !== undefined && entry.account === binding.account);
  return rebound && { kind: 'ours', entry: rebound, binding, rebound: true };
}

function isSame(binding: Binding, entry: LiveEntry): boolean {
  // A borrowed entry follows its source: its secret may change without us.
  if (!isManual(binding.source)) return entry.source === binding.source;
  if (binding.fingerprint !== undefined && binding.fingerprint === entry.fingerprint) return true;
  if (binding.account !== undefined && binding.account === entry.account) return true;
  return binding.type === 'oauth' && entry.type === 'oauth' && entry.source === binding.source;
}
