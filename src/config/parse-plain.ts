import { LIMITS } from '../base/limits.ts';
import { NOT_PLAIN, PLAIN_NUMBER } from '../base/plain-yaml.ts';
import type { Findings, Spot } from './findings.ts';
import { SecretValues } from './secret-values.ts';
import type { SourceText } from './source-text.ts';
import type { ListNode, MapEntry, MapNode, ScalarNode, TreeNode } from './tree.ts';

/**
 * The tree of a file that is written plainly, as people and `auth dump` write it: mappings and lists
 * by indentation, flow collections in one line, unquoted words, simple quotes, comments. Loading the
 * YAML library and asking it takes longer than all the rest of a command. Rule: whatever is not
 * surely plain, and whatever is wrong, is left to the library; a property test compares the trees.
 *
 * @returns undefined when the library must read the file; nothing was reported then
 */
export function parsePlain(
  source: SourceText,
  findings: Pick<Findings, 'hide'>,
  maxNodes: number = LIMITS.declarationNodes,
): MapNode | undefined {
  if (NOT_PLAIN.test(source.text)) return undefined;
  const hidden: Spot[] = [];
  try {
    const hide = (spot: Spot) => void hidden.push(spot);
    const root = new PlainReader(source, maxNodes, { hide }).read();
    for (const spot of hidden) findings.hide(spot);
    return root;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

/** Thrown to leave the recursion. */
class NotPlain extends Error {}

const QUOTED = /"[^"\\\n]*"|'[^'\n]*'/y;
/** A key, or a word where commas and brackets count. */
const WORD = /[A-Za-z0-9_/][\w./@*+-]*/y;
/** Unquoted text to the end of a line, which may have single spaces and colons inside. */
const TEXT = /[A-Za-z0-9_/](?:[\w./@*+()=?&%$;~^-]|:(?=[\w/@~.])| (?=[\w/(@$]))*/y;
const SPACES = / */y;
/** Rest of a line: a comment, or nothing. */
const LINE_END = /(?:(?: +#.*)? *)(?:\n|$)/y;
/** Lines without content. */
const NO_CONTENT = /(?: *(?:#.*)?\n)*/y;

/** What YAML could take for a number of another form. */
const NUMBER = /^(?:[0-9.]+(?:[eE][+-]?[0-9]*)?|0[xo].*)$/;
const SPECIAL: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
/** YAML's limit for a key is 1024 characters; labels are far shorter. */
const MAX_KEY = 200;

class PlainReader {
  readonly #source: SourceText;
  readonly #text: string;
  readonly #maxNodes: number;
  readonly #secrets: SecretValues;
  #at = 0;
  #depth = 0;
  #nodes = 0;

  constructor(source: SourceText, maxNodes: number, findings: Pick<Findings, 'hide'>) {
    this.#source = source;
    this.#maxNodes = maxNodes;
    this.#text = source.text;
    this.#secrets = new SecretValues(source, findings);
  }

  read(): MapNode {
    const column = this.#nextContent();
    if (column !== 0) throw new NotPlain();
    const root = this.#map(0);
    if (this.#at < this.#text.length) throw new NotPlain();
    return root;
  }

  /** Skips to the next line with content; its indentation, or -1 at the end. */
  #nextContent(): number {
    this.#match(NO_CONTENT);
    const start = this.#at;
    this.#match(SPACES);
    if (this.#at === this.#text.length) return -1;
    if (this.#text.charAt(this.#at) !== '#') return this.#at - start;
    // A comment that no line feed ends is the last line.
    this.#at = this.#text.length;
    return -1;
  }

  /** A mapping whose keys stand in a column; ends at the beginning of the content behind it. */
  #map(column: number): MapNode {
    const start = this.#at;
    const entries = new Map<string, MapEntry>();
    this.#enter();
    for (;;) {
      const keyNode = this.#key();
      if (entries.has(keyNode.text)) throw new NotPlain();
      const value = this.#valueOf(column);
      entries.set(keyNode.text, { key: keyNode.text, keyNode, value });
      const next = this.#column();
      if (next < column) break;
      if (next > column || this.#isItem()) throw new NotPlain();
    }
    this.#depth--;
    return { kind: 'map', entries, ...this.#spot(start, this.#at) };
  }

  #list(column: number): ListNode {
    const start = this.#at;
    const items: TreeNode[] = [];
    this.#enter();
    do {
      this.#at += 1;
      this.#match(SPACES);
      items.push(this.#item());
    } while (this.#column() === column && this.#isItem());
    if (this.#column() > column) throw new NotPlain();
    this.#depth--;
    return { kind: 'list', items, ...this.#spot(start, this.#at) };
  }

  /** What stands behind a dash; the first key of a mapping may, and the others below it. */
  #item(): TreeNode {
    const start = this.#at;
    if (this.#match(QUOTED) || this.#match(WORD)) {
      const isKey = /^:[ \n]/.test(this.#text.slice(this.#at, this.#at + 2));
      this.#at = start;
      if (isKey) return this.#map(this.#column());
    }
    return this.#inline();
  }

  /** The column of the place that is read: of content only, so never inside a word. */
  #column(): number {
    if (this.#at === this.#text.length) return -1;
    return this.#at - (this.#text.lastIndexOf('\n', this.#at - 1) + 1);
  }

  #isItem(): boolean {
    return this.#text.startsWith('- ', this.#at);
  }

  /** The value of a key in a block, in its line or below. */
  #valueOf(column: number): TreeNode {
    const here = this.#at;
    if (this.#match(LINE_END)) {
      const next = this.#nextContent();
      if (this.#isItem() && next >= column) return this.#list(next);
      // A key without a value is rare, and mostly a mistake.
      if (next <= column) throw new NotPlain();
      return this.#map(next);
    }
    this.#at = here;
    this.#match(SPACES);
    if (this.#at === here) throw new NotPlain();
    return this.#inline();
  }

  /** A value that ends in its line; goes on to the next content. */
  #inline(): TreeNode {
    const char = this.#text.charAt(this.#at);
    const value = char === '{' || char === '[' ? this.#flow() : this.#scalar(TEXT);
    if (!this.#match(LINE_END)) throw new NotPlain();
    this.#nextContent();
    return value;
  }

  /** A flow collection, in one line. */
  #flow(): TreeNode {
    const start = this.#at;
    const isMap = this.#text.charAt(start) === '{';
    const close = isMap ? '}' : ']';
    const entries = new Map<string, MapEntry>();
    const items: TreeNode[] = [];
    this.#enter();
    this.#secrets.openFlow();
    this.#at++;
    this.#match(SPACES);
    let isFirst = true;
    while (this.#text.charAt(this.#at) !== close) {
      if (!isFirst) this.#comma();
      isFirst = false;
      if (!isMap) {
        items.push(this.#flowValue());
        continue;
      }
      const keyNode = this.#key();
      if (entries.has(keyNode.text)) throw new NotPlain();
      const before = this.#at;
      this.#match(SPACES);
      if (this.#at === before) throw new NotPlain();
      entries.set(keyNode.text, { key: keyNode.text, keyNode, value: this.#flowValue() });
    }
    this.#at++;
    this.#secrets.closeFlow();
    this.#depth--;
    const spot = this.#spot(start, this.#at);
    return isMap ? { kind: 'map', entries, ...spot } : { kind: 'list', items, ...spot };
  }

  #comma(): void {
    if (this.#text.charAt(this.#at) !== ',' || this.#text.charAt(this.#at + 1) !== ' ') {
      throw new NotPlain();
    }
    this.#at++;
    this.#match(SPACES);
    // A comma behind the last one is allowed, and rare.
    if (/[}\]]/.test(this.#text.charAt(this.#at))) throw new NotPlain();
  }

  #flowValue(): TreeNode {
    const char = this.#text.charAt(this.#at);
    const value = char === '{' || char === '[' ? this.#flow() : this.#scalar(WORD);
    this.#match(SPACES);
    return value;
  }

  /** A key and its colon. */
  #key(): ScalarNode {
    const key = this.#scalar(WORD);
    if (key.text.length > MAX_KEY || this.#text.charAt(this.#at) !== ':') throw new NotPlain();
    this.#at++;
    this.#secrets.colon();
    return key;
  }

  #scalar(plain: RegExp): ScalarNode {
    const start = this.#at;
    const isQuoted = this.#match(QUOTED);
    if (!isQuoted && !this.#match(plain)) throw new NotPlain();
    const lexeme = this.#text.slice(start, this.#at);
    this.#secrets.scalar(lexeme, start);
    this.#count();
    const text = isQuoted ? lexeme.slice(1, -1) : lexeme;
    const value = isQuoted ? text : plainValue(text);
    return { kind: 'scalar', value, text, ...this.#spot(start, this.#at) };
  }

  #enter(): void {
    this.#count();
    if (++this.#depth > LIMITS.declarationDepth / 2) throw new NotPlain();
  }

  #count(): void {
    if (++this.#nodes > this.#maxNodes) throw new NotPlain();
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #spot(start: number, end: number) {
    return { source: this.#source, start, end };
  }
}

/** What unquoted text means, where that is beyond doubt. */
function plainValue(text: string): ScalarNode['value'] {
  if (PLAIN_NUMBER.test(text)) return Number(text);
  if (NUMBER.test(text)) throw new NotPlain();
  const special = SPECIAL.get(text.toLowerCase());
  if (special === undefined) return text;
  if (!SPECIAL.has(text)) throw new NotPlain();
  return special;
}
