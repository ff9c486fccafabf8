import { dirname, join } from 'node:path';
import { hermesTime, parseTime } from '../base/hermes-time.ts';
import { type JsonObject, parseObject, stringAt } from '../base/json.ts';
import { accountOf, readClaims } from '../base/jwt.ts';
import { LIMITS } from '../base/limits.ts';
import { Secret } from '../base/secret.ts';
import type { Grant } from '../providers/oauth.ts';
import type { Home } from './home.ts';
import { withLock } from './lock.ts';
import { readRegularFile } from './read-file.ts';
import type { StoreDeps } from './store.ts';
import { writeAtomic } from './write/write-atomic.ts';
import { removeFile } from './write/write-in-place.ts';

// Hermes keeps one login of Nous for all profiles in `<root>/shared/nous_auth.json` (oauth-flows §4).
// It is read, kept up to date where it is, and ended; it is never created (design §15). Lock order:
// the store's lock outside, this one inside (pool-store §3).

/** The store's lock is held meanwhile, whose own limit this must not use up. */
const WAIT_MS = 5_000;

type SharedDeps = Pick<StoreDeps, 'clock' | 'env' | 'random' | 'signal'>;

/** Where the shared login would be. */
export function sharedNousPath(home: Home, env: StoreDeps['env']): string {
  return join(env.HERMES_SHARED_AUTH_DIR?.trim() || join(home.root, 'shared'), 'nous_auth.json');
}

/** The shared login; undefined when there is none, or it makes no sense. */
export function readSharedNous(path: string): Grant | undefined {
  const file = readJson(path);
  const access = file && stringAt(file, 'access_token');
  const refresh = file && stringAt(file, 'refresh_token');
  if (file === undefined || access === undefined || refresh === undefined) return undefined;
  const accessToken = new Secret(access);
  const exp = readClaims(accessToken)?.exp;
  return {
    accessToken,
    refreshToken: new Secret(refresh),
    expiresAt: parseTime(file.expires_at) ?? (typeof exp === 'number' ? exp * 1000 : undefined),
    obtainedAt: parseTime(file.obtained_at) ?? 0,
    account: accountOf(accessToken),
    facts: Object.fromEntries(
      ['portal_base_url', 'inference_base_url', 'client_id', 'scope', 'token_type'].flatMap(
        (name) => (stringAt(file, name) === undefined ? [] : [[name, file[name] ?? null]]),
      ),
    ),
  };
}

/** Holds the lock of the shared login, where there is one to guard. */
export async function withSharedNous<T>(
  path: string,
  deps: SharedDeps,
  work: () => Promise<T>,
): Promise<T> {
  if (readJson(path) === undefined) return work();
  const { clock, random, signal } = deps;
  const options = { waitMs: WAIT_MS, clock, random, signal };
  return withLock(join(dirname(path), 'nous_auth.lock'), options, work);
}

/**
 * Puts a refreshed grant into the shared login, when that held the token that was spent: otherwise
 * other profiles would send it a second time. Under `withSharedNous`.
 */
export function updateSharedNous(
  path: string,
  grant: Grant,
  spent: Secret,
  deps: Pick<SharedDeps, 'clock' | 'random'>,
): void {
  const file = readJson(path);
  if (file === undefined || stringAt(file, 'refresh_token') !== spent.reveal()) return;
  const next: JsonObject = {
    ...file,
    _schema: 1,
    access_token: grant.accessToken.reveal(),
    refresh_token: grant.refreshToken?.reveal() ?? spent.reveal(),
    obtained_at: hermesTime(grant.obtainedAt),
    updated_at: hermesTime(deps.clock.now()),
  };
  for (const name of ['token_type', 'scope', 'inference_base_url']) {
    const value = stringAt(grant.facts, name);
    if (value !== undefined) next[name] = value;
  }
  if (grant.expiresAt !== undefined) next.expires_at = hermesTime(grant.expiresAt);
  const sorted = Object.entries(next).sort(([a], [b]) => (a < b ? -1 : 1));
  writeAtomic(path, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`, deps);
}

/** Ends the shared login, at a logout. Takes its lock; true when there was one. */
export async function endSharedNous(home: Home, deps: SharedDeps): Promise<boolean> {
  const path = sharedNousPath(home, deps.env);
  return withSharedNous(path, deps, async () => removeFile(path));
}

function readJson(path: string): JsonObject | undefined {
  const text = readRegularFile(path, LIMITS.httpBodyBytes)?.text;
  return text === undefined ? undefined : parseObject(text);
}
