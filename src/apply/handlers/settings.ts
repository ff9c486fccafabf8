import { join } from 'node:path';
import type { SettingsChange } from '../../plan/request.ts';
import { unsuppress } from '../../pool/draft-pool.ts';
import type { Draft } from '../../pool/store.ts';
import { CATALOG } from '../../providers/catalog.ts';
import type { Handler } from './handler.ts';

/**
 * Writes what a person chose in `model` or `setup`: each place of `config.yaml` by itself, so that
 * every other byte stays, variables of `.env`, and which provider is active.
 */
export const handleSettings: Handler<SettingsChange> = (draft, change, supply) => {
  if (change.copyTo !== undefined) {
    draft.writeFile(join(draft.home.dir, change.copyTo), draft.config.text);
  }
  for (const { path, value } of change.config) {
    if (path[0] === 'model' && path.length > 1) spellOutModel(draft);
    draft.config = value === undefined ? draft.config.delete(path) : draft.config.set(path, value);
  }
  for (const name of change.variables) {
    const value = supply.variables?.get(name);
    if (value === undefined) throw new Error(`no value was supplied for ${name}`);
    draft.env = draft.env.set(name, value.reveal());
    letImport(draft, name);
  }
  for (const name of change.unset) draft.env = draft.env.remove(name);
  const active = draft.auth.active_provider ?? null;
  if (change.activeProvider !== undefined && active !== change.activeProvider) {
    draft.auth.active_provider = change.activeProvider;
  }
  return { lines: [] };
};

/** The short form `model: name` has no room for more (pool-store §6). */
function spellOutModel(draft: Draft): void {
  const model = draft.config.get(['model']);
  if (typeof model === 'string') draft.config = draft.config.set(['model'], { default: model });
}

/** A person who sets a variable wants it: Hermes' dialogues lift its suppression too (pool-store §8). */
function letImport(draft: Draft, name: string): void {
  for (const row of CATALOG) {
    if (row.keyEnv.includes(name)) unsuppress(draft, row.id, [`env:${name}`]);
  }
}
