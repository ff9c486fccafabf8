import { escapeControls } from '../base/text.ts';
import type { DeclarationEdit } from '../config/edit-declaration.ts';
import type { PoolStore } from '../pool/store.ts';
import type { CliContext } from './command.ts';

/** Writes into the declaration of this directory what a command did to the pool. */
export interface DeclarationSaver {
  added(entry: {
    readonly provider: string;
    readonly label: string;
    readonly id: string;
  }): Promise<void>;
  removed(entry: { readonly provider: string; readonly label: string }): Promise<void>;
}

/**
 * Finds the declaration before anything is done.
 *
 * @throws `no_declaration` (exit 3)
 */
export async function openDeclaration(
  context: CliContext,
  store: PoolStore,
): Promise<DeclarationSaver> {
  const { factsFor, readDeclarationFile } = await import('./declaration.ts');
  const { fieldsOf, saveDeclared } = await import('../apply/save-declared.ts');
  const { deps, out } = context;
  const input = await readDeclarationFile(context, undefined);
  const save = async (edit: DeclarationEdit): Promise<void> => {
    const path = await saveDeclared(deps, input, factsFor(context, store.home), edit);
    if (path === undefined) return out.notice('The declaration says so already.');
    out.notice(`Saved in ${escapeControls(path)}`);
    if (edit.kind === 'add' && edit.fields.api_key === 'todo:')
      out.notice('Write there where its key is kept, in place of todo:');
  };
  return {
    added: async ({ provider, label, id }) => {
      const fields = await fieldsOf(store, provider, id);
      await save({ kind: 'add', provider, label, fields });
    },
    removed: ({ provider, label }) => save({ kind: 'remove', provider, label }),
  };
}
