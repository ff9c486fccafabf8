import { displayWidth } from '../base/display-width.ts';
import type { Diagnostic, Place } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';

const TAB = '    ';
/** Columns for the source line; with the line number before it the whole stays below 100. */
const EXCERPT_WIDTH = 88;
/** The least of it, however narrow the terminal is. */
const EXCERPT_LEAST = 16;
/** What stands around it, the line number aside: indent, bar, and a sign at each end for what is cut. */
const EXCERPT_FRAME = 7;

/**
 * A diagnostic as people read it, several lines without a last line break: what happened and its
 * code, the place, the source line with a caret under it, the hint.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  return formatWithin(undefined)(diagnostic);
}

/** `formatDiagnostic` for a terminal of so many columns, to which source lines are cut. */
export function formatWithin(columns: number | undefined): (diagnostic: Diagnostic) => string {
  return ({ severity, code, message, place, hint }) => {
    const lines = [
      `${severity}: ${escapeControls(message)} [${code}]`,
      ...formatPlace(place, columns),
    ];
    if (hint !== undefined) lines.push(`hint: ${escapeControls(hint)}`);
    return lines.join('\n');
  };
}

/** The lines for a place: `file:line:column`, then the excerpt and its caret when there is one. */
export function formatPlace(place: Place, columns?: number): string[] {
  const head = `  ${escapeControls(place.file)}:${place.line}:${place.column}`;
  if (place.excerpt === undefined) return [head];
  const cells = [...place.excerpt].map(viewChar);
  const at = Math.min(place.column - 1, cells.length);
  const number = String(place.line);
  const width = excerptWidth(columns, number);
  const marked = displayWidth(cells.slice(at, at + (place.length ?? 1)).join(''));
  // What is marked is shown whole where that leaves something of what stands before it.
  const before = Math.min(width * 0.75, Math.max(width * 0.25, width - marked));
  const first = firstShown(cells, at, before);
  const lead = first > 0 ? '…' : '';
  const { text, cut } = cutTo(cells.slice(first), width);
  const indent = displayWidth(lead + cells.slice(first, at).join(''));
  const room = Math.max(1, lead.length + width - indent);
  const caret = '^'.repeat(Math.min(room, Math.max(1, marked)));
  return [
    head,
    `  ${number} | ${lead}${text}${cut ? '…' : ''}`.trimEnd(),
    `  ${' '.repeat(number.length)} | ${' '.repeat(indent)}${caret}`,
  ];
}

function excerptWidth(columns: number | undefined, number: string): number {
  if (columns === undefined) return EXCERPT_WIDTH;
  const room = columns - EXCERPT_FRAME - number.length;
  return Math.min(EXCERPT_WIDTH, Math.max(EXCERPT_LEAST, room));
}

function viewChar(char: string): string {
  return char === '\t' ? TAB : escapeControls(char);
}

/** First character to show, so that the caret lies within the width. */
function firstShown(cells: readonly string[], at: number, room: number): number {
  let first = at;
  let width = 0;
  while (first > 0) {
    width += displayWidth(cells[first - 1] ?? '');
    if (width > room) break;
    first -= 1;
  }
  return first;
}

/** The cells that fit into a width, and whether some did not. */
function cutTo(cells: readonly string[], width: number): { text: string; cut: boolean } {
  let text = '';
  let used = 0;
  for (const cell of cells) {
    used += displayWidth(cell);
    if (used > width) return { text, cut: true };
    text += cell;
  }
  return { text, cut: false };
}
