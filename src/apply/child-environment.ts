import type { Env } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { childVariables } from '../providers/child-variables.ts';
import type { Credential } from './find-credential.ts';

/**
 * The environment of a program that gets credentials: the caller's, with the variables of each
 * provider set and its other key variables taken away. Holds secrets: for `auth exec` alone.
 *
 * @param as prefix of the variables in place of the provider's own
 * @throws `variable_conflict` when two providers use one variable
 */
export function childEnvironment(
  env: Env,
  credentials: readonly Credential[],
  as: string | undefined,
): Env {
  const wanted = credentials.map((credential) => {
    const { provider, custom, isOauth } = credential;
    return { credential, names: childVariables(provider, custom, isOauth, as) };
  });
  const child: Record<string, string | undefined> = { ...env };
  for (const { names } of wanted) for (const name of names.others) delete child[name];
  const taken = new Map<string, string>();
  for (const { credential, names } of wanted) {
    const { id } = credential.provider;
    const other = taken.get(names.secret);
    if (other !== undefined) throw conflict(names.secret, other, id);
    taken.set(names.secret, id);
    child[names.secret] = credential.token.reveal();
    if (credential.baseUrl === undefined) delete child[names.baseUrl];
    else child[names.baseUrl] = credential.baseUrl;
  }
  return child;
}

function conflict(name: string, one: string, other: string): GormesError {
  return new GormesError('variable_conflict', `${one} and ${other} both use ${name}`, {
    hint: 'run the command with one of them',
  });
}
