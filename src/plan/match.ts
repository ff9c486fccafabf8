import type { DesiredCredential } from '../config/desired.ts';
import { isManual } from '../pool/entry.ts';
import type { Binding, Ledger } from '../pool/ledger.ts';
import type { LiveEntry } from '../pool/live.ts';
import { labelOf, providerOf } from './addresses.ts';
import { borrowedSource, entriesOf, type PlanInput, resolutionOf } from './context.ts';
import { EntryIndex } from './entry-index.ts';

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
      readonly reason: 'label_matches' | 'declared_moved' | 'secret_matches' | 'source_matches';
      /** Declaration that owns it under another address. */
      readonly owner: string | undefined;
    }
  | { readonly kind: 'ambiguous'; readonly entries: readonly LiveEntry[] }
  | { readonly kind: 'none' };

/**
 * Finds the live entry of each declared credential of one provider. First what the ledger binds,
 * then a borrowed source, then the label, then the label that it moved from, then the same secret under
 * another label. An entry is claimed once. Does not depend on the order of anything.
 */
export function matchCredentials(
  input: PlanInput,
  provider: string,
  credentials: readonly DesiredCredential[],
): ReadonlyMap<string, Match> {
  const live = new EntryIndex(entriesOf(input.live, provider));
  const matches = new Map<string, Match>();
  const claimed = new Set<string>();
  // What we removed and an old copy brought back stands for nothing that is declared.
  const removed = new Set(
    input.ledger.tombstones.flatMap(({ address, id }) =>
      providerOf(address) === provider ? [id] : [],
    ),
  );
  const isFree = (entry: LiveEntry): boolean => !claimed.has(entry.id);
  const owners = ownersOf(input.ledger, provider);
  const adopt = (entry: LiveEntry, reason: Extract<Match, { kind: 'adopt' }>['reason']): Match => ({
    kind: 'adopt',
    entry,
    reason,
    owner: owners.get(entry.id),
  });
  const pass = (find: (credential: DesiredCredential) => Match | undefined): void => {
    for (const credential of credentials) {
      if (matches.has(credential.address)) continue;
      const match = find(credential);
      if (match === undefined) continue;
      matches.set(credential.address, match);
      if ('entry' in match) claimed.add(match.entry.id);
    }
  };
  pass((credential) => {
    const binding = input.ledger.entries.get(credential.address);
    return binding && matchBinding(binding, live, isFree);
  });
  pass((credential) => {
    const entry = live.with('source', sourceOf(provider, credential)).find(isFree);
    return entry && adopt(entry, 'source_matches');
  });
  pass((credential) => {
    if (sourceOf(provider, credential) !== undefined) return undefined;
    const named = live
      .with('label', credential.label)
      .filter((entry) => isFree(entry) && fits(credential, entry) && !removed.has(entry.id));
    if (named.length > 1) return { kind: 'ambiguous', entries: named };
    const [entry] = named;
    return entry && adopt(entry, 'label_matches');
  });
  const origins = originsOf(input);
  pass((credential) => {
    const from = origins.get(credential.address);
    if (from === undefined || credential.state === 'absent') return undefined;
    if (sourceOf(provider, credential) !== undefined) return undefined;
    const named = live
      .with('label', labelOf(from))
      .filter((entry) => isFree(entry) && entry.stored && fits(credential, entry))
      .filter(({ id }) => !removed.has(id));
    if (named.length > 1) return { kind: 'ambiguous', entries: named };
    const [entry] = named;
    return entry && adopt(entry, 'declared_moved');
  });
  pass((credential) => {
    const resolution = resolutionOf(input, credential);
    if (resolution.state !== 'known' || sourceOf(provider, credential) !== undefined)
      return undefined;
    const same = live
      .with('fingerprint', resolution.fingerprint)
      .filter((entry) => isFree(entry) && isManual(entry.source) && !removed.has(entry.id));
    const [entry] = same;
    return entry && same.length === 1 ? adopt(entry, 'secret_matches') : undefined;
  });
  for (const { address } of credentials) {
    if (!matches.has(address)) matches.set(address, { kind: 'none' });
  }
  return matches;
}

/** Where credentials moved from that the ledger does not know, by the address that they moved to. */
function originsOf({ desired, ledger }: PlanInput): Map<string, string> {
  return new Map(
    desired.moved.flatMap(({ from, to }): [string, string][] =>
      ledger.entries.has(from) || ledger.entries.has(to) ? [] : [[to, from]],
    ),
  );
}

/** Declarations that own entries of a provider, by id. */
function ownersOf(ledger: Ledger, provider: string): Map<string, string> {
  const owners = new Map<string, string>();
  for (const [address, { id, declaration }] of ledger.entries) {
    if (providerOf(address) === provider && !owners.has(id)) owners.set(id, declaration);
  }
  return owners;
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
export function matchBinding(
  binding: Binding,
  live: EntryIndex,
  isFree: (entry: LiveEntry) => boolean,
): Match | undefined {
  const byId = live.with('id', binding.id).find(isFree);
  if (byId !== undefined && isSame(binding, byId)) {
    return { kind: 'ours', entry: byId, binding, rebound: false };
  }
  const fits = (entry: LiveEntry): boolean => isFree(entry) && entry.type === binding.type;
  const source = isManual(binding.source) ? undefined : binding.source;
  const rebound =
    live.with('fingerprint', binding.fingerprint).find(fits) ??
    live.with('source', source).find(fits) ??
    live.with('account', binding.account).find(fits);
  return rebound && { kind: 'ours', entry: rebound, binding, rebound: true };
}

function isSame(binding: Binding, entry: LiveEntry): boolean {
  // A borrowed entry follows its source: its secret may change without us.
  if (!isManual(binding.source)) return entry.source === binding.source;
  if (binding.fingerprint !== undefined && binding.fingerprint === entry.fingerprint) return true;
  if (binding.account !== undefined && binding.account === entry.account) return true;
  return binding.type === 'oauth' && entry.type === 'oauth' && entry.source === binding.source;
}
