import type { JsonObject } from '../../base/json.ts';
import type {
  EndpointChange,
  ModelChange,
  StrategyChange,
  UndefineChange,
} from '../../plan/change.ts';
import { editLedger, without } from '../../pool/draft-ledger.ts';
import type { Draft } from '../../pool/store.ts';
import { setEntryEndpoint } from './entries.ts';
import type { Done, Handler } from './handler.ts';

export const handleStrategy: Handler<StrategyChange> = (draft, change) => {
  draft.config = draft.config.set(['credential_pool_strategies', change.provider], change.after);
  return { lines: [] };
};

/** Defines or mends a custom provider in the form that the file uses, or sets one entry's endpoint. */
export const handleEndpoint: Handler<EndpointChange> = (draft, change) => {
  if (change.row !== undefined) return setEntryEndpoint(draft, change, change.row);
  const present = draft.inputs.settings.customs.find((custom) => custom.id === change.provider);
  if (present === undefined) return defineCustom(draft, change);
  const inList = present.mapKey === undefined;
  draft.config = draft.config.set(
    [...present.path, inList ? 'base_url' : urlKey(draft, present.path)],
    change.after,
  );
  if (change.apiMode !== undefined) {
    draft.config = draft.config.set(
      [...present.path, inList ? 'api_mode' : 'transport'],
      change.apiMode,
    );
  }
  return { lines: [] };
};

/** The spelling of the endpoint that a map entry uses (pool-store §6.1). */
function urlKey(draft: Draft, path: readonly (string | number)[]): string {
  const spellings = ['base_url', 'url', 'api'];
  return spellings.find((key) => draft.config.get([...path, key]) !== undefined) ?? 'api';
}

function defineCustom(draft: Draft, change: EndpointChange): Done {
  const name = change.name ?? change.provider.slice('custom:'.length);
  if (draft.inputs.settings.customShape === 'list') {
    const item: JsonObject = { name, base_url: change.after };
    if (change.apiMode !== undefined) item.api_mode = change.apiMode;
    draft.config = draft.config.append(['custom_providers'], item);
  } else {
    const item: JsonObject = { name, api: change.after };
    if (change.apiMode !== undefined) item.transport = change.apiMode;
    draft.config = draft.config.set(['providers', mapKeyOf(draft, name)], item);
  }
  const { managed } = change;
  if (managed !== undefined) {
    editLedger(draft, (ledger) => ({
      definitions: new Map(ledger.definitions).set(change.provider, managed.declaration),
    }));
  }
  return { lines: [] };
}

/** A free key in the `providers:` map, made as Hermes' own migration makes it (pool-store §6.1). */
function mapKeyOf(draft: Draft, name: string): string {
  const base =
    name
      .trim()
      .toLowerCase()
      .replace(/ /g, '-')
      .replace(/[()]/g, '')
      .replace(/-+/g, '-')
      .replace(/^-|-$/g, '') || 'endpoint';
  let key = base;
  for (let turn = 2; draft.config.get(['providers', key]) !== undefined; turn++)
    key = `${base}-${turn}`;
  return key;
}

export const handleUndefine: Handler<UndefineChange> = (draft, change) => {
  const present = draft.inputs.settings.customs.find((custom) => custom.id === change.provider);
  if (present !== undefined) draft.config = draft.config.delete(present.path);
  editLedger(draft, (ledger) => ({ definitions: without(ledger.definitions, change.provider) }));
  return { lines: [] };
};

/** Keys of `model` that belong to the provider that is left (cli-surface §12.3). */
const LEFT_BEHIND = ['api_key', 'api', 'api_mode', 'base_url', 'key_env', 'auth_mode'];

export const handleModel: Handler<ModelChange> = (draft, change) => {
  const { before, after } = change;
  const model = draft.config.get(['model']);
  if (typeof model === 'string') draft.config = draft.config.set(['model'], { default: model });
  if (after.provider !== undefined && after.provider !== before.provider) {
    for (const key of LEFT_BEHIND) {
      if (draft.config.get(['model', key]) !== undefined)
        draft.config = draft.config.delete(['model', key]);
    }
    draft.config = draft.config.set(['model', 'provider'], after.provider);
  }
  if (after.default !== undefined && after.default !== before.default) {
    draft.config = draft.config.set(['model', 'default'], after.default);
  }
  return { lines: [] };
};
