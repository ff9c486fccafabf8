import type { Diagnostic, Place } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import { displayWidth } from './display-width.ts';

const TAB = '    ';
/** Columns for the source line; with the line number before it the whole stays below 100. */
const EXCERPT_WIDTH = 88;

/**
 * A diagnostic as people read it, several lines without a last line break: what happened and its
 * code, the place, the source line with a caret under it, the hint.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { severity, code, message, place, hint } = diagnostic;
  const lines = [`${severity}: ${escapeControls(message)} [${code}]`, ...formatPlace(place)];
  if (hint !== undefined) lines.push(`hint: ${escapeControls(hint)}`);
  return lines.join('\n');
}

/** The lines for a place: `file:line:column`, then the excerpt and its caret when there is one. */
export function formatPlace(place: Place): string[] {
  const head = `  ${escapeControls(place.file)}:${place.line}:${place.column}`;
  if (place.excerpt === undefined) return [head];
  const cells = [...place.excerpt].map(viewChar);
  const at = Math.min(place.column - 1, cells.length);
  const first = firstShown(cells, at);
  const lead = first > 0 ? '…' : '';
  const { text, cut } = cutTo(cells.slice(first), EXCERPT_WIDTH);
  const number = String(place.line);
  const indent = displayWidth(lead + cells.slice(first, at).join(''));
  const marked = cells.slice(at, at + (place.length ?? 1)).join('');
  const room = Math.max(1, EXCERPT_WIDTH - indent);
  const caret = '^'.repeat(Math.min(room, Math.max(1, displayWidth(marked))));
  return [
    head,
    `  ${number} | ${lead}${text}${cut ? '…' : ''}`.trimEnd(),
    `  ${' '.repeat(number.length)} | ${' '.repeat(indent)}${caret}`,
  ];
}

function viewChar(char: string): string {
  return char === '\t' ? TAB : escapeControls(char);
}

/** First character to show, so that the caret lies within the width. */
function firstShown(cells: readonly string[], at: number): number {
  let first = at;
  let width = 0;
  while (first > 0) {
    width += displayWidth(cells[first - 1] ?? '');
    if (width > EXCERPT_WIDTH * 0.75) break;
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
