import type { Dump } from '../apply/dump-pool.ts';
import type { Explained } from '../apply/explain-provider.ts';
import { fileOption } from '../apply/file-option.ts';
import type { LogoutResult } from '../apply/logout-provider.ts';
import type { Outcome } from '../apply/outcomes.ts';
import type { Status } from '../apply/read-status.ts';
import type { Repaired } from '../apply/repair-home.ts';
import type { SectionResult } from '../apply/setup/run-setup.ts';
import type { Trusted } from '../apply/trust-programs.ts';
import type { Used } from '../apply/use-credential.ts';
import { escapeControls, shellWord } from '../base/text.ts';
import { matchGlob } from '../config/match-glob.ts';
import type { Action } from '../plan/change.ts';
import type { Plan } from '../plan/plan.ts';
import type { ListedPool } from '../pool/list-entries.ts';
import { findProvider } from '../providers/find-provider.ts';
import type { CliContext } from './command.ts';
import type { LoadedDeclaration } from './declaration.ts';
import { findDesired } from './find-desired.ts';
import { declarationName } from './views/declaration-name.ts';

// What is worth doing after a command that succeeded, as `Output.next` shows it. Rules: undefined where
// nothing is to do; a command that is named works on the same home and declaration as the one before.

/** A command line of ours, with the options that chose the home. */
function commandLine({ choice }: Pick<CliContext, 'choice'>, ...words: readonly string[]): string {
  const home = choice.home === undefined ? [] : ['--home', choice.home];
  const profile = choice.profile === undefined ? [] : ['-p', choice.profile];
  return ['gormes', ...home, ...profile, ...words].map(lineWord).join(' ');
}

function lineWord(word: string): string {
  return escapeControls(shellWord(word));
}

/** ` -f FILE` where another declaration is meant than the one that is found from here. */
function withFile({ deps }: CliContext, line: string, path: string): string {
  return line + fileOption(deps.cwd, path);
}

interface Named {
  readonly provider: string;
  readonly label: string;
}

/** `auth add`: what is in no declaration stays unmanaged, or even goes again. */
export async function afterAdd(
  context: CliContext,
  { provider, label }: Named,
): Promise<string | undefined> {
  const list = commandLine(context, 'auth', 'list', provider);
  const found = await declaredHere(context);
  if (found === undefined) return list;
  const { desired, path } = found;
  const address = `${provider}/${label}`;
  if (isDeclared(found, address))
    return withFile(context, commandLine(context, 'auth', 'plan'), path);
  const isIgnored = desired.ignore.some(
    (rule) => 'source' in rule || matchGlob(rule.address, address),
  );
  if (isIgnored) return list;
  const what = `declare ${escapeControls(address)} in ${nameOf(context, found)}`;
  return desired.unmanaged === 'remove' ? `${what}, or its next apply removes it` : what;
}

/** `auth remove`: what is still declared comes back. */
export async function afterRemove(
  context: CliContext,
  { provider, label }: Named,
): Promise<string | undefined> {
  const address = `${provider}/${label}`;
  const found = await declaredHere(context);
  if (found === undefined || !isDeclared(found, address))
    return commandLine(context, 'auth', 'list', provider);
  return `take ${escapeControls(address)} out of ${nameOf(context, found)} too, or its next apply adds it again`;
}

/** `auth status` of a provider that is logged out: how to log in. */
export function afterStatus(context: CliContext, status: Status): string | undefined {
  const row = findProvider(status.provider);
  if (row === undefined && !status.provider.startsWith('custom:')) return undefined;
  return row?.refuses?.add?.hint ?? commandLine(context, 'auth', 'add', status.provider);
}

/** `auth logout` and `logout`: Hermes' own line tells it where the model has no provider any more. */
export function afterLogout(context: CliContext, result: LogoutResult): string | undefined {
  if (result.provider === undefined || !result.loggedOut || result.model === 'reset')
    return undefined;
  return commandLine(context, 'auth', 'list');
}

/** `auth use`: the way back, or who is next now. */
export function afterUse(
  context: CliContext,
  { provider, pinned, before }: Used,
): string | undefined {
  if (pinned !== undefined)
    return `${commandLine(context, 'auth', 'use', provider, '--auto')} lifts the pin`;
  return before === undefined ? undefined : afterReset(context, provider);
}

/** `auth reset` and `auth strategy`: which credential is next now. */
export function afterReset(context: CliContext, provider: string): string {
  return commandLine(context, 'auth', 'explain', provider);
}

/** `auth validate` of a valid declaration. */
export function afterValidate(context: CliContext, path: string): string | undefined {
  return path === '-' ? undefined : withFile(context, commandLine(context, 'auth', 'plan'), path);
}

/** Options of a plan that its apply needs, too. */
export interface PlanWords {
  readonly file: string | undefined;
  readonly targets: readonly string[];
  readonly maxRemovals: string | undefined;
  readonly allowEmpty: readonly string[];
  readonly takeOver: boolean;
  readonly checkSecrets: boolean;
  readonly allowCommands: boolean;
}

/** `auth plan`, when an apply would do something; standard input can't be read again. */
export function afterPlan(
  context: CliContext,
  given: PlanWords,
  plans: readonly Plan[],
): string | undefined {
  const isWork = plans.some(({ changes }) => changes.some(({ action }) => action !== 'unknown'));
  if (!isWork || given.file === '-') return undefined;
  const words = [
    ...(given.file === undefined ? [] : ['-f', given.file]),
    ...given.targets.flatMap((target) => ['--target', target]),
    ...(given.maxRemovals === undefined ? [] : ['--max-removals', given.maxRemovals]),
    ...given.allowEmpty.flatMap((provider) => ['--allow-empty', provider]),
    ...(given.takeOver ? ['--take-over'] : []),
    ...(given.checkSecrets ? ['--check-secrets'] : []),
    ...(given.allowCommands ? ['--allow-commands'] : []),
  ];
  return commandLine(context, 'auth', 'apply', ...words);
}

const BRINGS: readonly Action[] = ['add', 'rotate', 'login', 'relogin', 'import', 'adopt'];

/** `auth apply` that is complete: does what came work? */
export function afterApply(context: CliContext, outcomes: readonly Outcome[]): string | undefined {
  if (outcomes.length === 0) return undefined;
  const came = outcomes.some(
    ({ state, change }) => state === 'done' && BRINGS.includes(change.action),
  );
  return came
    ? `${commandLine(context, 'auth', 'check')} asks the providers whether the keys work`
    : commandLine(context, 'auth', 'list');
}

/** `auth show` of a plan that does something. */
export function afterShow(context: CliContext, file: string, plan: Plan): string | undefined {
  const actions = plan.changes.map(({ action }) => action);
  if (actions.includes('blocked') || actions.every((action) => action === 'unknown'))
    return undefined;
  return commandLine(context, 'auth', 'apply', file);
}

/** `auth explain`, where a declaration would change something. */
export function afterExplain(
  context: CliContext,
  { provider, declared }: Explained,
  path: string,
): string | undefined {
  if (declared?.after === undefined || declared.isBlocked || path === '-') return undefined;
  const { changes } = declared;
  if (changes.every(({ action }) => action === 'unknown')) return undefined;
  const line = commandLine(context, 'auth', 'apply', '--target', provider.id);
  return withFile(context, line, path);
}

/** `auth dump` that was only looked at. */
export function afterDump(context: CliContext, { declared, logins }: Dump): string | undefined {
  if (declared + logins === 0) return undefined;
  return `${commandLine(context, 'auth', 'dump')} > gormes.auth.yaml`;
}

/** `auth snapshot` that was only looked at. */
export function afterSnapshot(context: CliContext): string {
  return `${commandLine(context, 'auth', 'snapshot')} > FILE, and where the declaration is: gormes auth plan --against FILE`;
}

/** `auth trust`: what the programs know can be looked up now. */
export function afterTrust(context: CliContext, { state, path }: Trusted): string | undefined {
  if (state !== 'trusted' && state !== 'already') return undefined;
  return withFile(context, commandLine(context, 'auth', 'plan', '--check-secrets'), path);
}

/** `model`: does the provider answer? */
export function afterModel(context: CliContext, provider: string): string | undefined {
  const row = findProvider(provider);
  if (row?.check === undefined || row.session) return undefined;
  return commandLine(context, 'auth', 'check', row.id);
}

/** `setup`, where no section named a step of its own. */
export function afterSetup(
  context: CliContext,
  results: readonly SectionResult[],
): string | undefined {
  const isDone = results.some(({ written }) => written.length > 0);
  if (!isDone || results.some(({ next }) => next.length > 0)) return undefined;
  return commandLine(context, 'auth', 'list');
}

/** `auth spotify`. */
export function afterSpotify(context: CliContext): string {
  return commandLine(context, 'auth', 'spotify', 'status');
}

/** `auth repair` that repaired something. */
export function afterRepair(context: CliContext, { state }: Repaired): string | undefined {
  return state === 'repaired' ? commandLine(context, 'auth', 'list') : undefined;
}

/** `auth list` with a dead credential: why, and what to do. */
export function afterList(context: CliContext, pools: readonly ListedPool[]): string | undefined {
  const broken = pools.find(({ credentials }) =>
    credentials.some(({ status }) => status === 'dead'),
  );
  return broken && commandLine(context, 'auth', 'explain', broken.provider);
}

/** The declaration that is found from here, when it is valid and for this home. */
async function declaredHere(context: CliContext): Promise<LoadedDeclaration | undefined> {
  // What is wrong with it is not what was asked.
  const out = { ...context.out, notice: () => undefined };
  return await findDesired({ ...context, out }, undefined);
}

/** Path of a declaration as people know it. */
function nameOf({ deps }: CliContext, { path }: LoadedDeclaration): string {
  return escapeControls(declarationName(deps, path));
}

function isDeclared({ desired }: LoadedDeclaration, address: string): boolean {
  return desired.providers.some(({ credentials }) =>
    credentials.some((one) => one.address === address && one.state === 'present'),
  );
}
