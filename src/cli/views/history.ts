import type { History, HistoryItem } from '../../apply/read-history.ts';
import { escapeControls, plural, tildify } from '../../base/text.ts';
import { localTime, relativeText } from '../../base/time-text.ts';

/** What was done to a home, one change a line, oldest first. */
export function viewHistory(
  { items }: History,
  userHome: string | undefined,
  nowMs: number,
): string {
  if (items.length === 0) return 'Nothing was changed here yet.';
  const rows = items.map((item) => [
    escapeControls(whenText(item.at, nowMs)),
    resultText(item),
    escapeControls(actionText(item)),
    escapeControls(item.address),
    escapeControls(originText(item, userHome)),
  ]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.min(40, Math.max(...rows.map((row) => row[column]?.length ?? 0))),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** To the second, since an apply makes many changes in one minute; what is no time stays as it stands. */
function whenText(iso: string, nowMs: number): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : `${localTime(at, true)} (${relativeText(at, nowMs)})`;
}

/** As the declaration and the plan say it: of a pin that is lifted only the provider is named. */
function actionText({ action, address }: HistoryItem): string {
  if (action !== 'use') return action;
  return address.includes('/') ? 'pin' : 'unpin';
}

function resultText({ result, error }: HistoryItem): string {
  return error === undefined ? result : `${result} [${escapeControls(error)}]`;
}

/** Which declaration it was, in which version. */
function originText(
  { declaration, sha256, reason }: HistoryItem,
  userHome: string | undefined,
): string {
  const why = reason.replaceAll('_', ' ');
  if (declaration === undefined) return why;
  return `${why}, ${tildify(declaration, userHome)} ${sha256?.slice(0, 12) ?? ''}`.trimEnd();
}

export function viewUnreadable(count: number): string {
  return `${plural(count, 'line')} of the journal could not be read`;
}

export function historyToJson({ items, unreadable }: History): object {
  return {
    changes: items.map((item) => ({
      ...item,
      error: item.error ?? null,
      declaration: item.declaration ?? null,
      sha256: item.sha256 ?? null,
    })),
    unreadable,
  };
}
