import { relative } from 'node:path';
import type { Deps } from '../../base/deps.ts';
import { tildify } from '../../base/text.ts';

/** A declaration as people know it: by its path from here, or from their home; `-` is standard input. */
export function declarationName(deps: Pick<Deps, 'cwd' | 'userHome'>, path: string): string {
  if (path === '-') return 'standard input';
  const from = relative(deps.cwd, path);
  return from === '' || from.startsWith('..') ? tildify(path, deps.userHome) : from;
}
