import { listOf, plural } from '../base/text.ts';
import type { Change } from './change.ts';
import { describeChange } from './describe.ts';
import { driftText } from './drift.ts';
import { cellCode } from './markdown-code.ts';
import type { Plan } from './plan.ts';
import { summaryLine } from './render-human.ts';

/** A comment on GitHub holds 65,536 characters; the rest is for what a workflow puts around it. */
export const MARKDOWN_LIMIT = 60_000;
/** Kept for what stands behind the tables. */
const CLOSING_ROOM = 1_000;

export interface MarkdownOptions {
  /** Path of the declaration and of the home, for the heading. */
  readonly declaration: string;
  readonly home: string;
  /** Most characters of the result; default `MARKDOWN_LIMIT`. */
  readonly limit?: number;
}

/**
 * A plan for a pull request. Stable: the same plan gives the same bytes, at any time, so that a
 * comment can be compared and replaced. No line begins with data.
 */
export function renderMarkdown(plan: Plan, options: MarkdownOptions): string {
  const limit = (options.limit ?? MARKDOWN_LIMIT) - CLOSING_ROOM;
  let text = [
    '### gormes auth plan',
    '',
    `${cellCode(short(options.declaration))} → ${cellCode(short(options.home))}`,
    '',
    `**${summaryLine(plan)}**`,
    '',
  ].join('\n');
  const table = (title: string, head: string, rows: readonly string[], what: string): void => {
    if (rows.length === 0) return;
    const columns = head.split('|').length - 2;
    let block = `\n${title}\n\n${head}\n|${' --- |'.repeat(columns)}\n`;
    let shown = 0;
    for (const row of rows) {
      if (text.length + block.length + row.length + 1 > limit) break;
      block += `${row}\n`;
      shown++;
    }
    if (shown < rows.length) {
      block += `\n…and ${plural(rows.length - shown, what)} more, which \`gormes auth plan\` shows.\n`;
    }
    text += block;
  };
  const { drift, notes } = plan;
  table(
    'Changed outside since the last apply:',
    '| credential | what happened |',
    drift.map((each) => row([cellCode(each.address), cellCode(driftText(each))])),
    'finding',
  );
  table(
    'Changes, in the order of doing:',
    '|   | address | change | detail | reason |',
    plan.changes.map(changeRow),
    'change',
  );
  table(
    'Notes:',
    '| address | note |',
    notes.map(({ address, detail }) => row([cellCode(address), cellCode(detail)])),
    'note',
  );
  return text + closing(plan);
}

function changeRow(change: Change): string {
  const { symbol, verb, detail, reason, below } = describeChange(change);
  const details = [detail, ...below].filter((line) => line !== '').map(cellCode);
  return row([`\`${symbol}\``, cellCode(change.address), verb, details.join('<br>'), reason]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function closing({ unmanaged, unchanged }: Plan): string {
  const total = [...unmanaged.values()].reduce((sum, count) => sum + count, 0);
  const parts: string[] = [];
  if (total > 0) {
    const named = [...unmanaged]
      .slice(0, 10)
      .map(([id, count]) => `${cellCode(short(id))} ${count}`);
    const more = unmanaged.size > 10 ? [plural(unmanaged.size - 10, 'more provider')] : [];
    parts.push(
      `Not managed here: ${plural(total, 'credential')} (${listOf([...named, ...more])}).`,
    );
  }
  if (unchanged > 0) parts.push(`Unchanged: ${unchanged}.`);
  return parts.length === 0 ? '' : `\n${parts.join(' ')}\n`;
}

/** A name that leaves room for others. */
function short(text: string): string {
  const chars = [...text];
  return chars.length > 60 ? `…${chars.slice(-59).join('')}` : text;
}
