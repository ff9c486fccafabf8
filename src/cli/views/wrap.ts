/**
 * Lines of at most so many columns, broken between words; a longer word stays whole.
 *
 * @param hanging what the second line and those after it begin with
 */
export function wrap(text: string, columns: number, indent: string, hanging = indent): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const isFirst = line.trim() === '';
    if (!isFirst && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = hanging + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line];
}
