import { EXIT, GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import { findProvider } from '../providers/find-provider.ts';

/** Which login an error speaks of: `openai-codex "team"`, or `spotify` for a single session. */
export interface LoginName {
  readonly provider: string;
  readonly label: string | undefined;
}

function nameOf({ provider, label }: LoginName): string {
  return label === undefined ? provider : `${provider} "${escapeControls(label)}"`;
}

function loginAgain({ provider }: LoginName): string {
  const command = findProvider(provider)?.session ? `auth ${provider}` : `auth add ${provider}`;
  return `log in again: gormes ${command}`;
}

/** Nothing but a person can help. @param reason the provider's error code, or ours */
export function loginNeeded(login: LoginName, reason: string): GormesError {
  return new GormesError(
    'login_needed',
    `${nameOf(login)} needs a new login (${escapeControls(reason)})`,
    { exitCode: EXIT.needsPerson, hint: loginAgain(login) },
  );
}

/** The token is as good as before; later it may work. */
export function refreshFailed(login: LoginName, reason: string): GormesError {
  return new GormesError(
    'refresh_failed',
    `${nameOf(login)} could not be refreshed (${escapeControls(reason)})`,
    { hint: 'nothing was lost; run the command again later' },
  );
}

/**
 * A refresh token left and no answer came back: it may be spent, and is never sent again.
 *
 * @param when time of the request, when it was an earlier command's
 */
export function refreshUncertain(login: LoginName, reason: string, when?: string): GormesError {
  const since = when === undefined ? '' : ` at ${when}`;
  return new GormesError(
    'refresh_uncertain',
    `${nameOf(login)} was being refreshed${since} and the answer got lost (${escapeControls(reason)}): its refresh token may be spent and is not sent again`,
    { exitCode: EXIT.needsPerson, hint: loginAgain(login) },
  );
}

/** The new grant could not be stored; it waits in the inbox. */
export function refreshNotStored(login: LoginName, cause: GormesError, path: string): GormesError {
  return new GormesError(
    'refresh_not_stored',
    `${nameOf(login)} was refreshed, but ${cause.message}`,
    {
      hint: `the new token is kept in ${escapeControls(path)}; make room and run the command again, which stores it`,
    },
  );
}

/** Neither the store nor the inbox could be written: the new token is gone. */
export function refreshLost(login: LoginName, cause: GormesError): GormesError {
  return new GormesError('refresh_lost', `${nameOf(login)} was refreshed, but ${cause.message}`, {
    exitCode: EXIT.needsPerson,
    hint: `make room, then ${loginAgain(login)}`,
  });
}

/** Another program holds the login's own lock. */
export function refreshBusy(login: LoginName): GormesError {
  return new GormesError('refresh_busy', `${nameOf(login)} is being refreshed by another program`, {
    hint: 'run the command again in some seconds',
  });
}

export function entryGone(provider: string): GormesError {
  return new GormesError('entry_gone', `the ${provider} credential is not in the pool any more`, {
    hint: 'run the command again',
  });
}
