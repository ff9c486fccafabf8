import type { SourceText } from './source-text.ts';

/**
 * A declaration as the file has it: like JSON, but each part knows its place, and mappings keep the
 * order of the file for every key (JavaScript objects move keys like `1` to the front).
 */
export type TreeNode = MapNode | ListNode | ScalarNode;

interface Located {
  readonly source: SourceText;
  /** Offsets in the text of `source`. */
  readonly start: number;
  readonly end: number;
}

export interface ScalarNode extends Located {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The value as the file writes it, quotes and escapes resolved: `007` stays `007`. */
  readonly text: string;
}

export interface ListNode extends Located {
  readonly kind: 'list';
  readonly items: readonly TreeNode[];
}

export interface MapNode extends Located {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly key: string;
  readonly keyNode: ScalarNode;
  readonly value: TreeNode;
}

/** The mapping at a key, undefined when there is none or it is something else. */
export function mapAt(node: TreeNode | undefined, key: string): MapNode | undefined {
  const value = valueAt(node, key);
  return value?.kind === 'map' ? value : undefined;
}

export function listAt(node: TreeNode | undefined, key: string): ListNode | undefined {
  const value = valueAt(node, key);
  return value?.kind === 'list' ? value : undefined;
}

export function scalarAt(node: TreeNode | undefined, key: string): ScalarNode | undefined {
  const value = valueAt(node, key);
  return value?.kind === 'scalar' ? value : undefined;
}

/** The text at a key, undefined when it is absent or no text. */
export function stringAt(node: TreeNode | undefined, key: string): string | undefined {
  return stringOf(valueAt(node, key));
}

export function valueAt(node: TreeNode | undefined, key: string): TreeNode | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

export function stringOf(node: TreeNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** Entries in the order of the file; none when the node is no mapping. */
export function entriesOf(node: TreeNode | undefined): MapEntry[] {
  return node?.kind === 'map' ? [...node.entries.values()] : [];
}

export function itemsOf(node: TreeNode | undefined): readonly TreeNode[] {
  return node?.kind === 'list' ? node.items : [];
}

/** True for a value that stands nowhere in the file, as after `key:`. */
export function isEmptyNull(node: TreeNode): boolean {
  return node.kind === 'scalar' && node.value === null && node.text === '';
}

/** Identity of a mapping by its place: it outlives that its entries are replaced. */
export function spotKey(node: MapNode): string {
  return `${node.source.path}:${node.start}`;
}

/** Keys and values of a tree, itself among them; what an alias stands for counts each time. */
export function countNodes(node: TreeNode | undefined): number {
  if (node === undefined) return 0;
  if (node.kind === 'scalar') return 1;
  if (node.kind === 'list') return node.items.reduce((sum, item) => sum + countNodes(item), 1);
  return entriesOf(node).reduce((sum, { value }) => sum + 1 + countNodes(value), 1);
}

/** Every scalar below a node, the keys of mappings among them. */
export function* scalarsOf(node: TreeNode): Generator<ScalarNode> {
  if (node.kind === 'scalar') yield node;
  else if (node.kind === 'list') for (const item of node.items) yield* scalarsOf(item);
  else {
    for (const entry of node.entries.values()) {
      yield entry.keyNode;
      yield* scalarsOf(entry.value);
    }
  }
}
