import type { Env } from '../base/deps.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { readAuthFile } from './auth-file.ts';
import { configMentions, readConfigFile } from './config-file.ts';
import { type EnvFile, readEnvFile } from './env-file.ts';
import type { Home } from './home.ts';
import { readRegularFile } from './read-file.ts';
import type { SeedInputs } from './seeds.ts';
import { parseSettings, type Settings } from './settings.ts';
import { readVendorLogins } from './vendor.ts';

/** What a home holds at one moment, read without the lock. Nothing of it may be changed. */
export interface Snapshot {
  readonly home: Home;
  /** An empty store when the file is absent. */
  readonly auth: JsonObject;
  readonly env: EnvFile;
  readonly settings: Settings;
  readonly inputs: SeedInputs;
}

/** Keys of `config.yaml` that concern credentials; a file without them is not parsed at all. */
const CONFIG_KEYS = [
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
  const settings = parseSettings(await readConfig(home), lookUp(env, deps.env));
  return { home, auth, env, settings, inputs: seedInputs(home, deps, auth, () => env, settings) };
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

async function readConfig(home: Home): Promise<Json | undefined> {
  const text = readRegularFile(home.configFile, LIMITS.configBytes)?.text;
  if (text === undefined || !CONFIG_KEYS.some((key) => configMentions(text, key))) return undefined;
  return (await readConfigFile(home.configFile)).get([]);
}
