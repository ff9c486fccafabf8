import type { Json, JsonObject } from '../base/json.ts';
import { NOT_PLAIN, PLAIN_NUMBER } from '../base/plain-yaml.ts';

/**
 * Reads some top-level keys of a `config.yaml` that is written plainly, as Hermes and people write
 * it: mappings and lists by indentation, unquoted or simply quoted text. Loading the YAML library
 * takes as long as all the rest of a command that lists. Rules: whatever is not surely plain
 * (anchors, tags, flow collections, escapes, several lines, numbers beyond small whole ones, words
 * that YAML 1.1 takes for something else) is left to the library, and what is read here is what the
 * library reads; a property test compares them.
 *
 * @param keys the top-level keys that are wanted; the rest is only looked at from afar
 * @returns the wanted keys that there are; undefined when the library must read the file
 */
export function readPlainYaml(text: string, keys: readonly string[]): JsonObject | undefined {
  if (NOT_PLAIN.test(text)) return undefined;
  const blocks = splitBlocks(text.split('\n'));
  if (blocks === undefined) return undefined;
  const found: JsonObject = {};
  for (const [key, lines] of blocks) {
    if (!keys.includes(key)) continue;
    const block = new Lines(lines);
    const value = readEntry(block, 0);
    if (value === NOT_HERE || block.current !== undefined) return undefined;
    found[key] = value[1];
  }
  return found;
}

/**
 * Whether the top level may hold a key: a cheap look at the beginnings of lines, for readers that
 * can then do without the YAML library. In doubt (a flow mapping, merged or explicit keys) true.
 */
export function configMentions(text: string, key: string): boolean {
  const name = key.replace(/\W/g, '\\$&');
  return new RegExp(`^\\ufeff?(?:--- *)?(?:${name} *:|[{?<&!%"'])`, 'm').test(text);
}

const BLANK = /^ *(?:#.*)?$/;
/** Indent, key, and what follows the colon. */
const ENTRY = /^( *)([A-Za-z_](?:[\w./-]|:(?=[^ ]))*):(?: +(.*))?$/;
const ITEM = /^( *)- +(.*)$/;
/** All that may stand before a value. */
const BEFORE_VALUE = /^ *(?:- +)*(?:[A-Za-z_](?:[\w./-]|:(?=[^ ]))*: +)?/;
const CLOSED_FLOW =
  /^(?:\[(?:[^[\]{}"'#]|"[^"\\]*"|'[^']*')*\]|\{(?:[^[\]{}"'#]|"[^"\\]*"|'[^']*')*\}) *(?: #.*)?$/;

/** Not plain, so that the library must read it. */
const NOT_HERE = Symbol('not plain');
type Read<T> = T | typeof NOT_HERE;

/** The lines of every top-level key; undefined where the lines don't tell where one ends. */
function splitBlocks(lines: readonly string[]): Map<string, string[]> | undefined {
  const blocks = new Map<string, string[]>();
  let block: string[] | undefined;
  let quote: string | undefined;
  for (const line of lines) {
    const isInside = line.startsWith(' ') || line === '';
    if (quote !== undefined && !isInside) return undefined;
    if (quote === undefined && BLANK.test(line)) continue;
    const opened = quote === undefined ? openedBy(line) : stillOpen(line, quote);
    if (opened === NOT_HERE) return undefined;
    quote = opened;
    if (isInside || line.startsWith('- ')) {
      if (block === undefined) return undefined;
      block.push(line);
      continue;
    }
    const key = ENTRY.exec(line)?.[2];
    if (key === undefined || isWord(key) || blocks.has(key)) return undefined;
    block = [line];
    blocks.set(key, block);
  }
  return quote === undefined ? blocks : undefined;
}

/** The quote that a line opens and leaves open for the next ones. */
function openedBy(line: string): Read<string | undefined> {
  const value = line.replace(BEFORE_VALUE, '');
  const first = value.charAt(0);
  if (first === '"' || first === "'") return stillOpen(value.slice(1), first);
  return /^[[{&*!?%@`]/.test(value) && !CLOSED_FLOW.test(value) ? NOT_HERE : undefined;
}

function stillOpen(text: string, quote: string): string | undefined {
  const rest = text.replace(quote === '"' ? /\\./g : /''/g, '');
  return rest.includes(quote) ? undefined : quote;
}

class Lines {
  readonly #lines: readonly string[];
  #next = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  get current(): string | undefined {
    return this.#lines[this.#next];
  }

  get indent(): number {
    return this.current?.search(/[^ ]/) ?? -1;
  }

  skip(): void {
    this.#next++;
  }
}

/** `key: value`, or a key whose value stands below it. */
function readEntry(lines: Lines, indent: number): Read<[key: string, value: Json]> {
  const [, spaces = '', key = '', inline = ''] = ENTRY.exec(lines.current ?? '') ?? [];
  if (key === '' || isWord(key) || key === '__proto__' || spaces.length !== indent) return NOT_HERE;
  lines.skip();
  const value = BLANK.test(inline) ? readBelow(lines, indent) : readScalar(inline);
  // What is indented below a value in the same line would go on with it.
  if (value === NOT_HERE || lines.indent > indent) return NOT_HERE;
  return [key, value];
}

/** The collection below a key; null when there is none. A list may stand as far left as its key. */
function readBelow(lines: Lines, parent: number): Read<Json> {
  const { indent } = lines;
  const isList = ITEM.test(lines.current ?? '');
  if (indent > parent) return isList ? readList(lines, indent) : readMap(lines, indent);
  return isList && indent === parent ? readList(lines, indent) : null;
}

function readMap(lines: Lines, indent: number): Read<JsonObject> {
  const map: JsonObject = {};
  while (lines.indent === indent) {
    const entry = readEntry(lines, indent);
    if (entry === NOT_HERE || Object.hasOwn(map, entry[0])) return NOT_HERE;
    map[entry[0]] = entry[1];
  }
  return map;
}

/** Items that are text or mappings; the first key of a mapping stands behind its dash. */
function readList(lines: Lines, indent: number): Read<Json[]> {
  const list: Json[] = [];
  while (lines.indent === indent) {
    const [, , inline = ''] = ITEM.exec(lines.current ?? '') ?? [];
    if (inline === '') break;
    const value = ENTRY.test(inline) ? readItemMap(lines, indent, inline) : readScalar(inline);
    if (value === NOT_HERE) return NOT_HERE;
    if (!ENTRY.test(inline)) lines.skip();
    if (lines.indent > indent) return NOT_HERE;
    list.push(value);
  }
  return list;
}

function readItemMap(lines: Lines, indent: number, first: string): Read<JsonObject> {
  const [, , key = '', inline = ''] = ENTRY.exec(first) ?? [];
  const column = (lines.current ?? '').indexOf(first, indent + 1);
  // A collection below the first key is rare, and its indentation not easily told.
  const value = BLANK.test(inline) || isWord(key) ? NOT_HERE : readScalar(inline);
  lines.skip();
  if (value === NOT_HERE || (lines.indent > indent && lines.indent !== column)) return NOT_HERE;
  const rest = lines.indent === column ? readMap(lines, column) : {};
  return rest === NOT_HERE || Object.hasOwn(rest, key) ? NOT_HERE : { [key]: value, ...rest };
}

function readScalar(text: string): Read<Json> {
  const quoted = /^(?:"([^"\\]*)"|'([^']*)') *(?: #.*)?$/.exec(text);
  if (quoted) return quoted[1] ?? quoted[2] ?? '';
  const plain = text.replace(/ +#.*$/, '').trimEnd();
  if (plain === 'null') return null;
  if (plain === 'true' || plain === 'false') return plain === 'true';
  if (plain === '[]') return [];
  if (plain === '{}') return {};
  if (PLAIN_NUMBER.test(plain)) return Number(plain);
  return /^[A-Za-z_/$](?:[^:#]|:(?=[^ ])|(?<=[^ ])#)*$/.test(plain) && !isWord(plain)
    ? plain
    : NOT_HERE;
}

/** Words that YAML 1.1 or one of its readers takes for a truth value or for nothing. */
function isWord(text: string): boolean {
  return /^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
}
