import { escapeControls } from '../base/text.ts';

/**
 * Data as code in a cell of a Markdown table: nothing in it is a link, a mention, HTML, a column or a
 * workflow command (reliability.md T21). Where a code span can't hold it, entities do.
 */
export function cellCode(text: string): string {
  const clean = escapeControls(text);
  if (clean === '') return '';
  const isPlain = !/[`\\]|##\[|^\s|\s$/.test(clean);
  if (isPlain) return `\`${clean.replaceAll('|', '\\|')}\``;
  return `<code>${clean.replace(/[^A-Za-z0-9 .,/_-]/gu, entity)}</code>`;
}

function entity(char: string): string {
  return `&#${char.codePointAt(0)};`;
}
