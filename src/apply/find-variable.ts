import type { Env } from '../base/deps.ts';
import { Secret } from '../base/secret.ts';
import type { Snapshot } from '../pool/snapshot.ts';

/** Finds the variable that holds a secret, but for some names; undefined when none does. */
export type FindVariable = (secret: Secret, except: readonly string[]) => string | undefined;

/** Looks in the home's `.env` first, then in the environment: the order of `env:` references. */
export function secretFinder(snapshot: Snapshot, env: Env): FindVariable {
  const names = [...new Set([...snapshot.env.names(), ...Object.keys(env)])].filter((name) =>
    /^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
  );
  return (secret, except) =>
    names.find((name) => {
      const value = except.includes(name) ? undefined : snapshot.inputs.env(name);
      return value !== undefined && new Secret(value).equals(secret);
    });
}
