import type { Pair, ParsedNode, YAMLMap, YAMLSeq } from 'yaml';
import type { YamlDocument, YamlLibrary } from './yaml-document.ts';

export type YamlPath = readonly (string | number)[];
export type AnyPair = Pair<ParsedNode, ParsedNode | null>;
export type AnyMap = YAMLMap.Parsed;
export type AnySeq = YAMLSeq.Parsed;

/** A place in the text where a value stands, or where one can stand. */
export interface Slot {
  readonly kind: 'root' | 'pair' | 'item';
  /** Undefined where nothing stands. */
  readonly node: ParsedNode | undefined;
  /** The offset after the `:` or `-` that announces the value; the end of the text for an empty root. */
  readonly after: number;
  /** Column of the key or dash, from 0; -2 for the root, so that its members stand at 0. */
  readonly column: number;
  readonly inFlow: boolean;
  /** `{ key }` without a colon. */
  readonly bare: boolean;
}

/** The slot of the longest existing beginning of a path, and what of the path is left. */
export function findSlot(
  yaml: YamlLibrary,
  document: YamlDocument,
  path: YamlPath,
): { readonly slot: Slot; readonly rest: YamlPath } {
  let slot = rootSlot(document);
  for (const [depth, step] of path.entries()) {
    const next = stepInto(yaml, document.text, slot, step);
    if (!next) return { slot, rest: path.slice(depth) };
    slot = next;
  }
  return { slot, rest: [] };
}

function rootSlot({ root, text }: YamlDocument): Slot {
  const empty = !root || root.range[0] === root.range[1];
  return {
    kind: 'root',
    node: empty ? undefined : root,
    after: empty ? text.length : root.range[0],
    column: -2,
    inFlow: false,
    bare: false,
  };
}

function stepInto(
  yaml: YamlLibrary,
  text: string,
  slot: Slot,
  step: string | number,
): Slot | undefined {
  const { node } = slot;
  if (yaml.isMap(node)) {
    const pair = node.items[pairIndex(node, String(step))];
    return pair ? pairSlot(text, node, pair) : undefined;
  }
  if (!yaml.isSeq(node) || typeof step !== 'number') return undefined;
  const item = node.items[step];
  return item === undefined ? undefined : itemSlot(text, node, step);
}

/** The position of the last pair with a key, the one that counts; -1 when there is none. */
export function pairIndex(map: AnyMap, key: string): number {
  return map.items.findLastIndex((pair) => keyText(pair) === key);
}

/** As it stands for a plain scalar, because YAML 1.1 takes `y` and `on` for booleans. */
function keyText(pair: AnyPair): string | undefined {
  const { key } = pair;
  if (!('value' in key)) return undefined;
  const source = 'source' in key && key.type === 'PLAIN' ? key.source : undefined;
  return String(source ?? key.value);
}

function pairSlot(text: string, map: AnyMap, pair: AnyPair): Slot {
  return {
    kind: 'pair',
    node: standing(pair.value),
    after: afterColon(pair),
    column: columnAt(text, pair.key.range[0]),
    inFlow: map.flow === true,
    bare: afterColon(pair) === pair.key.range[1],
  };
}

/** Behind the key where there is no colon. */
function afterColon(pair: AnyPair): number {
  const colon = pair.srcToken?.sep?.find(({ type }) => type === 'map-value-ind');
  return colon ? colon.offset + 1 : pair.key.range[1];
}

function itemSlot(text: string, seq: AnySeq, index: number): Slot {
  const node = seq.items[index];
  const dash = dashOf(seq, index);
  return {
    kind: 'item',
    node: standing(node),
    after: dash === undefined ? (node?.range[0] ?? 0) : dash + 1,
    column: columnAt(text, dash ?? seq.range[0]),
    inFlow: seq.flow === true,
    bare: false,
  };
}

/** The offset of an item's dash; undefined in flow form. */
function dashOf(collection: AnyMap | AnySeq, index: number): number | undefined {
  const token = collection.srcToken;
  if (!token || !('items' in token)) return undefined;
  return token.items[index]?.start.find(({ type }) => type === 'seq-item-ind')?.offset;
}

/** Nothing stands where the library puts an empty null, unless it has an anchor or tag. */
function standing(node: ParsedNode | null | undefined): ParsedNode | undefined {
  if (!node) return undefined;
  const empty = node.range[0] === node.range[1];
  return empty && !('anchor' in node && node.anchor) && node.tag === undefined ? undefined : node;
}

/** Where the text of a node ends, without white space, line breaks and comments behind it. */
export function contentEnd(yaml: YamlLibrary, text: string, node: ParsedNode): number {
  if (yaml.isCollection(node) && !node.flow) {
    const last = memberSpan(yaml, text, node, node.items.length - 1);
    if (last) return last[1];
  }
  // A block scalar that keeps its blank lines ends behind them.
  const keeps = /^[|>][^\n]*\+/.test(text.slice(node.range[0], node.range[0] + 4));
  return keeps ? node.range[1] : inlineEnd(text, node);
}

/** Where a scalar or flow collection ends, without the blank lines that a block scalar may keep. */
export function inlineEnd(text: string, node: ParsedNode): number {
  const [start, end] = node.range;
  return start + text.slice(start, end).trimEnd().length;
}

function pairEnd(yaml: YamlLibrary, text: string, pair: AnyPair): number {
  const value = standing(pair.value);
  return value ? contentEnd(yaml, text, value) : afterColon(pair);
}

/** From key or dash to the end of the value; undefined for a `? key`. */
export function memberSpan(
  yaml: YamlLibrary,
  text: string,
  collection: AnyMap | AnySeq,
  index: number,
): readonly [number, number] | undefined {
  const member: unknown = collection.items[index];
  if (yaml.isPair(member)) {
    const pair = member as AnyPair;
    const explicit = pair.srcToken?.start.some(({ type }) => type === 'explicit-key-ind');
    return explicit ? undefined : [pair.key.range[0], pairEnd(yaml, text, pair)];
  }
  const node = member as ParsedNode;
  const end = contentEnd(yaml, text, node);
  const dash = dashOf(collection, index);
  return dash === undefined ? [node.range[0], end] : [dash, Math.max(dash + 1, end)];
}

/** The offset at which the line of another offset begins, behind a byte order mark. */
export function lineStart(text: string, offset: number): number {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  return start === 0 && text.startsWith('\ufeff') ? 1 : start;
}

/** The offset behind the line break that ends the line of what ends at another offset. */
export function nextLine(text: string, offset: number): number {
  if (text.charAt(offset - 1) === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** An offset moved back over white space and line breaks. */
export function trimmedEnd(text: string, offset: number): number {
  let end = offset;
  while (end > 0 && /[ \t\r\n]/.test(text.charAt(end - 1))) end--;
  return end;
}

function columnAt(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}
