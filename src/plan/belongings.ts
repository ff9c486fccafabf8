import { isIgnored, providerOf } from './addresses.ts';
import { entriesOf, type PlanInput } from './context.ts';
import { withMoves } from './diff-ledger.ts';
import { diffProvider } from './diff-provider.ts';

/** Whose business a live entry is, in the eyes of one declaration. */
export type Belonging =
  /** The declaration names it. `managed`: by the ledger, for this declaration. */
  | { readonly kind: 'declared'; readonly address: string; readonly managed: boolean }
  /** The ledger manages it for this declaration, which names it no more. */
  | { readonly kind: 'dropped'; readonly address: string }
  | { readonly kind: 'other'; readonly address: string; readonly declaration: string }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unmanaged' };

/** Whose business the live entries of a provider are, by id. Pure. */
export function belongingsOf(given: PlanInput, provider: string): ReadonlyMap<string, Belonging> {
  const input = withMoves(given);
  const { desired, ledger, live } = input;
  const block = desired.providers.find(({ id }) => id === provider);
  const diff = block && diffProvider(input, block);
  const declared = new Map<string, string>();
  for (const [id, label] of diff?.labels ?? []) declared.set(id, `${provider}/${label}`);
  for (const { credential, entry } of diff?.absent ?? [])
    declared.set(entry.id, credential.address);
  const bound = [...ledger.entries].filter(([address]) => providerOf(address) === provider);
  return new Map(
    entriesOf(live, provider).map((entry): [string, Belonging] => {
      const address = declared.get(entry.id);
      const [owned, binding] = bound.find(([, { id }]) => id === entry.id) ?? [];
      const isOurs = binding?.declaration === desired.name;
      if (address !== undefined) return [entry.id, { kind: 'declared', address, managed: isOurs }];
      if (owned !== undefined && binding !== undefined) {
        const { declaration } = binding;
        if (isOurs) return [entry.id, { kind: 'dropped', address: owned }];
        return [entry.id, { kind: 'other', address: owned, declaration }];
      }
      const ignored = isIgnored(desired.ignore, `${provider}/${entry.label}`, entry.source);
      return [entry.id, { kind: ignored ? 'ignored' : 'unmanaged' }];
    }),
  );
}
