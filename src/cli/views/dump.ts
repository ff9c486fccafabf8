import type { Dump } from '../../apply/dump-pool.ts';
import { plural } from '../../base/text.ts';

/** What a dump found, in one line for people. */
export function viewDump({ declared, logins, todo, left }: Dump): string {
  const found = plural(declared, 'credential');
  const more = logins === 0 ? '' : ` and ${plural(logins, 'login')} outside the pool`;
  const parts = [`${found}${more} declared`];
  if (todo.length > 0) parts.push(`${todo.length} with a reference to be written (todo:)`);
  if (left.length > 0) parts.push(`${left.length} left out, as comments say`);
  return `${parts.join(', ')}.`;
}
