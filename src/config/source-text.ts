/** One file of a declaration: its text, and where its lines begin. Columns count characters. */
export interface SourceText {
  /** Real path, or `-` for standard input. */
  readonly path: string;
  /** Path as messages show it. */
  readonly name: string;
  /** Decoded text without the byte order mark. */
  readonly text: string;
  readonly lineStarts: readonly number[];
  /** Offsets of the second halves of characters that take two units of the text, such as emoji. */
  readonly pairs: readonly number[];
}

export function makeSource(path: string, name: string, text: string): SourceText {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
    lineStarts.push(at + 1);
  const pairs = Array.from(text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g), (at) => at.index + 1);
  return { path, name, text, lineStarts, pairs };
}

/** Line, counting from 1, that holds an offset of the text. */
export function lineAt(source: SourceText, offset: number): number {
  return countUpTo(source.lineStarts, offset);
}

/**
 * Characters between two offsets. Each place of a file asks, and all of the file may stand in one
 * line, so nothing may be counted one by one.
 */
export function countChars({ pairs }: SourceText, start: number, end: number): number {
  if (end <= start) return 0;
  return end - start - (countUpTo(pairs, end - 1) - countUpTo(pairs, start));
}

/** How many of some ascending numbers are at most `limit`. */
function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a line begins and ends, its line break left out. */
export function lineRange(source: SourceText, line: number): { start: number; end: number } {
  const start = source.lineStarts[line - 1] ?? 0;
  const next = source.lineStarts[line];
  let end = next === undefined ? source.text.length : next - 1;
  if (end > start && source.text[end - 1] === '\r') end -= 1;
  return { start, end };
}
