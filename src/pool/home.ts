import { statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { Env } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import { readRegularFile } from './read-file.ts';

/** The directory that Hermes and gormes share, and the names of the files in it. */
export interface Home {
  readonly dir: string;
  /** The home that holds all profiles; equals `dir` when no profile is chosen. */
  readonly root: string;
  /** Profile name; undefined for the root itself. */
  readonly profile: string | undefined;
  readonly authFile: string;
  readonly lockFile: string;
  readonly envFile: string;
  readonly configFile: string;
  /** Our own files: `ledger.json`, `journal.jsonl`, `fingerprint.key`. */
  readonly ownDir: string;
  readonly ledgerFile: string;
  readonly journalFile: string;
  readonly fingerprintKeyFile: string;
  /** Grants that the store does not hold yet. */
  readonly inboxDir: string;
}

/** What the command line says about the home. */
export interface HomeChoice {
  /** `--home DIR`: taken as it is; the active profile is not consulted. */
  readonly home: string | undefined;
  /** `-p/--profile NAME`. */
  readonly profile: string | undefined;
}

const PROFILE_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const RESERVED_PROFILES = ['hermes', 'test', 'tmp', 'root', 'sudo'];

/** A profile name as Hermes accepts it, lower-cased; undefined when it is none (pool-store §1). */
export function parseProfileName(given: string): string | undefined {
  const name = given.trim().toLowerCase();
  return PROFILE_NAME.test(name) && !RESERVED_PROFILES.includes(name) ? name : undefined;
}

/**
 * The home by Hermes' rules (pool-store §1): `--home`, else `GORMES_HOME`, else `HERMES_HOME`, else
 * `~/.hermes`; then the profile of `-p`, of the home's own path, or of `<root>/active_profile`.
 * Reads `active_profile` and creates nothing.
 *
 * @throws `no_home` when the system tells no user's home, `profile_not_found`
 */
export function findHome(env: Env, userHome: string | undefined, choice: HomeChoice): Home {
  const native = userHome === undefined ? undefined : join(userHome, '.hermes');
  const given = choice.home ?? nonEmpty(env.GORMES_HOME) ?? nonEmpty(env.HERMES_HOME) ?? native;
  if (given === undefined) throw noHome();
  const dir = resolve(given);
  const root = rootOf(dir, native);

  const profile =
    choice.profile ?? (choice.home === undefined ? ambientProfile(env, dir, root) : undefined);
  if (profile === undefined) return homeAt(dir, root);
  if (profile === 'default') return homeAt(root, root);
  const profileDir = join(root, 'profiles', profile);
  if (!statSync(profileDir, { throwIfNoEntry: false })?.isDirectory())
    throw profileNotFound(profile);
  return homeAt(profileDir, root);
}

function ambientProfile(env: Env, dir: string, root: string): string | undefined {
  if (basename(dirname(dir)) === 'profiles' || env.HERMES_S6_SUPERVISED_CHILD) return undefined;
  const active = readRegularFile(join(root, 'active_profile'), 4096)?.text.trim();
  return active ? parseProfileName(active) : undefined;
}

function rootOf(dir: string, native: string | undefined): string {
  if (native !== undefined && (dir === native || dir.startsWith(native + sep))) return native;
  return basename(dirname(dir)) === 'profiles' ? dirname(dirname(dir)) : dir;
}

function homeAt(dir: string, root: string): Home {
  const ownDir = join(dir, 'gormes');
  return {
    dir,
    root,
    profile: dir === root ? undefined : basename(dir),
    authFile: join(dir, 'auth.json'),
    lockFile: join(dir, 'auth.lock'),
    envFile: join(dir, '.env'),
    configFile: join(dir, 'config.yaml'),
    ownDir,
    ledgerFile: join(ownDir, 'ledger.json'),
    journalFile: join(ownDir, 'journal.jsonl'),
    fingerprintKeyFile: join(ownDir, 'fingerprint.key'),
    inboxDir: join(ownDir, 'inbox'),
  };
}

/** The home of all profiles that a profile belongs to; the same home when it is none. */
export function rootHome(home: Home): Home {
  return homeAt(home.root, home.root);
}

function nonEmpty(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === '' ? undefined : trimmed;
}

function noHome(): GormesError {
  return new GormesError('no_home', 'there is no home directory to look in', {
    hint: 'name one: gormes --home DIR …',
  });
}

/** Hermes' words; gormes makes no profiles. */
function profileNotFound(name: string): GormesError {
  const shown = escapeControls(name);
  return new GormesError(
    'profile_not_found',
    `there is no profile "${shown}": hermes makes profiles`,
    {
      hermes: `Error: Profile '${shown}' does not exist. Create it with: hermes profile create ${shown}`,
      exitCode: EXIT.failed,
    },
  );
}
