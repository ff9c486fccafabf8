/** One file of a declaration: its text, and where its lines begin. Columns count characters. */
export interface SourceText {
  /** Real path, or `-` for standard input. */
  readonly path: string;
  /** Path as messages show it. */
  readonly name: string;
  /** Decoded text without the byte order mark. */
  readonly text: string;
  readonly lineStarts: readonly number[];
}

export function makeSource(path: string, name: string, text: string): SourceText {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
    lineStarts.push(at + 1);
  return { path, name, text, lineStarts };
}

/** Line, counting from 1, that holds an offset of the text. */
export function lineAt(source: SourceText, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** Where a line begins and ends, its line break left out. */
export function lineRange(source: SourceText, line: number): { start: number; end: number } {
  const start = source.lineStarts[line - 1] ?? 0;
  const next = source.lineStarts[line];
  let end = next === undefined ? source.text.length : next - 1;
  if (end > start && source.text[end - 1] === '\r') end -= 1;
  return { start, end };
}
