import { join } from 'node:path';
import type { Env } from '../base/deps.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { readAuthFile } from './auth-file.ts';
import { type EnvFile, readEnvFile } from './env-file.ts';
import type { Home } from './home.ts';
import { readRegularFile } from './read-file.ts';
import { configMentions, readPlainYaml } from './read-plain-yaml.ts';
import type { SeedInputs } from './seeds.ts';
import { parseSettings, type Settings } from './settings.ts';
import { type GhAnswer, readVendorLogins } from './vendor.ts';

/** What a home holds at one moment, read without the lock. Nothing of it may be changed. */
export interface Snapshot {
  readonly home: Home;
  /** An empty store when the file is absent. */
  readonly auth: JsonObject;
  /** The root's store while a profile is used: read-only, provider by provider (pool-store §2.2). */
  readonly rootAuth: JsonObject | undefined;
  readonly env: EnvFile;
  readonly settings: Settings;
  readonly inputs: SeedInputs;
}

/** Keys of `config.yaml` that concern credentials; a file without them is not parsed at all. */
const CONFIG_KEYS = [
  'bedrock',
  'model',
  'provider',
  'base_url',
  'credential_pool_strategies',
  'custom_providers',
  'providers',
];

export interface SnapshotDeps {
  readonly env: Env;
  readonly userHome: string | undefined;
  /** Absent when `gh` was not asked. */
  readonly gh?: GhAnswer | undefined;
}

/**
 * Reads a home. Creates nothing and takes no lock.
 *
 * @throws `auth_not_understood`, `config_not_understood` and what reading a file can throw
 */
export async function readSnapshot(home: Home, deps: SnapshotDeps): Promise<Snapshot> {
  const file = readAuthFile(home.authFile);
  const auth = file.state === 'valid' ? file.value : {};
  const env = readEnvFile(home.envFile);
  const settings = await readSettings(home, readConfigText(home), lookUp(env, deps.env));
  const inputs = seedInputs(home, deps, auth, () => env, settings);
  return { home, auth, rootAuth: readRootAuth(home), env, settings, inputs };
}

/** Inputs for importing sources; `auth` and `env` are asked anew at each use, so that edits count. */
export function seedInputs(
  home: Home,
  deps: SnapshotDeps,
  auth: JsonObject,
  env: () => EnvFile,
  settings: Settings,
): SeedInputs {
  return {
    env: (name) => lookUp(env(), deps.env)(name),
    vendor: readVendorLogins(home, deps.userHome),
    settings,
    get logins() {
      return isJsonObject(auth.providers) ? auth.providers : {};
    },
    inheritedLogins: loginsOf(readRootAuth(home)),
    gh: deps.gh,
    get activeProvider() {
      return stringAt(auth, 'active_provider');
    },
  };
}

/**
 * A variable as Hermes resolves it (pool-store §5): the `.env` value when it is not empty, else the
 * environment. A `.env` value that is a 1Password reference yields to the resolved one.
 */
export function lookUp(env: EnvFile, processEnv: Env): (name: string) => string | undefined {
  return (name) => {
    const inFile = env.get(name);
    const inProcess = processEnv[name] || undefined;
    if (inFile?.startsWith('op://')) return inProcess;
    return inFile || inProcess;
  };
}

/** Undefined at the root itself. Refuses like any store that is not understood. */
function readRootAuth(home: Home): JsonObject | undefined {
  if (home.profile === undefined) return undefined;
  const file = readAuthFile(join(home.root, 'auth.json'));
  return file.state === 'valid' ? file.value : {};
}

function loginsOf(auth: JsonObject | undefined): JsonObject {
  return isJsonObject(auth?.providers) ? auth.providers : {};
}

/** The text of `config.yaml`; undefined when there is none. */
export function readConfigText(home: Home): string | undefined {
  return readRegularFile(home.configFile, LIMITS.configBytes)?.text;
}

/**
 * What a `config.yaml` says about credentials. Loads the YAML library only for a file that needs it.
 *
 * @throws `config_not_understood`
 */
export async function readSettings(
  home: Home,
  text: string | undefined,
  env: (name: string) => string | undefined,
): Promise<Settings> {
  return parseSettings(await readConfig(home, text), env);
}

async function readConfig(home: Home, text: string | undefined): Promise<Json | undefined> {
  if (text === undefined || !CONFIG_KEYS.some((key) => configMentions(text, key))) return undefined;
  const plain = readPlainYaml(text, CONFIG_KEYS);
  if (plain !== undefined) return plain;
  const { parseConfigText } = await import('./config-file.ts');
  return (await parseConfigText(home.configFile, text)).get([]);
}
