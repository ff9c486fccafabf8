import type { Deps } from '../base/deps.ts';
import type { Json } from '../base/json.ts';
import { type DeclarationEdit, editDeclaration } from '../config/edit-declaration.ts';
import type { DeclarationContext, DeclarationInput } from '../config/load-declaration.ts';
import { loadPool } from '../pool/pools.ts';
import type { PoolStore } from '../pool/store.ts';
import { writeAtomic } from '../pool/write/write-atomic.ts';
import { findProvider } from '../providers/find-provider.ts';

/**
 * Writes one credential into a declaration, or takes it out; comments stay.
 *
 * @returns the file that was changed; undefined when it said so already
 * @throws `save_refused`, `write_failed`
 */
export async function saveDeclared(
  deps: Pick<Deps, 'random'>,
  input: DeclarationInput,
  context: DeclarationContext,
  edit: DeclarationEdit,
): Promise<string | undefined> {
  const edited = await editDeclaration(input, context, edit);
  if (edited === undefined) return undefined;
  writeAtomic(edited.path, edited.text, deps, { mode: 0o777 });
  return edited.path;
}

/** What a declaration says of an entry that is live. A key has no reference yet: a person must write it. */
export async function fieldsOf(
  store: PoolStore,
  provider: string,
  id: string,
): Promise<Record<string, Json>> {
  const { auth, inputs } = await store.read();
  const entry = loadPool(provider, auth, inputs).entries.find((candidate) => candidate.id === id);
  const row = findProvider(provider);
  if (entry?.source.startsWith('env:')) return { api_key: entry.source };
  if (row?.types[0] === 'import') return { type: 'import' };
  return entry?.type === 'oauth' ? { type: 'oauth' } : { api_key: 'todo:' };
}
