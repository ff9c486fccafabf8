import { join, resolve } from 'node:path';

/** The path of a file in a reference: `~` is the user's home, else it starts at the declaration. */
export function locate(
  given: string,
  { baseDir, userHome }: { readonly baseDir: string; readonly userHome: string | undefined },
): string {
  if (given === '~' || given.startsWith('~/')) return join(userHome ?? '/', given.slice(1));
  return resolve(baseDir, given);
}
