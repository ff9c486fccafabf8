import type { Deps, Env } from '../base/deps.ts';
import { Secret } from '../base/secret.ts';
import type { ProviderRow } from '../providers/provider.ts';
import { suppressedSources } from './pools.ts';
import type { Snapshot } from './snapshot.ts';
import type { GhAnswer } from './vendor.ts';

/** Hermes waits 5 s; a person who lists credentials should not. */
const TIMEOUT_MS = 3_000;
const LIMIT_BYTES = 4_096;

/** What `gh` needs to find its own login, and no token: `GH_TOKEN` would be its answer. */
const GH_ENV = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'SystemRoot',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_RUNTIME_DIR',
  'GH_CONFIG_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'LANG',
];

/**
 * Asks `gh auth token` where Hermes would: for a provider that imports from it, when none of its
 * variables is set and the source is not suppressed. Local: gh reads its own files or keyring.
 *
 * @param row the provider that the command names; any other is not a reason to start a program
 * @returns undefined when it was not asked
 */
export async function askGh(
  deps: Pick<Deps, 'env' | 'spawn' | 'signal'>,
  snapshot: Snapshot,
  row: ProviderRow | undefined,
): Promise<GhAnswer | undefined> {
  if (!row?.sources?.includes('gh_cli')) return undefined;
  if (row.keyEnv.some((name) => snapshot.inputs.env(name) !== undefined)) return undefined;
  if (suppressedSources(snapshot.auth, row.id).includes('gh_cli')) return undefined;
  const host = deps.env.COPILOT_GH_HOST;
  const output = await deps.spawn(['gh', 'auth', 'token', ...(host ? ['--hostname', host] : [])], {
    env: pick(deps.env, GH_ENV),
    timeoutMs: TIMEOUT_MS,
    limitBytes: LIMIT_BYTES,
    signal: deps.signal,
  });
  const token = output?.trim();
  return { token: token ? new Secret(token) : undefined };
}

function pick(env: Env, names: readonly string[]): Env {
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}
