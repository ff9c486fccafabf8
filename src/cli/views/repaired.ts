import type { Repaired } from '../../apply/repair-home.ts';
import { escapeControls, listOf, plural } from '../../base/text.ts';
import type { Repair } from '../../pool/repair-store.ts';

/** What a repair would keep. */
export function viewRepair({ kept, logins, broken, temp }: Repair, file: string): string {
  const lines = [`${escapeControls(file)} is damaged.`];
  if (temp !== undefined)
    lines.push(`A complete copy of it stands beside it: ${escapeControls(temp)}`);
  lines.push(kept.length + logins.length === 0 ? 'Nothing in it can be restored.' : 'Restored:');
  for (const { provider, labels } of kept)
    lines.push(`  ${escapeControls(provider)}: ${labels.map(escapeControls).join(', ')}`);
  if (logins.length > 0) lines.push(`  logins: ${listOf(logins.map(escapeControls))}`);
  if (broken > 0) lines.push(`Lost: ${plural(broken, 'credential')} that cannot be read.`);
  return lines.join('\n');
}

export function viewRepaired({ state, file, original }: Repaired): string {
  switch (state) {
    case 'whole':
      return `${escapeControls(file)} is whole: nothing to repair.`;
    case 'declined':
      return 'Nothing was changed.';
    case 'repaired':
      return `Repaired. The damaged file is kept as ${escapeControls(original ?? '')}`;
    default:
      return state satisfies never;
  }
}
