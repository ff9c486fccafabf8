import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import { resolveProvider, slugOf } from '../providers/find-provider.ts';
import type { CustomProvider } from '../providers/provider.ts';
import { parseStrategy, type Strategy } from './strategy.ts';

/** A custom endpoint of `config.yaml` with the key that stands in it, if one does. */
export interface CustomEndpoint extends CustomProvider {
  readonly apiKey: Secret | undefined;
  /** Where the definition stands: its path in `config.yaml`. */
  readonly path: readonly (string | number)[];
}

/** The parts of `config.yaml` that concern credentials (pool-store §6). */
export interface Settings {
  readonly model: {
    /** As it is written: an id, an alias, `custom:<key>`, `auto`. */
    readonly provider: string | undefined;
    /** The provider that this means, by its id; undefined for `auto` and what nobody knows. */
    readonly providerId: string | undefined;
    readonly default: string | undefined;
    readonly baseUrl: string | undefined;
    readonly apiKey: Secret | undefined;
    /** `entra_id` for Azure without keys. */
    readonly authMode: string | undefined;
    readonly entraScope: string | undefined;
  };
  /** `bedrock.region`, which wins over all variables at run time. */
  readonly bedrockRegion: string | undefined;
  /** Only what is written; a provider that is missing uses `fill_first`. */
  readonly strategies: ReadonlyMap<string, Strategy>;
  readonly customs: readonly CustomEndpoint[];
  /** Which form new custom endpoints take: the one in use, else the newer map. */
  readonly customShape: 'list' | 'map';
}

type Expand = (text: string) => string;

/**
 * Reads settings from the whole of `config.yaml`.
 *
 * @param config the parsed file; anything but a mapping counts as empty
 * @param env for `${VAR}` and `${env:VAR}` inside strings; unresolved ones stay as they are
 */
export function parseSettings(
  config: Json | undefined,
  env: (name: string) => string | undefined,
): Settings {
  const top = isJsonObject(config) ? config : {};
  const expand: Expand = (text) =>
    text.replace(
      /\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}/g,
      (whole, name: string) => env(name) ?? whole,
    );
  const customs = parseCustoms(top, expand);
  return {
    model: parseModel(top, expand, customs),
    bedrockRegion: isJsonObject(top.bedrock) ? stringAt(top.bedrock, 'region') : undefined,
    strategies: parseStrategies(top.credential_pool_strategies),
    customs,
    customShape:
      Array.isArray(top.custom_providers) && top.custom_providers.length > 0 ? 'list' : 'map',
  };
}

function parseModel(
  top: JsonObject,
  expand: Expand,
  customs: readonly CustomEndpoint[],
): Settings['model'] {
  const model = isJsonObject(top.model) ? top.model : {};
  const shorthand = typeof top.model === 'string' ? top.model : undefined;
  const apiKey = stringAt(model, 'api_key') ?? stringAt(model, 'api');
  const provider = stringAt(model, 'provider') ?? stringAt(top, 'provider');
  const baseUrl =
    stringAt(model, 'base_url') ?? stringAt(model, 'api_base') ?? stringAt(top, 'base_url');
  const entra = isJsonObject(model.entra) ? model.entra : {};
  return {
    provider,
    providerId: provider === undefined ? undefined : modelProviderId(provider, baseUrl, customs),
    default:
      stringAt(model, 'default') ??
      stringAt(model, 'model') ??
      stringAt(model, 'name') ??
      shorthand,
    baseUrl,
    apiKey: apiKey === undefined ? undefined : new Secret(expand(apiKey)),
    authMode: stringAt(model, 'auth_mode'),
    entraScope: stringAt(entra, 'scope'),
  };
}

/** `custom` alone means the endpoint whose URL the model has (pool-store §8). */
function modelProviderId(
  provider: string,
  baseUrl: string | undefined,
  customs: readonly CustomEndpoint[],
): string | undefined {
  if (provider.trim().toLowerCase() === 'custom') {
    return customs.find((custom) => sameUrl(baseUrl, custom.baseUrl))?.id;
  }
  const found = resolveProvider(provider, customs);
  return found?.kind === 'custom' ? found.custom.id : found?.row.id;
}

/** Whether two endpoints are the same, a `/` at the end aside. */
export function sameUrl(a: string | undefined, b: string): boolean {
  return a !== undefined && a.replace(/\/+$/, '') === b.replace(/\/+$/, '');
}

function parseStrategies(value: Json | undefined): Map<string, Strategy> {
  if (!isJsonObject(value)) return new Map();
  return new Map(Object.entries(value).map(([provider, word]) => [provider, parseStrategy(word)]));
}

function parseCustoms(top: JsonObject, expand: Expand): CustomEndpoint[] {
  const list = Array.isArray(top.custom_providers) ? top.custom_providers : [];
  const map = isJsonObject(top.providers) ? top.providers : {};
  const found = [
    ...list.map((item, index) => parseCustom(item, undefined, ['custom_providers', index], expand)),
    ...Object.entries(map).map(([key, item]) => parseCustom(item, key, ['providers', key], expand)),
  ];
  const unique = new Map<string, CustomEndpoint>();
  for (const custom of found) {
    if (custom !== undefined && !unique.has(custom.id)) unique.set(custom.id, custom);
  }
  return [...unique.values()];
}

/** Values that Hermes treats as "no key" (pool-store §6.1). */
const NO_KEY = ['no-key', 'no-key-required'];

function parseCustom(
  item: Json,
  mapKey: string | undefined,
  path: readonly (string | number)[],
  expand: Expand,
): CustomEndpoint | undefined {
  if (!isJsonObject(item) || item.enabled === false) return undefined;
  const field = (...names: string[]): string | undefined => {
    for (const name of names) {
      const value = stringAt(item, name);
      if (value !== undefined) return expand(value);
    }
    return undefined;
  };
  const name = field('name') ?? mapKey;
  const baseUrl = [field('base_url', 'baseUrl'), field('url'), field('api')].find(isEndpoint);
  if (name === undefined || baseUrl === undefined) return undefined;
  const apiKey = field('api_key', 'apiKey');
  return {
    id: `custom:${slugOf(name)}`,
    name,
    mapKey,
    baseUrl,
    apiMode: field('api_mode', 'apiMode', 'transport'),
    keyEnv: field('key_env', 'keyEnv', 'api_key_env', 'apiKeyEnv'),
    model: field('model', 'default_model', 'defaultModel'),
    apiKey: apiKey === undefined || NO_KEY.includes(apiKey) ? undefined : new Secret(apiKey),
    path,
  };
}

function isEndpoint(url: string | undefined): url is string {
  return url !== undefined && (/^[a-z][a-z0-9+.-]*:\/\/[^/]+/i.test(url) || /\{.*\}/.test(url));
}
