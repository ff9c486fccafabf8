import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { accountOf } from '../base/jwt.ts';
import { Secret } from '../base/secret.ts';
import { baseUrlFor } from '../providers/base-url.ts';
import { cachedEndpoint } from '../providers/cached-endpoint.ts';
import type { ProviderRow } from '../providers/provider.ts';
import { type AuthType, isManual, parseTime } from './entry.ts';
import { type CustomEndpoint, type Settings, sameUrl } from './settings.ts';
import type { GhAnswer, VendorLogin, VendorLogins } from './vendor.ts';

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

/** A credential that a source offers. */
export interface Seed {
  readonly source: string;
  readonly type: AuthType;
  /** Label of a new entry; an entry that is there keeps its own. */
  readonly label: string;
  readonly secret: Secret;
  readonly refreshToken?: Secret | undefined;
  readonly baseUrl?: string | undefined;
  /** Further fields of the row, named as Hermes writes them. */
  readonly extras?: JsonObject;
}

/** What the sources of one provider say. */
export interface Seeds {
  readonly seeds: readonly Seed[];
  /** Sources whose entries go when they offer nothing, because what they stood for is gone. */
  readonly vanishing: (source: string) => boolean;
}

const NOTHING: Seeds = { seeds: [], vanishing: () => false };

/**
 * Seeds of a catalog provider in Hermes' order: single logins first, then variables (pool-store §8).
 *
 * @param hasManual whether a person added an entry of this provider by hand
 */
export function seedsOfProvider(row: ProviderRow, inputs: SeedInputs, hasManual: boolean): Seeds {
  const login = LOGIN_SEEDS[row.id]?.(row, inputs, hasManual) ?? NOTHING;
  return { seeds: [...login.seeds, ...envSeeds(row, inputs)], vanishing: login.vanishing };
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
    type: secret.startsWith('sk-ant-oat') ? 'oauth' : 'api_key',
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

type LoginSeeder = (row: ProviderRow, inputs: SeedInputs, hasManual: boolean) => Seeds;

/** Where Hermes keeps single logins, by provider. Each reads one place and offers at most one seed. */
const LOGIN_SEEDS: Readonly<Record<string, LoginSeeder>> = {
  anthropic: anthropicLogins,
  nous: (_row, inputs) => {
    const state = loginState(inputs, 'nous');
    const secret = token(state, 'agent_key') ?? token(state, 'access_token');
    const vanishing = (source: string): boolean =>
      source === 'device_code' || (secret === undefined && source === 'manual:device_code');
    if (state === undefined || secret === undefined) return { seeds: [], vanishing };
    const kept = copyFields(state, NOUS_FIELDS);
    return {
      seeds: [
        {
          source: 'device_code',
          type: 'oauth',
          label: stringAt(state, 'label') ?? accountOf(secret) ?? 'device_code',
          secret: token(state, 'access_token') ?? secret,
          refreshToken: token(state, 'refresh_token'),
          extras: kept,
        },
      ],
      vanishing,
    };
  },
  copilot: ghLogin,
  'openai-codex': tokensLogin,
  'xai-oauth': tokensLogin,
  'minimax-oauth': (row, inputs) => {
    const state = loginState(inputs, 'minimax-oauth');
    const secret = token(state, 'access_token');
    const vanishing = (source: string): boolean => source === 'oauth';
    if (state === undefined || secret === undefined) return { seeds: [], vanishing };
    const expiresAt = parseTime(state.expires_at);
    return {
      seeds: [
        {
          source: 'oauth',
          type: 'oauth',
          label: stringAt(state, 'label') ?? accountOf(secret) ?? 'oauth',
          secret,
          refreshToken: token(state, 'refresh_token'),
          baseUrl: stringAt(state, 'inference_base_url') ?? row.baseUrl,
          extras: expiryField(expiresAt),
        },
      ],
      vanishing,
    };
  },
  'qwen-oauth': (row, inputs) => {
    const login = inputs.vendor.qwen;
    const vanishing = (source: string): boolean => source === 'qwen-cli';
    return {
      seeds: login ? [vendorSeed(login, 'qwen-cli', login.path, row.baseUrl)] : [],
      vanishing,
    };
  },
};

/** Fields of `providers.nous` that its entry mirrors (pool-store §13.1). */
const NOUS_FIELDS = [
  'expires_at',
  'inference_base_url',
  'agent_key',
  'agent_key_expires_at',
  'token_type',
  'scope',
  'client_id',
  'portal_base_url',
  'obtained_at',
  'expires_in',
  'tls',
];

function tokensLogin(row: ProviderRow, inputs: SeedInputs): Seeds {
  const state = loginState(inputs, row.id);
  const tokens = isJsonObject(state?.tokens) ? state.tokens : undefined;
  const secret = token(tokens, 'access_token');
  const vanishing = (source: string): boolean => source === 'device_code';
  if (state === undefined || secret === undefined) return { seeds: [], vanishing };
  return {
    seeds: [
      {
        source: 'device_code',
        type: 'oauth',
        label: stringAt(state, 'label') ?? accountOf(secret) ?? 'device_code',
        secret,
        refreshToken: token(tokens, 'refresh_token'),
        baseUrl: row.baseUrl,
        extras: copyFields(state, ['last_refresh']),
      },
    ],
    vanishing,
  };
}

/** GitHub's own program, asked only where no variable is set (pool-store §8). */
function ghLogin(row: ProviderRow, inputs: SeedInputs): Seeds {
  const { gh } = inputs;
  const vanishing = (source: string): boolean => gh !== undefined && source === 'gh_cli';
  const secret = gh?.token;
  if (secret === undefined || row.keyRule?.refuses.some((prefix) => secret.startsWith(prefix)))
    return { seeds: [], vanishing };
  const baseUrl = baseUrlFor(row, { secret, env: inputs.env, useEnv: true });
  const seed: Seed = { source: 'gh_cli', type: 'api_key', label: 'gh auth token', secret, baseUrl };
  return { seeds: [seed], vanishing };
}

const ANTHROPIC_OAUTH_ENV = ['ANTHROPIC_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'];

function anthropicLogins(row: ProviderRow, inputs: SeedInputs, hasManual: boolean): Seeds {
  const { claudeCode, hermesPkce } = inputs.vendor;
  const vanishing = (source: string): boolean =>
    source === 'hermes_pkce' || source === 'claude_code';
  const apiKeyOnly =
    inputs.env('ANTHROPIC_API_KEY') !== undefined &&
    ANTHROPIC_OAUTH_ENV.every((name) => inputs.env(name) === undefined);
  if (apiKeyOnly || !(hasManual || anthropicIsChosen(inputs))) return { seeds: [], vanishing };
  const seeds: Seed[] = [];
  if (hermesPkce) seeds.push(vendorSeed(hermesPkce, 'hermes_pkce', 'hermes_pkce', row.baseUrl));
  if (claudeCode) seeds.push(vendorSeed(claudeCode, 'claude_code', 'claude_code', row.baseUrl));
  return { seeds, vanishing };
}

/** Hermes imports another program's login only for a person who chose the provider (pool-store §8). */
function anthropicIsChosen(inputs: SeedInputs): boolean {
  return (
    inputs.activeProvider === 'anthropic' ||
    inputs.settings.model.providerId === 'anthropic' ||
    inputs.env('ANTHROPIC_API_KEY') !== undefined ||
    inputs.env('ANTHROPIC_TOKEN') !== undefined
  );
}

function vendorSeed(login: VendorLogin, source: string, label: string, baseUrl: string): Seed {
  return {
    source,
    type: 'oauth',
    label: accountOf(login.accessToken) ?? label,
    secret: login.accessToken,
    refreshToken: login.refreshToken,
    baseUrl,
    extras: expiryField(login.expiresAt),
  };
}

function expiryField(expiresAt: number | undefined): JsonObject {
  return expiresAt === undefined ? {} : { expires_at_ms: expiresAt };
}

function loginState(inputs: SeedInputs, provider: string): JsonObject | undefined {
  const state = inputs.logins[provider];
  return isJsonObject(state) ? state : undefined;
}

function token(state: JsonObject | undefined, field: string): Secret | undefined {
  const value = state === undefined ? undefined : stringAt(state, field);
  return value === undefined ? undefined : new Secret(value);
}

function copyFields(state: JsonObject, names: readonly string[]): JsonObject {
  const copy: JsonObject = {};
  for (const name of names) {
    const value: Json | undefined = state[name];
    if (value !== undefined && value !== null) copy[name] = value;
  }
  return copy;
}
