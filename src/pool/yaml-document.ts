import type { CST, Node, ParsedNode } from 'yaml';
import type { GormesError } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';

/** The library, loaded on demand: most commands never need it. */
export type YamlLibrary = typeof import('yaml');

/** What one kind of file asks of its YAML. */
export interface YamlRules {
  /** PyYAML reads 1.1, where `yes` is true and dates are dates. */
  readonly version: '1.1' | '1.2';
  readonly maxDepth: number;
  readonly maxNodes: number;
  readonly maxAliases: number;
  /** The error for a text that is not understood; the reason never quotes it (reliability.md M7). */
  refuse(reason: string, at: YamlPosition | undefined): GormesError;
}

/** Both count from 1. */
export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

/** One parsed text. */
export interface YamlDocument {
  readonly text: string;
  /** Absent in an empty file. */
  readonly root: ParsedNode | undefined;
  readonly value: Json;
  /** Something stands in the text twice: anchors, or the same key. */
  readonly aliased: boolean;
}

/**
 * Parses one document. Depth, width and aliases are bounded before the recursive part of the
 * library sees them (M5); uniqueness of keys is not asked, because that is quadratic (M6): as in
 * PyYAML the last one counts.
 *
 * @throws the error of `rules.refuse`
 */
export function parseYaml(yaml: YamlLibrary, text: string, rules: YamlRules): YamlDocument {
  const refuseAt = (reason: string, offset: number) =>
    rules.refuse(reason, positionAt(text, offset));
  const tokens = [...new yaml.Parser().parse(text)];
  const aliased = checkLimits(tokens, rules, refuseAt);
  const options = {
    version: rules.version,
    keepSourceTokens: true,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'silent',
  } as const;
  const composer = new yaml.Composer(options);
  const [document, ...more] = composer.compose(tokens, true, text.length);
  if (!document) throw rules.refuse('it holds no document', undefined);
  const [error] = document.errors;
  if (error) throw refuseAt(`not valid YAML (${error.code})`, error.pos[0]);
  if (more[0]) throw refuseAt('it holds more than one document', more[0].range[0]);
  let value: Json;
  try {
    value = toJson(document.toJS({ maxAliasCount: rules.maxAliases }));
  } catch {
    throw rules.refuse('its aliases cannot be resolved', undefined);
  }
  return { text, root: document.contents ?? undefined, value, aliased };
}

/** Line and column of an offset. */
export function positionAt(text: string, offset: number): YamlPosition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

/** True when a node, or anything in it, has an anchor, an explicit tag, or is an alias. */
export function hasProperties(yaml: YamlLibrary, node: Node | null | undefined): boolean {
  let found = false;
  if (node) {
    yaml.visit(node, (_key, each) => {
      if (!yaml.isNode(each)) return undefined;
      found ||= yaml.isAlias(each) || Boolean(each.anchor) || each.tag !== undefined;
      return found ? yaml.visit.BREAK : undefined;
    });
  }
  return found;
}

/** Walks the concrete syntax tree, which the library builds without recursion, itself without recursion. */
function checkLimits(
  tokens: readonly CST.Token[],
  rules: YamlRules,
  refuseAt: (reason: string, offset: number) => GormesError,
): boolean {
  const stack: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  let nodes = 0;
  let aliases = 0;
  let anchors = 0;
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { token, depth } = top;
    if (depth > rules.maxDepth) {
      throw refuseAt(`nested deeper than ${rules.maxDepth} levels`, token.offset);
    }
    if (++nodes > rules.maxNodes)
      throw refuseAt(`more than ${rules.maxNodes} values`, token.offset);
    if (token.type === 'alias' && ++aliases > rules.maxAliases) {
      throw refuseAt(`more than ${rules.maxAliases} aliases`, token.offset);
    }
    if (token.type === 'document' && token.value) stack.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const item of token.items) {
      for (const part of [...item.start, ...(item.sep ?? [])])
        if (part.type === 'anchor') anchors++;
      if (item.key) stack.push({ token: item.key, depth: depth + 1 });
      if (item.value) stack.push({ token: item.value, depth: depth + 1 });
    }
  }
  return aliases + anchors > 0;
}

/** What YAML 1.1 has beyond JSON becomes text, or the nearest that JSON has. */
function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Set) return [...value].map(toJson);
  if (typeof value !== 'object' || value instanceof Uint8Array) return String(value);
  const object: JsonObject = {};
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  for (const [key, item] of entries) {
    // By definition, not assignment: `__proto__` is a key like any other.
    Object.defineProperty(object, String(key), {
      value: toJson(item),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}
