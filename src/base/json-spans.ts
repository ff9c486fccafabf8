/** Offsets of a value, or of one member of an object from its key to its value. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const SPACE = /[ \t\n\r]*/y;

/** The offset after the string that begins at `start`; the end of the text when it never closes. */
export function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** The offset after white space. */
export function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

/** The offset after the value that begins at `start`. Expects valid JSON. */
export function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === 0x22) return stringEnd(text, start);
  let at = start;
  if (first !== 0x7b && first !== 0x5b) {
    while (at < text.length && !/[\s,\]}]/.test(text.charAt(at))) at++;
    return at;
  }
  let depth = 0;
  for (; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) at = stringEnd(text, at) - 1;
    else if (char === 0x7b || char === 0x5b) depth++;
    else if ((char === 0x7d || char === 0x5d) && --depth === 0) return at + 1;
  }
  return at;
}

/** Spans of the members or elements of the container that begins at `start`. Expects valid JSON. */
export function childSpans(text: string, start: number): Span[] {
  const spans: Span[] = [];
  const isObject = text.charAt(start) === '{';
  let at = skipSpace(text, start + 1);
  while (at < text.length && text.charAt(at) !== '}' && text.charAt(at) !== ']') {
    const first = at;
    if (isObject) at = memberValue(text, at);
    at = valueEnd(text, at);
    spans.push({ start: first, end: at });
    at = skipSpace(text, at);
    if (text.charAt(at) === ',') at = skipSpace(text, at + 1);
  }
  return spans;
}

/** Where the value of the member whose key begins at `start` begins. */
export function memberValue(text: string, start: number): number {
  return skipSpace(text, skipSpace(text, stringEnd(text, start)) + 1);
}
