import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Deps } from '../base/deps.ts';

/** How findings name standard input. */
const STDIN = '<stdin>';

/**
 * How reports for other tools name the files of findings: relative to the checkout of the job
 * (`GITHUB_WORKSPACE`) or, outside one, to the working directory; absolute for files elsewhere, and
 * undefined for standard input.
 */
export function fileLocator({
  cwd,
  env,
}: Pick<Deps, 'cwd' | 'env'>): (file: string) => string | undefined {
  const root = env.GITHUB_WORKSPACE || cwd;
  return (file) => {
    if (file === STDIN) return undefined;
    const path = resolve(cwd, file);
    const below = relative(root, path);
    if (isAbsolute(below) || below === '..' || below.startsWith(`..${sep}`)) return path;
    return below.split(sep).join('/');
  };
}
