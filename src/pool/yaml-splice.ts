import type { ParsedNode } from 'yaml';
import type { GormesError } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import {
  hasProperties,
  positionAt,
  type YamlDocument,
  type YamlLibrary,
  type YamlRules,
} from './yaml-document.ts';
import { nest, pairOf, printBlock, printFlow, printFlowPair, takesLines } from './yaml-print.ts';
import {
  type AnyMap,
  type AnySeq,
  contentEnd,
  findSlot,
  inlineEnd,
  lineStart,
  memberSpan,
  nextLine,
  pairIndex,
  type Slot,
  trimmedEnd,
  type YamlPath,
} from './yaml-slot.ts';

/** Replaces `[start, end)`. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Changes of one parsed text by source range. Only where the text goes is decided here; that the
 * result means what was asked is checked by the caller, who parses it again.
 */
export class YamlSplicer {
  readonly #yaml: YamlLibrary;
  readonly #rules: YamlRules;
  readonly #document: YamlDocument;
  readonly #text: string;
  readonly #eol: string;

  constructor(yaml: YamlLibrary, document: YamlDocument, rules: YamlRules) {
    this.#yaml = yaml;
    this.#rules = rules;
    this.#document = document;
    this.#text = document.text;
    this.#eol = this.#text.includes('\r\n') ? '\r\n' : '\n';
  }

  /** Whether something stands at a path: aliases and merges are not looked through. */
  has(path: YamlPath): boolean {
    return findSlot(this.#yaml, this.#document, path).rest.length === 0;
  }

  /** The text with the value at a path; what is missing above it is created. */
  put(path: YamlPath, value: Json): string {
    const { slot, rest } = findSlot(this.#yaml, this.#document, path);
    const [step, ...below] = rest;
    if (step === undefined) return this.#fill(slot, value);
    const { node } = slot;
    if (!node || this.#givesWay(node, step)) return this.#fill(slot, nest(rest, value));
    if (this.#yaml.isMap(node) && typeof step === 'string') {
      return this.#addPair(node, step, nest(below, value));
    }
    if (this.#yaml.isSeq(node) && step === node.items.length) {
      return this.#addItem(node, nest(below, value));
    }
    throw this.#refuse('what stands here cannot hold that', node.range[0]);
  }

  /** The text without what stands at a path, which must exist. */
  cut(path: YamlPath): string {
    const { slot, rest } = findSlot(this.#yaml, this.#document, path);
    if (rest.length > 0) throw this.#refuse('an alias or merge stands here', slot.after);
    this.#refuseProperties(slot.node);
    const parent = findSlot(this.#yaml, this.#document, path.slice(0, -1)).slot;
    const { node } = parent;
    const step = path.at(-1) ?? '';
    if (this.#yaml.isMap(node)) {
      if (node.items.length === 1) return this.#empty(parent, {});
      return this.#cutMember(node, pairIndex(node, String(step)));
    }
    if (!this.#yaml.isSeq(node)) throw this.#refuse('what stands here has no members', slot.after);
    return node.items.length === 1 ? this.#empty(parent, []) : this.#cutMember(node, Number(step));
  }

  /** Null, and an empty collection of the right kind, give way to a first member. */
  #givesWay(node: ParsedNode, step: string | number): boolean {
    if (typeof step === 'number' && step !== 0) return false;
    if (this.#yaml.isMap(node)) return node.items.length === 0 && typeof step === 'string';
    if (this.#yaml.isSeq(node)) return node.items.length === 0 && typeof step === 'number';
    return this.#yaml.isScalar(node) && node.value === null;
  }

  #fill(slot: Slot, value: Json): string {
    const { node, after } = slot;
    this.#refuseProperties(node);
    if (slot.inFlow) {
      const printed = printFlow(value);
      if (!node) return this.#insert(after, `${slot.bare ? ':' : ''} ${printed}`);
      return this.#splice({
        start: node.range[0],
        end: inlineEnd(this.#text, node),
        text: printed,
      });
    }
    if (node && this.#yaml.isCollection(node) && !node.flow) {
      return this.#replaceBlock(slot, node, value);
    }
    if (takesLines(value)) return this.#fillLines(slot, value);
    const printed = printFlow(value);
    if (!node) return this.#insert(after, slot.kind === 'root' ? printed : ` ${printed}`);
    return this.#splice({ start: node.range[0], end: inlineEnd(this.#text, node), text: printed });
  }

  /** A block collection in place of nothing, or of what stands behind the key or dash. */
  #fillLines(slot: Slot, value: Json): string {
    const text = this.#text;
    const { node, after } = slot;
    const column = slot.column + 2;
    if (!node) {
      if (slot.kind === 'item')
        return this.#insert(after, ` ${printBlock(value, column, this.#eol)}`);
      return this.#splice(this.#newLine(nextLine(text, after), column, value));
    }
    const [start] = node.range;
    const end = inlineEnd(text, node);
    const from = lineStart(text, start);
    if (slot.kind !== 'pair' || text.slice(from, start).trim() === '') {
      return this.#splice({ start, end, text: printBlock(value, start - from, this.#eol) });
    }
    const cut = { start: trimmedEnd(text, start), end, text: '' };
    return this.#splice(cut, this.#newLine(nextLine(text, end), column, value));
  }

  /** A block collection gives way; comments around it stay. */
  #replaceBlock(slot: Slot, node: ParsedNode, value: Json): string {
    const text = this.#text;
    const start = node.range[0];
    const end = contentEnd(this.#yaml, text, node);
    const from = lineStart(text, start);
    if (takesLines(value)) {
      // A list may stand right under its key; a mapping there would be more keys.
      const deeper = !Array.isArray(value) && start - from <= slot.column ? 2 : 0;
      const body = ' '.repeat(deeper) + printBlock(value, start - from + deeper, this.#eol);
      return this.#splice({ start, end: trimmedEnd(text, end), text: body });
    }
    const printed = printFlow(value);
    if (slot.kind === 'root' || text.slice(from, start).trim() !== '') {
      return this.#splice({ start, end: trimmedEnd(text, end), text: printed });
    }
    return this.#splice(
      { start: slot.after, end: slot.after, text: ` ${printed}` },
      { start: from, end: nextLine(text, end), text: '' },
    );
  }

  #addPair(map: AnyMap, key: string, value: Json): string {
    const [, end] = this.#span(map, map.items.length - 1);
    if (map.flow) return this.#insert(end, `, ${printFlowPair(key, value)}`);
    const column = map.range[0] - lineStart(this.#text, map.range[0]);
    return this.#splice(this.#newLine(nextLine(this.#text, end), column, pairOf(key, value)));
  }

  #addItem(seq: AnySeq, value: Json): string {
    const [, end] = this.#span(seq, seq.items.length - 1);
    if (seq.flow) return this.#insert(end, `, ${printFlow(value)}`);
    const column = seq.range[0] - lineStart(this.#text, seq.range[0]);
    return this.#splice(this.#newLine(nextLine(this.#text, end), column, [value]));
  }

  /** The last member goes; of the root nothing is left, because a root of `{}` can't grow by lines. */
  #empty(slot: Slot, value: Json): string {
    const { node } = slot;
    if (slot.kind !== 'root' || !this.#yaml.isCollection(node) || node.flow) {
      return this.#fill(slot, value);
    }
    this.#refuseProperties(node);
    const end = nextLine(this.#text, contentEnd(this.#yaml, this.#text, node));
    return this.#splice({ start: node.range[0], end, text: '' });
  }

  #cutMember(collection: AnyMap | AnySeq, index: number): string {
    const text = this.#text;
    const [start, end] = this.#span(collection, index);
    const isLast = index === collection.items.length - 1;
    const nextStart = isLast ? undefined : this.#span(collection, index + 1)[0];
    if (collection.flow) {
      if (index === 0) return this.#splice({ start, end: nextStart ?? end, text: '' });
      return this.#splice({ start: this.#span(collection, index - 1)[1], end, text: '' });
    }
    const from = lineStart(text, start);
    if (text.slice(from, start).trim() === '') {
      return this.#splice({ start: from, end: nextLine(text, end), text: '' });
    }
    // On the line of a dash: the next member moves up, unless a comment stands between.
    const after = nextLine(text, end);
    const movesUp = nextStart !== undefined && text.slice(after, nextStart).trim() === '';
    return this.#splice({ start, end: movesUp ? nextStart : trimmedEnd(text, end), text: '' });
  }

  #span(collection: AnyMap | AnySeq, index: number): readonly [number, number] {
    const span = memberSpan(this.#yaml, this.#text, collection, index);
    if (!span) throw this.#refuse('a "? key" stands here', collection.range[0]);
    return span;
  }

  /** A line of its own for a member, or several, at an offset where a line begins. */
  #newLine(at: number, column: number, value: Json): Splice {
    const before = this.#text.slice(0, at);
    const open = before !== '' && before !== '\ufeff' && !before.endsWith('\n');
    const line = ' '.repeat(column) + printBlock(value, column, this.#eol) + this.#eol;
    return { start: at, end: at, text: open ? this.#eol + line : line };
  }

  #insert(at: number, text: string): string {
    return this.#splice({ start: at, end: at, text });
  }

  #splice(...splices: readonly Splice[]): string {
    let result = '';
    let from = 0;
    for (const { start, end, text } of splices) {
      result += this.#text.slice(from, start) + text;
      from = end;
    }
    return result + this.#text.slice(from);
  }

  #refuseProperties(node: ParsedNode | undefined): void {
    if (!node || !hasProperties(this.#yaml, node)) return;
    throw this.#refuse('an anchor, alias or tag stands here', node.range[0]);
  }

  #refuse(reason: string, offset: number): GormesError {
    return this.#rules.refuse(reason, positionAt(this.#text, offset));
  }
}
