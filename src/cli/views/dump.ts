import type { Dump } from '../../apply/dump-pool.ts';
import { plural } from '../../base/text.ts';

/** What a dump found, in one line for people. */
export function viewDump({ declared, todo, left }: Dump): string {
  const parts = [`${plural(declared, 'credential')} declared`];
  if (todo.length > 0) parts.push(`${todo.length} with a reference to be written (todo:)`);
  if (left.length > 0) parts.push(`${left.length} left out, as comments say`);
  return `${parts.join(', ')}.`;
}
