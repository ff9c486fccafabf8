import { type Findings, quote } from './findings.ts';
import { lineAt } from './source-text.ts';
import type { ListNode, MapEntry, MapNode, TreeNode } from './tree.ts';

/** Lists that grow from file to file; everything else may be set once. */
const JOINED = new Set(['moved', 'forget', 'ignore']);
/** What concerns one file only. */
const OF_ONE_FILE = new Set(['$schema', 'version', 'include']);
/** What names or binds the whole declaration. */
const OF_MAIN_FILE = new Set(['name', 'homes']);

/**
 * One tree of several files, whose providers have been named. Mappings are joined in the order of
 * the files; the same address, strategy or setting in two of them is reported, and the first kept.
 * Overlays of included files come before those of the main file, which so has the last word.
 */
export function mergeParts(roots: readonly MapNode[], findings: Findings): MapNode | undefined {
  const [main, ...rest] = roots;
  if (main === undefined) return undefined;
  let merged = main;
  for (const root of rest) {
    const entries = new Map(merged.entries);
    for (const [key, entry] of root.entries) {
      if (OF_ONE_FILE.has(key)) continue;
      if (OF_MAIN_FILE.has(key)) {
        const message = `"${key}" may stand in the main file only`;
        findings.error('main_file_only', message, entry.keyNode);
        continue;
      }
      entries.set(key, joinTop(key, entries.get(key), entry, findings));
    }
    merged = { ...merged, entries };
  }
  return moveToEnd(merged, main);
}

function joinTop(
  key: string,
  before: MapEntry | undefined,
  entry: MapEntry,
  findings: Findings,
): MapEntry {
  if (before === undefined) return entry;
  if (before.value.kind === 'list' && entry.value.kind === 'list') {
    if (JOINED.has(key) || key === 'overlays') return joinLists(before, before.value, entry.value);
  }
  return join(before, entry, [key], findings);
}

function joinLists(before: MapEntry, first: ListNode, second: ListNode): MapEntry {
  return { ...before, value: { ...first, items: [...first.items, ...second.items] } };
}

/** The main file's overlays stand first after joining; they must come last. */
function moveToEnd(merged: MapNode, main: MapNode): MapNode {
  const entry = merged.entries.get('overlays');
  const own = main.entries.get('overlays')?.value;
  if (entry?.value.kind !== 'list' || own?.kind !== 'list') return merged;
  const others = entry.value.items.slice(own.items.length);
  const value: ListNode = { ...entry.value, items: [...others, ...own.items] };
  return { ...merged, entries: new Map([...merged.entries, ['overlays', { ...entry, value }]]) };
}

function join(
  before: MapEntry,
  entry: MapEntry,
  path: readonly string[],
  findings: Findings,
): MapEntry {
  if (before.value.kind !== 'map' || entry.value.kind !== 'map' || isCredential(path)) {
    const { source, start } = before.keyNode;
    const message = `${subject(path)} is already declared in ${source.name}:${lineAt(source, start)}`;
    findings.error('defined_twice', message, entry.keyNode);
    return before;
  }
  const entries = new Map(before.value.entries);
  for (const [key, inner] of entry.value.entries) {
    const known = entries.get(key);
    entries.set(key, known ? join(known, inner, [...path, key], findings) : inner);
  }
  const value: TreeNode = { ...before.value, entries };
  return { ...before, value };
}

/** A credential is declared as a whole, in one file. */
function isCredential(path: readonly string[]): boolean {
  return path.length === 4 && path[2] === 'credentials';
}

function subject(path: readonly string[]): string {
  const [section, provider = '', , label = ''] = path;
  if (isCredential(path)) {
    return quote(`${section === 'custom_providers' ? 'custom:' : ''}${provider}/${label}`);
  }
  const key = path.at(-1) ?? '';
  const above = path.length > 2 ? ` of ${quote(path.at(-2) ?? '')}` : '';
  return `${quote(key)}${above}`;
}
