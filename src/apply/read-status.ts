import { isJsonObject, type JsonObject, stringAt } from '../base/json.ts';
import { availability, isSole } from '../pool/cooldown.ts';
import { parseTime } from '../pool/entry.ts';
import { loadPool } from '../pool/pools.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import { getPoolProvider } from './find-pool-provider.ts';

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

/**
 * Tells whether a provider has something to work with. Offline: a token that has run out and can be
 * refreshed counts as logged in.
 *
 * @throws `unknown_provider`
 */
export function readStatus(snapshot: Snapshot, given: string, nowMs: number): Status {
  const provider = getPoolProvider(snapshot, given);
  const login = snapshot.inputs.logins[provider.id];
  if (provider.row?.session)
    return sessionStatus(provider.id, isJsonObject(login) ? login : undefined, nowMs);
  const { entries } = loadPool(provider.id, snapshot.auth, snapshot.inputs);
  const sole = isSole(entries);
  const states = entries.map((entry) => {
    const expired =
      entry.expiresAt !== undefined && entry.expiresAt <= nowMs && entry.refreshToken === undefined;
    return expired ? 'expired' : availability(entry, nowMs, sole).state;
  });
  // A cooldown passes by itself: the login is there.
  const usable = states.filter((state) => state === 'available' || state === 'cooling').length;
  if (usable > 0) return { provider: provider.id, logged_in: true, credentials: usable };
  return { provider: provider.id, logged_in: false, credentials: 0, ...reasonOf(states) };
}

function reasonOf(states: readonly string[]): { error?: string } {
  if (states.includes('dead')) return { error: 'the credentials are dead' };
  if (states.includes('expired')) return { error: 'the login has run out' };
  if (states.includes('empty')) return { error: 'the variable that it comes from is not set' };
  return {};
}

function sessionStatus(provider: string, login: JsonObject | undefined, nowMs: number): Status {
  const expiresAt = parseTime(login?.expires_at);
  const alive = expiresAt !== undefined && expiresAt > nowMs;
  const loggedIn =
    login !== undefined &&
    (stringAt(login, 'refresh_token') !== undefined ||
      (alive && stringAt(login, 'access_token') !== undefined));
  if (!loggedIn) return { provider, logged_in: false, credentials: 0 };
  const fields = Object.fromEntries(
    SHOWN.flatMap((name) => {
      const value = stringAt(login, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { provider, logged_in: true, credentials: 1, ...fields };
}
