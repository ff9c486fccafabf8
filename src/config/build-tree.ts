import type { Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { type Findings, quote } from './findings.ts';
import { reportTooManyNodes } from './lex-guard.ts';
import { lineAt, type SourceText } from './source-text.ts';
import type { ListNode, MapEntry, MapNode, ScalarNode, TreeNode } from './tree.ts';

/** The parts of `yaml` that this module needs; it is loaded on demand. */
interface YamlParts {
  readonly isAlias: typeof import('yaml').isAlias;
  readonly isMap: typeof import('yaml').isMap;
  readonly isScalar: typeof import('yaml').isScalar;
  readonly isSeq: typeof import('yaml').isSeq;
}

interface Built {
  readonly node: TreeNode;
  /** Nodes that a walk over it meets, aliases counted each time. */
  readonly size: number;
}

/** Thrown to leave the recursion; the finding has been reported. */
class Stop extends Error {}

/**
 * Our tree of a composed document: aliases become what they stand for, double keys and keys that
 * are no text are reported. Undefined when the tree would be too large or contain itself.
 */
export function buildTree(
  yaml: YamlParts,
  source: SourceText,
  contents: ParsedNode,
  maxNodes: number,
  findings: Findings,
): TreeNode | undefined {
  try {
    return new TreeBuilder(yaml, source, maxNodes, findings).build(contents).node;
  } catch (error) {
    if (error instanceof Stop) return undefined;
    throw error;
  }
}

class TreeBuilder {
  readonly #yaml: YamlParts;
  readonly #source: SourceText;
  readonly #maxNodes: number;
  readonly #findings: Findings;
  /** Finished anchors; an anchor that is still being built has no value yet. */
  readonly #anchors = new Map<string, Built | undefined>();

  constructor(yaml: YamlParts, source: SourceText, maxNodes: number, findings: Findings) {
    this.#yaml = yaml;
    this.#source = source;
    this.#maxNodes = maxNodes;
    this.#findings = findings;
  }

  build(node: ParsedNode): Built {
    if (this.#yaml.isAlias(node)) return this.#alias(node.source, node.range);
    if (node.anchor) this.#anchors.set(node.anchor, undefined);
    const built = this.#collection(node);
    if (built.size > this.#maxNodes) {
      reportTooManyNodes(this.#spot(node.range), this.#findings);
      throw new Stop('too_many_nodes');
    }
    if (node.anchor) this.#anchors.set(node.anchor, built);
    return built;
  }

  #collection(node: Exclude<ParsedNode, { source: string; resolve: unknown }>): Built {
    if (this.#yaml.isMap(node)) return this.#map(node as YAMLMap.Parsed);
    if (this.#yaml.isSeq(node)) return this.#list(node as YAMLSeq.Parsed);
    return { node: this.#scalar(node as Scalar.Parsed), size: 1 };
  }

  #alias(name: string, range: readonly number[]): Built {
    const built = this.#anchors.get(name);
    if (built) return built;
    const known = this.#anchors.has(name);
    const message = known
      ? 'this alias stands inside its own anchor'
      : 'this alias has no anchor before it';
    return this.#stop('bad_alias', message, range);
  }

  #list(node: YAMLSeq.Parsed): Built {
    const built = node.items.map((item) => this.build(item as ParsedNode));
    const list: ListNode = {
      kind: 'list',
      items: built.map((item) => item.node),
      ...this.#spot(node.range),
    };
    return { node: list, size: built.reduce((sum, item) => sum + item.size, 1) };
  }

  #map(node: YAMLMap.Parsed): Built {
    const entries = new Map<string, MapEntry>();
    let size = 1;
    for (const pair of node.items) {
      const keyNode = this.#key(pair as Pair<ParsedNode, ParsedNode | null>, node.range);
      const value = pair.value ? this.build(pair.value as ParsedNode) : undefined;
      size += 1 + (value?.size ?? 1);
      if (keyNode === undefined) continue;
      const key = keyNode.text;
      const before = entries.get(key);
      if (before !== undefined) {
        const line = lineAt(this.#source, before.keyNode.start);
        const message = `the key ${quote(key)} stands twice in one mapping, first on line ${line}`;
        this.#findings.error('duplicate_key', message, keyNode);
        continue;
      }
      const absent: ScalarNode = { ...keyNode, kind: 'scalar', value: null, text: '' };
      entries.set(key, { key, keyNode, value: value?.node ?? absent });
    }
    const map: MapNode = { kind: 'map', entries, ...this.#spot(node.range) };
    return { node: map, size };
  }

  #key(
    pair: Pair<ParsedNode, ParsedNode | null>,
    range: readonly number[],
  ): ScalarNode | undefined {
    const { key } = pair;
    if (this.#yaml.isScalar(key) && !(key.value === null && key.source === '')) {
      return this.#scalar(key as Scalar.Parsed);
    }
    const spot = this.#spot(key?.range ?? range);
    this.#findings.error('bad_key', 'a key must be text', spot, { hint: 'put it in quotes' });
    return undefined;
  }

  #scalar(node: Scalar.Parsed): ScalarNode {
    const text = node.source ?? '';
    const { value } = node;
    const plain =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return { kind: 'scalar', value: plain ? value : null, text, ...this.#spot(node.range) };
  }

  #spot(range: readonly number[]) {
    const [start = 0, end = start] = range;
    return { source: this.#source, start, end };
  }

  #stop(code: string, message: string, range: readonly number[]): never {
    this.#findings.error(code, message, this.#spot(range));
    throw new Stop(code);
  }
}
