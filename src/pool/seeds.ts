import { isJsonObject, type JsonObject } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import { baseUrlFor } from '../providers/base-url.ts';
import { cachedEndpoint } from '../providers/cached-endpoint.ts';
import type { LoginPlaces, Seed } from '../providers/login-storage.ts';
import type { ProviderRow } from '../providers/provider.ts';
import { isManual } from './entry.ts';
import { type CustomEndpoint, type Settings, sameUrl } from './settings.ts';
import type { GhAnswer, VendorLogins } from './vendor.ts';

/** Everything outside `credential_pool` that Hermes imports from. */
export interface SeedInputs {
  /** `.env` before the environment, as Hermes resolves a variable (pool-store §5). */
  readonly env: (name: string) => string | undefined;
  readonly vendor: VendorLogins;
  readonly settings: Settings;
  /** `providers` of `auth.json`: single logins by provider. */
  readonly logins: JsonObject;
  /** The same of the root's store while a profile is used: its logins are not ours to copy or end. */
  readonly inheritedLogins: JsonObject;
  /** What `gh` said; undefined when nobody asked it. */
  readonly gh: GhAnswer | undefined;
  readonly activeProvider: string | undefined;
}

/** What the sources of one provider say. */
export interface Seeds {
  readonly seeds: readonly Seed[];
  /** Sources whose entries go when they offer nothing, because what they stood for is gone. */
  readonly vanishing: (source: string) => boolean;
}

/**
 * Seeds of a catalog provider in Hermes' order: logins first, then variables (pool-store §8).
 *
 * @param hasManual whether a person added an entry of this provider by hand
 */
export function seedsOfProvider(row: ProviderRow, inputs: SeedInputs, hasManual: boolean): Seeds {
  const { login } = row;
  const logins = [
    ...(login?.seeds?.(placesOf(row, inputs, hasManual)) ?? []),
    ...(row.sources?.includes(GH) ? ghSeeds(row, inputs) : []),
  ];
  return {
    seeds: [...logins, ...envSeeds(row, inputs)],
    vanishing: (source) =>
      (row.sources?.includes(source) === true && (source !== GH || inputs.gh !== undefined)) ||
      (logins.length === 0 && login?.goWithSeed?.includes(source) === true),
  };
}

function placesOf(row: ProviderRow, inputs: SeedInputs, hasManual: boolean): LoginPlaces {
  const state = inputs.logins[row.id];
  const { model } = inputs.settings;
  return {
    state: isJsonObject(state) ? state : undefined,
    vendor: (source) => inputs.vendor[source],
    env: inputs.env,
    hasManual,
    isChosen: inputs.activeProvider === row.id || model.providerId === row.id,
    baseUrl: row.baseUrl,
  };
}

const GH = 'gh_cli';

/** GitHub's own program, asked only where no variable is set (pool-store §8). */
function ghSeeds(row: ProviderRow, inputs: SeedInputs): Seed[] {
  const secret = inputs.gh?.token;
  if (secret === undefined || row.keyRule?.refuses.some((prefix) => secret.startsWith(prefix)))
    return [];
  const baseUrl = baseUrlFor(row, { secret, env: inputs.env, useEnv: true });
  return [{ source: GH, type: 'api_key', label: 'gh auth token', secret, baseUrl }];
}

/** Variables of `keyEnv` that are set and whose import is Hermes' own: the borrowed sources. */
function envSeeds(row: ProviderRow, inputs: SeedInputs): Seed[] {
  const set = row.keyEnv.flatMap((name) => {
    const value = inputs.env(name)?.trim();
    return !value || row.keyRule?.refuses.some((prefix) => value.startsWith(prefix))
      ? []
      : [{ name, secret: new Secret(value) }];
  });
  const taken = row.seedsEnv === false ? set.slice(0, 1) : set;
  return taken.map(({ name, secret }) => ({
    source: `env:${name}`,
    type: row.oauthPrefix && secret.startsWith(row.oauthPrefix) ? 'oauth' : 'api_key',
    label: name,
    secret,
    baseUrl:
      detectedBaseUrl(row, inputs, secret) ??
      baseUrlFor(row, { secret, env: inputs.env, useEnv: true }),
  }));
}

/** Seeds of a custom endpoint: the key in its own definition, or the model's (pool-store §8). */
export function seedsOfCustom(custom: CustomEndpoint, inputs: SeedInputs): Seeds {
  const seeds: Seed[] = [];
  // Hermes ignores key_env here; a person who wrote it expects that it counts (docs/reference/parity.md).
  const fromEnv = custom.keyEnv === undefined ? undefined : inputs.env(custom.keyEnv);
  const key = custom.apiKey ?? (fromEnv === undefined ? undefined : new Secret(fromEnv));
  if (key !== undefined) {
    seeds.push({
      source: `config:${custom.name}`,
      type: 'api_key',
      label: custom.name,
      secret: key,
      baseUrl: custom.baseUrl,
    });
  }
  const { model } = inputs.settings;
  if (
    model.provider === 'custom' &&
    model.apiKey !== undefined &&
    sameUrl(model.baseUrl, custom.baseUrl)
  ) {
    seeds.push({
      source: 'model_config',
      type: 'api_key',
      label: 'model_config',
      secret: model.apiKey,
      baseUrl: custom.baseUrl,
    });
  }
  // In a custom pool every source that is not manual goes with what it stood for.
  return { seeds, vanishing: (source) => !isManual(source) };
}

function detectedBaseUrl(row: ProviderRow, inputs: SeedInputs, secret: Secret): string | undefined {
  if (row.endpoints === undefined) return undefined;
  if (row.baseUrlEnv !== undefined && inputs.env(row.baseUrlEnv) !== undefined) return undefined;
  return cachedEndpoint(inputs.logins[row.id], secret)?.baseUrl;
}
