import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { escapeControls, tildify } from '../base/text.ts';
import type { Desired } from '../config/desired.ts';
import type { Permission } from '../secrets/resolve-reference.ts';
import {
  isGuardedBySelf,
  isOurs,
  isTrusted,
  loadTrust,
  saveTrust,
  type TrustList,
  type TrustRecord,
  type TrustSubject,
  trustFile,
  withTrust,
} from '../secrets/trust.ts';
import { fileWord } from './file-option.ts';
import {
  describePrograms,
  hashFile,
  type ProgramUse,
  STDIN,
  subjectOf,
  usesOf,
} from './trust-subject.ts';

/** What asking for trust needs from outside. */
export type TrustDeps = Pick<
  Deps,
  'clock' | 'cwd' | 'env' | 'notice' | 'random' | 'signal' | 'terminal' | 'userHome' | 'waiting'
>;

/**
 * Whether a declaration may start programs. Asks once where a person is there, and keeps the answer
 * when it is yes.
 *
 * @param allow `--allow-commands`: yes without asking and without keeping
 */
export async function permitPrograms(
  deps: TrustDeps,
  desired: Desired,
  allow: boolean,
): Promise<Permission> {
  try {
    const subject = subjectOf(deps, desired);
    refuseForeign(deps, subject);
    if (allow) return 'granted';
    if (subject.path === STDIN) return untrustedInput();
    const file = trustFile(deps.env, deps.userHome);
    const list = loadGuarded(deps, file, subject);
    if (isTrusted(list, subject)) return 'granted';
    if (!deps.terminal.interactive) return untrusted(deps, subject, list);
    if (!(await askTrust(deps, subject, usesOf(deps, desired)))) {
      return untrusted(deps, subject, list);
    }
    saveTrust(deps, file, withTrust(list, subject, deps.clock.now()));
    return 'granted';
  } catch (error) {
    if (error instanceof GormesError && error.code !== 'interrupted') return error;
    throw error;
  }
}

export interface Trusted {
  readonly state: 'trusted' | 'already' | 'refused' | 'nothing_to_trust';
  readonly path: string;
  readonly programs: readonly ProgramUse[];
}

/**
 * Trusts a declaration as it stands now.
 *
 * @param yes no question
 * @throws `needs_confirmation` (exit 5) without a terminal, `declaration_not_yours`, `usage` for
 *   standard input, `trust_list_…`
 */
export async function trustDeclaration(
  deps: TrustDeps,
  desired: Desired,
  yes: boolean,
): Promise<Trusted> {
  const subject = subjectOf(deps, desired);
  const programs = usesOf(deps, desired);
  const { path } = subject;
  if (path === STDIN) {
    throw new GormesError('usage', 'standard input is never trusted', {
      exitCode: EXIT.usage,
      hint: 'name a file, or pass --allow-commands to the command itself',
    });
  }
  refuseForeign(deps, subject);
  if (programs.length === 0) return { state: 'nothing_to_trust', path, programs };
  const file = trustFile(deps.env, deps.userHome);
  const list = loadGuarded(deps, file, subject);
  if (isTrusted(list, subject)) return { state: 'already', path, programs };
  if (!yes && !deps.terminal.interactive) {
    throw new GormesError('needs_confirmation', 'trust is a question, and there is no terminal', {
      exitCode: EXIT.needsPerson,
      hint: `read the file, then: gormes auth trust --yes ${escapeControls(path)}`,
    });
  }
  if (!yes && !(await askTrust(deps, subject, programs))) {
    return { state: 'refused', path, programs };
  }
  saveTrust(deps, file, withTrust(list, subject, deps.clock.now()));
  return { state: 'trusted', path, programs };
}

/** Takes the word back. @returns false when there was none */
export function revokeTrust(deps: TrustDeps, path: string): boolean {
  const file = trustFile(deps.env, deps.userHome);
  const list = new Map(loadTrust(file));
  if (!list.delete(path)) return false;
  saveTrust(deps, file, list);
  return true;
}

export interface ListedTrust {
  readonly record: TrustRecord;
  /** `changed`: a file of it differs now, so a person is asked again. */
  readonly state: 'as_trusted' | 'changed' | 'gone';
}

/** Every declaration that is trusted, by path. */
export function listTrust(deps: TrustDeps): ListedTrust[] {
  const list = loadTrust(trustFile(deps.env, deps.userHome));
  return [...list.values()]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((record) => {
      const now = record.files.map(({ path }) => hashFile(path));
      if (hashFile(record.path) === undefined) return { record, state: 'gone' };
      const same = record.files.every(({ sha256 }, index) => now[index] === sha256);
      return { record, state: same ? 'as_trusted' : 'changed' };
    });
}

async function askTrust(
  deps: TrustDeps,
  subject: TrustSubject,
  programs: readonly ProgramUse[],
): Promise<boolean> {
  deps.notice('');
  deps.notice(`${nameOf(deps, subject.path)} starts programs to get secrets:`);
  for (const line of describePrograms(programs)) deps.notice(line);
  return await deps.terminal.confirm('Trust it, as it stands, to start them? (yes/no) ', deps);
}

function refuseForeign(deps: TrustDeps, subject: TrustSubject): void {
  const foreign = subject.files.find(({ path }) => {
    const stats = path === STDIN ? undefined : statSync(path, { throwIfNoEntry: false });
    return stats !== undefined && !isOurs(stats.uid);
  });
  if (foreign === undefined) return;
  const name = nameOf(deps, foreign.path);
  throw new GormesError(
    'declaration_not_yours',
    `${name} belongs to another user, who could change what it starts`,
    { exitCode: EXIT.needsPerson, hint: `make it yours: chown "$(id -u)" ${name}` },
  );
}

function loadGuarded(deps: TrustDeps, file: string, subject: TrustSubject): TrustList {
  if (isGuardedBySelf(file, dirname(subject.path), deps.userHome)) {
    throw new GormesError(
      'trust_list_in_checkout',
      `the list of trusted declarations would lie beside ${nameOf(deps, subject.path)}`,
      { exitCode: EXIT.needsPerson, hint: 'set XDG_STATE_HOME to a directory of your own' },
    );
  }
  return loadTrust(file);
}

function untrusted(deps: TrustDeps, { path }: TrustSubject, list: TrustList): GormesError {
  const word = fileWord(deps.cwd, path);
  const why = list.has(path) ? 'changed since you trusted it' : 'is not trusted to start programs';
  return new GormesError('untrusted', `${nameOf(deps, path)} ${why}`, {
    exitCode: EXIT.needsPerson,
    hint: `read it, then: gormes auth trust${word === undefined ? '' : ` ${word}`}`,
  });
}

function untrustedInput(): GormesError {
  return new GormesError('untrusted', 'standard input is not trusted to start programs', {
    exitCode: EXIT.needsPerson,
    hint: 'pass --allow-commands',
  });
}

function nameOf(deps: TrustDeps, path: string): string {
  return escapeControls(tildify(path, deps.userHome));
}
