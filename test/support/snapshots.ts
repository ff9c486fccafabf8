import type { JsonObject } from '../../src/base/json.ts';
import { parseEnvFile } from '../../src/pool/env-file.ts';
import type { Home } from '../../src/pool/home.ts';
import { findHome } from '../../src/pool/home.ts';
import type { SeedInputs } from '../../src/pool/seeds.ts';
import { parseSettings } from '../../src/pool/settings.ts';
import { lookUp, type Snapshot } from '../../src/pool/snapshot.ts';
import type { GhAnswer, VendorLogins } from '../../src/pool/vendor.ts';

/** What a unit test says about a home; everything else is empty. */
export interface SnapshotSpec {
  readonly auth?: JsonObject;
  readonly rootAuth?: JsonObject;
  /** Text of `.env`. */
  readonly env?: string;
  readonly config?: JsonObject;
  readonly vendor?: VendorLogins;
  readonly gh?: GhAnswer;
}

/** A home in memory, as reading one gives it. */
export function snapshotOf(spec: SnapshotSpec): Snapshot {
  const home: Home = findHome({}, '/nowhere', { home: '/nowhere/home', profile: undefined });
  const auth = spec.auth ?? {};
  const env = parseEnvFile(spec.env ?? '');
  const look = lookUp(env, {});
  const settings = parseSettings(spec.config, look);
  const inputs: SeedInputs = {
    env: look,
    vendor: spec.vendor ?? {},
    settings,
    logins: objectIn(auth, 'providers'),
    inheritedLogins: objectIn(spec.rootAuth ?? {}, 'providers'),
    activeProvider: typeof auth.active_provider === 'string' ? auth.active_provider : undefined,
    gh: spec.gh,
  };
  return { home, auth, rootAuth: spec.rootAuth, env, settings, inputs };
}

function objectIn(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
