import { disarmCommands } from '../base/text.ts';
import type { Ledger } from '../pool/ledger.ts';
import type { Live } from '../pool/live.ts';
import type { Plan } from './plan.ts';
import { printView, viewLive } from './pool-view.ts';
import { replay } from './replay.ts';

/** The two texts that `--diff` compares: the pool as it is, and as the plan makes it. */
export interface PoolTexts {
  readonly before: string;
  readonly after: string;
}

/** @param pins of the ledger, as they are */
export function poolTexts(live: Live, pins: Ledger['pins'], plan: Plan): PoolTexts {
  const view = viewLive(live, pins);
  return { before: printView(view), after: printView(replay(view, plan.changes)) };
}

/** A unified diff without secrets; empty when nothing in the pool would differ. Loads the library. */
export async function renderDiff({ before, after }: PoolTexts): Promise<string> {
  if (before === after) return '';
  const { structuredPatch } = await import('diff');
  const { hunks } = structuredPatch('live', 'planned', before, after, '', '', { context: 3 });
  // Of nothing, a unified diff names the line before.
  const range = (start: number, count: number): string =>
    `${count === 0 ? start - 1 : start},${count}`;
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: body }) => [
    `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
    ...body,
  ]);
  return disarmCommands(`${['--- live', '+++ planned', ...lines].join('\n')}\n`);
}
