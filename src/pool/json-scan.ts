import { type Span, skipSpace, stringEnd } from '../base/json-spans.ts';
import { LIMITS } from '../base/limits.ts';

/** What keeps a JSON text from being read or written without loss. */
export interface JsonProblem {
  /** `nan`: NaN or Infinity, which Python writes and reads and JSON does not know. */
  readonly kind: 'syntax' | 'nan' | 'duplicate_key' | 'too_deep';
  /** Both count from 1; columns in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  /** Never quotes the text: it holds secrets (reliability.md M8). */
  readonly message: string;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const NAN = /NaN|-?Infinity/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** True when containers are nested deeper than `LIMITS.jsonDepth`. Needs no valid JSON. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) at = stringEnd(text, at) - 1;
    else if (char === 0x7b || char === 0x5b) {
      if (++depth > LIMITS.jsonDepth) return true;
    } else if (char === 0x7d || char === 0x5d) depth--;
  }
  return false;
}

interface Finding {
  readonly kind: JsonProblem['kind'];
  readonly at: number;
  readonly message: string;
}

/** Everything that `problems` of `parseJsonText` may say, in order of place; stops at the first syntax error. */
export function findProblems(text: string): { problems: JsonProblem[]; nans: Span[] } {
  const scan = new Scan(text);
  scan.run();
  return { problems: withPlaces(text, scan.findings), nans: scan.nans };
}

/** A strict, iterative reading of RFC 8259 text. */
class Scan {
  readonly findings: Finding[] = [];
  readonly nans: Span[] = [];
  readonly #text: string;
  /** One set of keys for each open object, undefined for each open array. */
  readonly #open: (Set<string> | undefined)[] = [];
  #expected: 'value' | 'next' = 'value';
  /** The last token was an opening bracket. */
  #opened = false;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): void {
    if (this.#text.startsWith('\ufeff')) {
      this.#fail('the file begins with a byte order mark');
      return;
    }
    let going = true;
    while (going) {
      this.#at = skipSpace(this.#text, this.#at);
      going = this.#expected === 'value' ? this.#value() : this.#next();
    }
  }

  /** A value; right after an opening bracket also the closing one or the first key. */
  #value(): boolean {
    const char = this.#text.charAt(this.#at);
    const keys = this.#open.at(-1);
    if (this.#opened) {
      this.#opened = false;
      if (char === (keys ? '}' : ']')) return this.#close();
      if (keys) return this.#key(keys);
    }
    if (char === '{' || char === '[') {
      if (this.#open.length >= LIMITS.jsonDepth) {
        const message = `nested deeper than ${LIMITS.jsonDepth} levels`;
        this.findings.push({ kind: 'too_deep', at: this.#at, message });
        return false;
      }
      this.#at++;
      this.#open.push(char === '{' ? new Set() : undefined);
      this.#opened = true;
      return true;
    }
    this.#expected = 'next';
    return this.#scalar(char);
  }

  /** What follows a value: a comma, a closing bracket, or the end. */
  #next(): boolean {
    const char = this.#text.charAt(this.#at);
    if (this.#open.length === 0) {
      return char === '' ? false : this.#fail('expected the end of the file');
    }
    const keys = this.#open.at(-1);
    if (char === (keys ? '}' : ']')) return this.#close();
    if (char !== ',') return this.#fail(keys ? 'expected "," or "}"' : 'expected "," or "]"');
    this.#at++;
    this.#expected = 'value';
    return keys ? this.#key(keys) : true;
  }

  #close(): boolean {
    this.#at++;
    this.#open.pop();
    this.#expected = 'next';
    return true;
  }

  #key(keys: Set<string>): boolean {
    this.#at = skipSpace(this.#text, this.#at);
    const start = this.#at;
    if (this.#text.charAt(start) !== '"') return this.#fail('expected a key in double quotes');
    if (!this.#string()) return false;
    const key: unknown = JSON.parse(this.#text.slice(start, this.#at));
    if (typeof key === 'string') {
      if (keys.has(key)) {
        this.findings.push({ kind: 'duplicate_key', at: start, message: 'the key stands twice' });
      }
      keys.add(key);
    }
    this.#at = skipSpace(this.#text, this.#at);
    if (this.#text.charAt(this.#at) !== ':') return this.#fail('expected ":"');
    this.#at++;
    return true;
  }

  #scalar(char: string): boolean {
    if (char === '"') return this.#string();
    const start = this.#at;
    if (this.#matches(NUMBER) || this.#matches(WORD)) return true;
    if (this.#matches(NAN)) {
      this.nans.push({ start, end: this.#at });
      this.findings.push({ kind: 'nan', at: start, message: 'NaN or Infinity is not JSON' });
      return true;
    }
    return this.#fail(char === '' ? 'the file ends too early' : 'expected a value');
  }

  #string(): boolean {
    const text = this.#text;
    const end = stringEnd(text, this.#at);
    for (this.#at++; this.#at < end; ) {
      const char = text.charCodeAt(this.#at);
      if (char === 0x22) {
        this.#at++;
        return true;
      }
      if (char < 0x20) return this.#fail('a control character in a string');
      if (char !== 0x5c) this.#at++;
      else if (!this.#matches(ESCAPE)) return this.#fail('an unknown escape in a string');
    }
    return this.#fail('a string does not end');
  }

  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #fail(message: string): false {
    this.findings.push({ kind: 'syntax', at: this.#at, message });
    return false;
  }
}

function withPlaces(text: string, findings: readonly Finding[]): JsonProblem[] {
  let line = 1;
  let lineStart = 0;
  return findings.map(({ kind, at, message }) => {
    for (let next = text.indexOf('\n', lineStart); next >= 0 && next < at; ) {
      line++;
      lineStart = next + 1;
      next = text.indexOf('\n', lineStart);
    }
    return { kind, line, column: at - lineStart + 1, message };
  });
}
