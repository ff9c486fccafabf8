/** Text for a cell of a Markdown table: no column of its own, and no HTML outside of code. */
export function escapeCell(text) {
  const parts = text.replaceAll('|', '\\|').split('`');
  return parts.map((part, i) => (i % 2 ? part : part.replaceAll('<', '&lt;'))).join('`');
}
