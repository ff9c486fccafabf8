import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import { escapeControls } from '../base/text.ts';
import type { SettingsChange } from '../plan/request.ts';
import { readConfigFile } from '../pool/config-file.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import { peekEntry } from '../pool/selection.ts';
import { type CustomEndpoint, sameUrl } from '../pool/settings.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import { baseUrlFor } from '../providers/base-url.ts';
import { type ModelRule, modelRule } from '../providers/model-rules.ts';
import type { ProviderRow } from '../providers/provider.ts';
import { changeSettings } from './change-settings.ts';
import { getPoolProvider, type PoolProvider } from './find-pool-provider.ts';
import { checkModel, checkUrl } from './model-input.ts';

/** What a person chose. */
export interface ModelInput {
  readonly provider: string;
  readonly model: string;
  /** Undefined: the endpoint in effect. */
  readonly baseUrl?: string | undefined;
  /** Undefined: as the provider's rule says. */
  readonly apiMode?: string | undefined;
  /** Values of the rule's fields by name; those that are missing come from variables or the file. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

export interface ChosenModel {
  readonly provider: string;
  readonly name: string;
  readonly model: string;
  /** As `model.provider` has it. */
  readonly written: string;
  readonly baseUrl: string | undefined;
  readonly notes: readonly string[];
}

type Place = SettingsChange['config'][number];

/** What the choice writes, before it is written. */
interface Writing {
  readonly config: readonly Place[];
  readonly variables: ReadonlyMap<string, Secret>;
  readonly unset: readonly string[];
  readonly activeProvider: string | null;
  readonly written: string;
  readonly baseUrl: string | undefined;
}

/**
 * Writes the model choice with all that belongs to it, as Hermes does (cli-surface §12.3): names,
 * endpoint, mode, the variables that would overrule it, and which provider is active. No key is
 * copied into `config.yaml` or `.env`.
 *
 * @throws `unknown_provider`, `model_refused`, `url_refused`, `endpoint_missing` (exit 64)
 */
export async function setModel(
  deps: Deps,
  store: PoolStore,
  input: ModelInput,
): Promise<ChosenModel> {
  const snapshot = await store.read();
  const provider = getPoolProvider(snapshot, input.provider);
  const model = checkModel(input.model);
  const custom = snapshot.settings.customs.find(({ id }) => id === provider.id);
  if (input.baseUrl !== undefined) checkUrl(input.baseUrl);
  if (
    custom !== undefined &&
    input.baseUrl !== undefined &&
    !sameUrl(input.baseUrl, custom.baseUrl)
  )
    throw endpointStands(custom);
  const writing =
    custom === undefined
      ? await writeCatalog(store, snapshot, getRow(provider), { ...input, model })
      : writeCustom(custom, model);
  const { config, variables, unset, activeProvider } = writing;
  await changeSettings(deps, store, { address: 'model', config, variables, unset, activeProvider });
  return {
    provider: provider.id,
    name: provider.name,
    model,
    written: writing.written,
    baseUrl: writing.baseUrl,
    notes: notesFor(snapshot, provider, deps.clock.now()),
  };
}

async function writeCatalog(
  store: PoolStore,
  snapshot: Snapshot,
  row: ProviderRow,
  input: ModelInput,
): Promise<Writing> {
  const rule = modelRule(row.id);
  const known = await fieldDefaults(store, snapshot, rule);
  const fields = fieldsOf(rule, { ...known, ...input.fields });
  const inEffect = effectiveUrl(snapshot, row);
  const baseUrl = input.baseUrl?.replace(/\/+$/, '') ?? urlOf(rule, inEffect, fields);
  if (baseUrl === '') throw endpointMissing(row);
  const variables = new Map<string, Secret>();
  const isNew = baseUrl !== undefined && !sameUrl(baseUrl, inEffect);
  // The variable wins over the file, so a new endpoint must stand there too.
  if (isNew && row.baseUrlEnv !== undefined && rule.baseUrl === 'effective' && !rule.clears)
    variables.set(row.baseUrlEnv, new Secret(baseUrl));
  const openai = 'OPENAI_BASE_URL';
  if (row.baseUrlEnv !== openai && snapshot.env.get(openai)) variables.set(openai, new Secret(''));
  const clears = rule.clears;
  return {
    config: [
      ...modelPlaces(input.model, row.id, baseUrl, input.apiMode ?? rule.apiMode),
      ...fields.map(({ path, value }) => ({ path, value })),
    ],
    variables,
    unset: clears !== undefined && snapshot.env.get(clears) !== undefined ? [clears] : [],
    activeProvider: rule.activates ? row.id : null,
    written: row.id,
    baseUrl,
  };
}

/** A saved endpoint: by its key where it stands in the map, by its URL where it stands in the list. */
function writeCustom(custom: CustomEndpoint, model: string): Writing {
  const { mapKey, baseUrl, apiMode } = custom;
  const inMap = mapKey !== undefined;
  const written = inMap ? `custom:${mapKey}` : 'custom';
  const places = inMap
    ? [
        ...modelPlaces(model, written, undefined, undefined),
        { path: ['providers', mapKey, 'default_model'], value: model },
      ]
    : modelPlaces(model, written, baseUrl, apiMode);
  return {
    config: places,
    variables: new Map(),
    unset: [],
    activeProvider: null,
    written,
    baseUrl,
  };
}

/** Keys of `model` that belonged to the choice before; an old mirror of a key is one of them. */
const LEFT_BEHIND = ['api_key', 'api', 'key_env', 'auth_mode', 'api_base'];

function modelPlaces(
  model: string,
  provider: string,
  baseUrl: string | undefined,
  apiMode: string | undefined,
): Place[] {
  const places: [string, Json | undefined][] = [
    ['default', model],
    ['provider', provider],
    ['base_url', baseUrl],
    ['api_mode', apiMode],
    ...LEFT_BEHIND.map((key): [string, undefined] => [key, undefined]),
  ];
  // Hermes folds these old ones of the top level into `model` where nothing stands (pool-store §6).
  const old = ['provider', 'base_url', 'api_base'].map((key) => ({
    path: [key],
    value: undefined,
  }));
  return [...places.map(([key, value]) => ({ path: ['model', key], value })), ...old];
}

function urlOf(
  rule: ModelRule,
  inEffect: string,
  fields: readonly { readonly name: string; readonly value: string }[],
): string | undefined {
  if (rule.baseUrl === 'none') return undefined;
  if (rule.baseUrl === 'effective') return inEffect;
  return fields.reduce(
    (text, { name, value }) => text.replace(`{${name}}`, value),
    rule.baseUrl.of,
  );
}

/** Where a request to a provider would go now. */
export function effectiveUrl(snapshot: Snapshot, row: ProviderRow): string {
  const { entries } = loadEffectivePool(snapshot, row.id);
  const secret = entries.find((entry) => !entry.secret.isEmpty)?.secret;
  const url = baseUrlFor(row, { secret, env: snapshot.inputs.env, useEnv: true });
  const { providerId, baseUrl } = snapshot.settings.model;
  // Where the endpoint is the user's own, only the choice that holds may know it.
  return url === '' && providerId === row.id ? (baseUrl ?? '') : url;
}

/** What a field is already: in the file, else by a variable, else Hermes' default. */
export async function fieldDefaults(
  store: PoolStore,
  snapshot: Snapshot,
  { fields }: ModelRule,
): Promise<Record<string, string>> {
  if (fields.length === 0) return {};
  const config = await readConfigFile(store.home.configFile);
  const known = fields.map(({ name, path, env, fallback }): [string, string | undefined] => {
    const written = config.get(path);
    const variable = env.map(snapshot.inputs.env).find((value) => value !== undefined);
    return [name, typeof written === 'string' && written !== '' ? written : (variable ?? fallback)];
  });
  return Object.fromEntries(known.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

function fieldsOf(
  rule: ModelRule,
  known: Readonly<Record<string, string>>,
): { name: string; path: readonly string[]; value: string }[] {
  return rule.fields.map(({ name, path, env }) => {
    const value = known[name];
    if (value === undefined) throw fieldMissing(name, env);
    return { name, path, value };
  });
}

function notesFor(snapshot: Snapshot, { id, row }: PoolProvider, nowMs: number): string[] {
  if (row?.types.length === 0) return [];
  const { entries } = loadEffectivePool(snapshot, id);
  if (peekEntry(entries, 'fill_first', nowMs) !== undefined) return [];
  return [`Note: ${id} has no usable credential yet: gormes auth add ${id}`];
}

function getRow({ row, id }: PoolProvider): ProviderRow {
  if (row !== undefined && !row.session) return row;
  throw new GormesError('model_refused', `${escapeControls(id)} answers no model request`, {
    hint: 'gormes model shows the providers to choose from',
  });
}

function endpointStands({ id }: CustomEndpoint): GormesError {
  return new GormesError(
    'url_refused',
    `the endpoint of ${escapeControls(id)} stands in config.yaml`,
    {
      exitCode: EXIT.usage,
      hint: 'change it there, or define another one: --provider custom --base-url URL',
    },
  );
}

function endpointMissing(row: ProviderRow): GormesError {
  return new GormesError('endpoint_missing', `${row.name} has no endpoint of its own`, {
    exitCode: EXIT.usage,
    hint: `name yours: gormes model --provider ${row.id} --model MODEL --base-url URL`,
  });
}

function fieldMissing(name: string, env: readonly string[]): GormesError {
  return new GormesError('endpoint_missing', `the ${name} is not known`, {
    exitCode: EXIT.usage,
    hint: `set ${env.join(' or ')}`,
  });
}
