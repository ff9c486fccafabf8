/** The parts of `yaml` that this module needs; it is loaded on demand. */
type YamlParts = Pick<typeof import('yaml'), 'CST' | 'Lexer'>;

interface Word {
  readonly type: string;
  readonly source: string;
}

/** One space inside braces, none inside brackets, one behind commas and colons; line breaks stay. */
export function spaceFlows(yaml: YamlParts, text: string): string {
  const words = wordsOf(yaml, text);
  let result = '';
  let depth = 0;
  words.forEach((word, index) => {
    if (word.type === 'flow-map-start' || word.type === 'flow-seq-start') depth++;
    const inside = depth > 0;
    if (word.type === 'flow-map-end' || word.type === 'flow-seq-end') depth--;
    if (!inside) {
      result += word.source;
      return;
    }
    const before = words[index - 1];
    const after = words[index + 1];
    if (word.type === 'space') {
      // What indents a line and what stands before a comment is not ours to judge.
      const isKept =
        before?.type === 'newline' || after?.type === 'comment' || after?.type === 'newline';
      result += isKept || gapBetween(before, after) ? (isKept ? word.source : ' ') : '';
      return;
    }
    result += word.source;
    if (depth > 0 && after !== undefined && after.type !== 'space' && gapBetween(word, after)) {
      result += ' ';
    }
  });
  return result;
}

/** Whether a space belongs between two words of a flow collection. */
function gapBetween(before: Word | undefined, after: Word | undefined): boolean {
  const left = before?.type;
  const right = after?.type;
  if (left === 'newline' || right === 'newline') return false;
  if (left === 'flow-map-start') return right !== 'flow-map-end';
  if (right === 'flow-map-end') return true;
  if (left === 'flow-seq-start' || right === 'flow-seq-end' || right === 'comma') return false;
  if (right === 'map-value-ind') return left === 'alias' || left === 'anchor' || left === 'comma';
  if (left === 'comma' || left === 'map-value-ind' || left === 'explicit-key-ind') return true;
  return left === 'anchor' || left === 'tag';
}

/** The words of a text: joined, they are the text. */
function wordsOf({ CST, Lexer }: YamlParts, text: string): Word[] {
  const words: Word[] = [];
  let isScalar = false;
  for (const source of new Lexer().lex(text)) {
    const type = CST.tokenType(source) ?? 'scalar';
    if (isScalar) words.push({ type: 'scalar', source });
    // Signs of the lexer that do not stand in the text.
    else if (source === CST.SCALAR) {
      isScalar = true;
      continue;
    } else if (source !== CST.DOCUMENT && source !== CST.FLOW_END && source !== CST.BOM) {
      words.push({ type, source });
    }
    isScalar = false;
  }
  return words;
}
