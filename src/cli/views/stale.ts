import type { Moved } from '../../apply/check-saved-plan.ts';
import { escapeControls } from '../../base/text.ts';

/** Why a saved plan is refused: what moved, line by line. */
export function viewStale(file: string, moved: readonly Moved[]): string {
  return [
    `error: the saved plan ${escapeControls(file)} is stale, so nothing was changed [plan_stale]`,
    ...moved.map(({ subject, what }) => `  ${escapeControls(subject)}: ${escapeControls(what)}`),
    'hint: plan again: gormes auth plan --out FILE',
  ].join('\n');
}

export function staleToJson(moved: readonly Moved[]): object {
  return { event: 'stale', moved };
}
