import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import {
  childSpans,
  memberValue,
  type Span,
  skipSpace,
  stringEnd,
  valueEnd,
} from '../base/json-spans.ts';
import { matchElements, sameJson } from './json-match.ts';
import { parseJsonFast } from './parse-json.ts';

// JSON.parse is the judge of every value; the scanner only says where things stand. What a change
// does not concern is copied as text, because a round trip through JavaScript loses digits,
// spelling, duplicate and integer-like keys' order (reliability.md M9).

/** A whole new file as Hermes writes it: indent 2, ASCII only, a newline at the end. */
export function stringifyJson(value: Json): string {
  return `${print(value)}\n`;
}

/**
 * The text changed so that it parses to `next`, and otherwise as it was: unchanged values keep
 * their bytes, changed ones are replaced in place, new keys come last in the surrounding layout.
 * Elements of an array are matched by `id` where all are objects with a unique one, else by value
 * and position. Linear in the size of the text.
 *
 * @param text valid JSON without duplicate keys
 * @throws Error, as for a bug, when `text` is not that or `next` is no JSON value
 */
export function editJsonText(text: string, next: Json): string {
  const old = parseJsonFast(text);
  if (old === undefined) throw new Error('editJsonText was given a text that is not JSON');
  const start = skipSpace(text, 0);
  const end = valueEnd(text, start);
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  const style: Style = { multiline: true, indent: '', colon: ': ', comma: ', ', eol };
  const edited =
    text.slice(0, start) + editValue(text, { start, end }, old, next, style) + text.slice(end);
  const check = parseJsonFast(edited);
  if (check === undefined || !sameJson(check, next))
    throw new Error('editJsonText made another value');
  return edited;
}

/** How the container around a value is laid out. */
interface Style {
  /** Members stand on lines of their own. */
  readonly multiline: boolean;
  /** Of those lines, or of the line that a one-line container stands on. */
  readonly indent: string;
  readonly colon: string;
  /** Between members that share a line. */
  readonly comma: string;
  readonly eol: string;
}

/** A member or element of the new container; `from` is its position in the old one. */
interface Piece {
  readonly from: number | undefined;
  readonly text: string;
}

function editValue(text: string, span: Span, old: Json, next: Json, style: Style): string {
  const before = text.slice(span.start, span.end);
  if (sameJson(old, next)) return before;
  if (isJsonObject(old) && isJsonObject(next)) return editObject(text, span, old, next, style);
  if (Array.isArray(old) && Array.isArray(next)) return editArray(text, span, old, next, style);
  return printInside(next, style);
}

function editObject(
  text: string,
  span: Span,
  old: JsonObject,
  next: JsonObject,
  outer: Style,
): string {
  const members = childSpans(text, span.start);
  const style = styleInside(text, span, members, outer);
  const pieces: Piece[] = [];
  const known = new Set<string>();
  members.forEach((member, from) => {
    const key: string = JSON.parse(text.slice(member.start, stringEnd(text, member.start)));
    if (known.has(key)) throw new Error('editJsonText was given duplicate keys');
    known.add(key);
    if (!Object.hasOwn(next, key)) return;
    const start = memberValue(text, member.start);
    const value = { start, end: member.end };
    const edited = editValue(text, value, old[key] ?? null, next[key] ?? null, style);
    pieces.push({ from, text: text.slice(member.start, start) + edited });
  });
  for (const key of Object.keys(next)) {
    if (known.has(key)) continue;
    pieces.push({
      from: undefined,
      text: `${print(key)}${style.colon}${printInside(next[key] ?? null, style)}`,
    });
  }
  return join(text, span, members, pieces, style, outer);
}

function editArray(text: string, span: Span, old: Json[], next: Json[], outer: Style): string {
  const elements = childSpans(text, span.start);
  const style = styleInside(text, span, elements, outer);
  const origins = matchElements(old, next);
  const pieces = next.map((value, index): Piece => {
    const from = origins[index];
    const element = from === undefined ? undefined : elements[from];
    if (from === undefined || !element) return { from: undefined, text: printInside(value, style) };
    return { from, text: editValue(text, element, old[from] ?? null, value, style) };
  });
  return join(text, span, elements, pieces, style, outer);
}

/** Each piece with the separator that stood before it, new ones with a fresh one. */
function join(
  text: string,
  span: Span,
  spans: readonly Span[],
  pieces: readonly Piece[],
  style: Style,
  outer: Style,
): string {
  const open = text.charAt(span.start);
  const close = text.charAt(span.end - 1);
  if (pieces.length === 0) return open + close;
  const fresh = style.multiline ? style.eol + style.indent : '';
  const first = spans[0];
  const last = spans.at(-1);
  const parts = [first ? text.slice(span.start, first.start) : open + fresh];
  pieces.forEach((piece, index) => {
    if (index > 0) {
      const [a, b] = piece.from ? [spans[piece.from - 1], spans[piece.from]] : [];
      if (a && b) parts.push(text.slice(a.end, b.start));
      else parts.push(style.multiline ? `,${fresh}` : style.comma);
    }
    parts.push(piece.text);
  });
  if (last) parts.push(text.slice(last.end, span.end));
  else parts.push((style.multiline ? style.eol + outer.indent : '') + close);
  return parts.join('');
}

/** The layout of a container from its first members; an empty one takes after the container around it. */
function styleInside(text: string, span: Span, spans: readonly Span[], outer: Style): Style {
  const [first, second] = spans;
  if (!first) return outer.multiline ? { ...outer, indent: `${outer.indent}  ` } : outer;
  const lead = text.slice(span.start + 1, first.start);
  const multiline = lead.includes('\n');
  const isMember = text.charAt(span.start) === '{';
  const keyEnd = isMember ? stringEnd(text, first.start) : 0;
  const colon = isMember ? text.slice(keyEnd, memberValue(text, first.start)) : outer.colon;
  const between = second ? text.slice(first.end, second.start) : undefined;
  return {
    multiline,
    indent: multiline ? lead.slice(lead.lastIndexOf('\n') + 1) : outer.indent,
    colon,
    comma: between ?? (colon === ':' ? ',' : outer.comma),
    eol: outer.eol,
  };
}

/** As Hermes prints (indent 2, ASCII only), fitted into the layout around. */
function printInside(value: Json, style: Style): string {
  if (style.multiline) return print(value).replaceAll('\n', style.eol + style.indent);
  if (Array.isArray(value)) {
    return `[${value.map((item) => printInside(item, style)).join(style.comma)}]`;
  }
  if (!isJsonObject(value)) return print(value);
  const members = Object.entries(value).map(
    ([key, item]) => print(key) + style.colon + printInside(item, style),
  );
  return `{${members.join(style.comma)}}`;
}

function print(value: Json): string {
  // Python escapes DEL too.
  return stringify(value).replace(
    /[\x7f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `JSON.stringify`, but a number that reads as infinite (`1e400`) stays one; there it becomes null. */
function stringify(value: Json): string {
  let huge = false;
  const plain = JSON.stringify(
    value,
    (_key, item: unknown) => {
      huge ||= isHuge(item);
      return item;
    },
    2,
  );
  if (!huge) return plain;
  let mark = '1e999';
  while (plain.includes(mark)) mark += '9';
  const marked = (_key: string, item: unknown) =>
    isHuge(item) ? (item === Number.POSITIVE_INFINITY ? mark : `-${mark}`) : item;
  return JSON.stringify(value, marked, 2).replace(new RegExp(`"(-?${mark})"`, 'g'), '$1');
}

function isHuge(value: unknown): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}
