import { GormesError } from '../base/errors.ts';
import { isJsonObject, type JsonObject, stringAt } from '../base/json.ts';
import { availability, isSole } from '../pool/cooldown.ts';
import type { Entry } from '../pool/entry.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import { isSessionUsable } from '../pool/session.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import { AMBIENT } from '../providers/ambient.ts';
import { type AmbientDeps, ambientInput } from './ambient-input.ts';
import { getPoolProvider, type PoolProvider } from './find-pool-provider.ts';

/** Whether a provider can be used, and what is known of its login; field names are Hermes' (cli-surface §6). */
export interface Status {
  readonly provider: string;
  readonly logged_in: boolean;
  /** Why not, when it is not. */
  readonly error?: string;
  /** Usable entries of the pool. */
  readonly credentials: number;
  readonly auth_type?: string;
  readonly client_id?: string;
  readonly redirect_uri?: string;
  readonly scope?: string;
  readonly expires_at?: string;
  readonly api_base_url?: string;
  /** The variable, file or program that logs in, for providers without a pool. */
  readonly source?: string;
}

/** Fields of a login that Hermes shows, for single sessions. */
const SHOWN = [
  'auth_type',
  'client_id',
  'redirect_uri',
  'scope',
  'expires_at',
  'api_base_url',
] as const;

export interface StatusDeps extends AmbientDeps {
  readonly nowMs: number;
}

/**
 * Tells whether a provider has something to work with. Offline: a token that has run out and can be
 * refreshed counts as logged in, and so does a cooldown that passes.
 *
 * @throws `no_provider`, `unknown_provider`
 */
export function readStatus(snapshot: Snapshot, given: string, deps: StatusDeps): Status {
  if (given.trim() === '') throw noProvider();
  const provider = getPoolProvider(snapshot, given);
  const login = snapshot.inputs.logins[provider.id] ?? snapshot.inputs.inheritedLogins[provider.id];
  const state = isJsonObject(login) ? login : undefined;
  if (provider.row?.session) return sessionStatus(provider.id, state, deps.nowMs);
  const ambient = ambientStatus(snapshot, provider, deps);
  // Rows that Hermes let be added to a provider without a pool are never used (cli-surface §14.18).
  const poolless = provider.row?.types.length === 0;
  if (ambient !== undefined && (poolless || ambient.logged_in)) return ambient;
  return poolStatus(snapshot, provider, state, deps.nowMs);
}

function poolStatus(
  snapshot: Snapshot,
  { id }: PoolProvider,
  login: JsonObject | undefined,
  nowMs: number,
): Status {
  const { entries } = loadEffectivePool(snapshot, id);
  const sole = isSole(entries);
  const states = entries.map((entry) => stateOf(entry, nowMs, sole));
  const usable = states.filter((state) => state === 'available' || state === 'cooling').length;
  if (usable > 0) {
    const expiresAt = login === undefined ? undefined : stringAt(login, 'expires_at');
    return {
      provider: id,
      logged_in: true,
      credentials: usable,
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    };
  }
  return { provider: id, logged_in: false, credentials: 0, ...reasonOf(states) };
}

function stateOf(entry: Entry, nowMs: number, sole: boolean): string {
  const ended =
    entry.expiresAt !== undefined && entry.expiresAt <= nowMs && entry.refreshToken === undefined;
  return ended ? 'expired' : availability(entry, nowMs, sole).state;
}

function reasonOf(states: readonly string[]): { error?: string } {
  if (states.includes('dead')) return { error: 'the credentials are dead' };
  if (states.includes('expired')) return { error: 'the login has run out' };
  if (states.includes('empty')) return { error: 'what it comes from is not set here' };
  return {};
}

/** Providers whose credentials come from elsewhere; undefined for all others. */
function ambientStatus(
  snapshot: Snapshot,
  { id, row }: PoolProvider,
  deps: StatusDeps,
): Status | undefined {
  const { model } = snapshot.settings;
  if (model.providerId === id && model.authMode === 'entra_id') {
    // As in Hermes, the mode is taken at its word: only Azure could tell, over the network.
    const scope = model.entraScope === undefined ? {} : { scope: model.entraScope };
    return { provider: id, logged_in: true, credentials: 0, auth_type: 'entra_id', ...scope };
  }
  const find = row === undefined ? undefined : AMBIENT[row.id];
  if (find === undefined) return undefined;
  const source = find(ambientInput(snapshot.inputs.env, deps));
  return source === undefined
    ? { provider: id, logged_in: false, credentials: 0 }
    : { provider: id, logged_in: true, credentials: 0, source };
}

function sessionStatus(provider: string, login: JsonObject | undefined, nowMs: number): Status {
  if (login === undefined || !isSessionUsable(login, nowMs)) {
    return { provider, logged_in: false, credentials: 0 };
  }
  const fields = Object.fromEntries(
    SHOWN.flatMap((name) => {
      const value = stringAt(login, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { provider, logged_in: true, credentials: 1, ...fields };
}

function noProvider(): GormesError {
  return new GormesError('no_provider', 'this needs a provider', {
    hermes: 'Provider is required. Example: `gormes auth status nous`.',
  });
}
