import type { CST } from 'yaml';

/** The parts of `yaml` that this module needs; it is loaded on demand. */
type YamlParts = Pick<typeof import('yaml'), 'Parser'>;

/** Spaces a level. */
const STEP = 2;

/** Two spaces a level, lists one level below their key; comments go with what they stand before. */
export function indentLines(yaml: YamlParts, text: string): string {
  const lines = text.split('\n');
  const starts: number[] = [];
  let offset = 0;
  for (const line of lines) {
    starts.push(offset);
    offset += line.length + 1;
  }
  const wanted = new Map<number, number>();
  for (const token of new yaml.Parser().parse(text)) {
    if (token.type === 'document' && token.value) place(token.value, 0, wanted);
  }
  // Lines that begin with a key or a dash, and where each is to begin.
  const levels = lines.map((line, index) => wanted.get((starts[index] ?? 0) + indentOf(line)));
  const next = nextMarks(lines, levels);
  const above: Mark[] = [];
  return lines
    .map((line, index) => {
      const body = line.trimStart();
      const own = indentOf(line);
      const level = levels[index];
      if (body === '') return '';
      if (level !== undefined) {
        while ((above.at(-1)?.own ?? -1) >= own) above.pop();
        above.push({ own, level });
        return ' '.repeat(level) + body.replace(/^(?:- +)+/, tightDashes);
      }
      const follows = body.startsWith('#') && next[index]?.own === own ? next[index] : undefined;
      const mark = follows ?? above.findLast((each) => each.own <= own);
      return mark === undefined ? line : ' '.repeat(own - mark.own + mark.level) + body;
    })
    .join('\n');
}

/** Where a line of keys or dashes begins, and where it is to begin. */
interface Mark {
  readonly own: number;
  readonly level: number;
}

/** For each line the first such line behind it. */
function nextMarks(
  lines: readonly string[],
  levels: readonly (number | undefined)[],
): (Mark | undefined)[] {
  let found: Mark | undefined;
  const marks = lines.map((line, index): Mark | undefined => {
    const level = levels[index];
    return level === undefined ? undefined : { own: indentOf(line), level };
  });
  return marks
    .reverse()
    .map((mark) => {
      const next = found;
      found = mark ?? found;
      return next;
    })
    .reverse();
}

/** Notes the column of every key and dash, by offset. */
function place(token: CST.Token, column: number, wanted: Map<number, number>): void {
  if (token.type === 'block-map') {
    for (const { start, key, sep, value } of token.items) {
      const mark = start.find(({ type }) => type === 'explicit-key-ind') ?? key ?? sep?.[0];
      if (mark) wanted.set(mark.offset, column);
      if (value) place(value, column + STEP, wanted);
    }
  } else if (token.type === 'block-seq') {
    for (const { start, value } of token.items) {
      const dash = start.find(({ type }) => type === 'seq-item-ind');
      if (dash) wanted.set(dash.offset, column);
      if (value) place(value, column + STEP, wanted);
    }
  }
}

function tightDashes(dashes: string): string {
  return dashes.replace(/ +/g, ' ');
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
