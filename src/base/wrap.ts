import { displayWidth } from './display-width.ts';

/** Below this many columns nothing can be laid out: the terminal breaks lines by itself. */
const LEAST_COLUMNS = 31;

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const COLOUR = /\x1b\[[\d;]*m/g;

/** Where a diagnostic stands, and its excerpt with the caret: broken, they would mean nothing. */
const PLACE = /^ {2}(?:[ \d]*\| |.*:\d+:\d+$)/;

/** What lines begin with that the lines broken off them stand behind. */
const LEAD = /^ *(?:(?:error|warning|hint|usage|Warning|Note|Next): |[✓✗…·] [-+~±<>.!?] |\d+\. )?/;

/**
 * Lines of at most so many columns, broken between words. A longer word stays whole, unless `cuts`.
 * Colours take no room.
 *
 * @param hanging what the second line and those after it begin with
 */
export function wrap(
  text: string,
  columns: number,
  indent: string,
  hanging = indent,
  cuts = false,
): string[] {
  const lines: string[] = [];
  let line = indent;
  let isBlank = true;
  const endLine = (): void => {
    lines.push(line.trimEnd());
    line = hanging;
    isBlank = true;
  };
  const room = (): number => columns - widthOf(line) - (isBlank ? 0 : 1);
  const put = (word: string): void => {
    line += isBlank ? word : ` ${word}`;
    isBlank &&= word === '';
  };
  for (const whole of text.split(' ')) {
    let word = whole;
    const isCut = cuts && widthOf(word) > columns - widthOf(hanging);
    // What is cut anyway begins where half a line is left.
    if (!isBlank && widthOf(word) > room() && !(isCut && room() > columns / 2)) endLine();
    while (isCut && widthOf(word) > room() && room() > 0) {
      const head = headOf(word, room());
      put(head);
      endLine();
      word = word.slice(head.length);
    }
    put(word);
  }
  return [...lines, line.trimEnd()];
}

/**
 * Finished text for a terminal: lines that are wider are broken between words, indented below where
 * their text begins. Places and excerpts of diagnostics stay whole.
 *
 * @param columns of the terminal; undefined for what is none, where nothing is broken
 */
export function wrapLines(text: string, columns: number | undefined): string {
  if (columns === undefined || columns < LEAST_COLUMNS) return text;
  return text
    .split('\n')
    .flatMap((line) => {
      if (widthOf(line) <= columns || PLACE.test(line)) return [line];
      const lead = LEAD.exec(line)?.[0] ?? '';
      return wrap(line.slice(lead.length), columns, lead, ' '.repeat(widthOf(lead)));
    })
    .join('\n');
}

function widthOf(text: string): number {
  return displayWidth(text.replace(COLOUR, ''));
}

/** As many characters as so many columns hold; one at least. */
function headOf(word: string, columns: number): string {
  let head = '';
  for (const char of word) {
    if (head !== '' && displayWidth(head + char) > columns) break;
    head += char;
  }
  return head;
}
