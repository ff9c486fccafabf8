import { matchGlob, matchPathGlob } from './match-glob.ts';
import {
  entriesOf,
  itemsOf,
  type MapNode,
  mapAt,
  spotKey,
  type TreeNode,
  valueAt,
} from './tree.ts';

/** What overlays match on: where and as whom gormes runs. */
export interface OverlayFacts {
  readonly host: string;
  readonly user: string;
  /** As `process.platform`: `linux`, `darwin`, `win32`. */
  readonly os: string;
  /** Directory of the Hermes home; undefined when it is not known, and then matches nothing. */
  readonly home: string | undefined;
  /** Hermes profile; undefined for none, which matches as `default`. */
  readonly profile: string | undefined;
  /** For patterns that begin with `~`. */
  readonly userHome: string | undefined;
}

/**
 * The declaration with its matching overlays applied, in order: mappings are joined, so that a
 * credential is addressed by its provider and label; lists and values are replaced; null deletes.
 *
 * @param broken spots of mappings whose shape is wrong: an overlay among them is left out
 */
export function applyOverlays(
  root: MapNode,
  facts: OverlayFacts,
  broken: ReadonlySet<string>,
): MapNode {
  let result = root;
  for (const overlay of itemsOf(valueAt(root, 'overlays'))) {
    if (overlay.kind !== 'map' || broken.has(spotKey(overlay))) continue;
    if (matches(mapAt(overlay, 'when'), facts)) result = overlayMap(result, overlay);
  }
  return result;
}

function matches(when: MapNode | undefined, facts: OverlayFacts): boolean {
  return entriesOf(when).every(({ key, value }) => {
    const pattern = value.kind === 'scalar' ? value.text : '';
    switch (key) {
      case 'host':
      case 'user':
      case 'os':
        return matchGlob(pattern, facts[key]);
      case 'profile':
        return matchGlob(pattern, facts.profile ?? 'default');
      case 'home':
        return facts.home !== undefined && matchPathGlob(pattern, facts.home, facts.userHome);
      default:
        return false;
    }
  });
}

function overlayMap(base: MapNode, overlay: MapNode): MapNode {
  const entries = new Map(base.entries);
  for (const [key, entry] of overlay.entries) {
    if (key === 'when') continue;
    const value = overlayValue(entries.get(key)?.value, entry.value);
    // The entry of the base keeps its place in the order, and its position for messages.
    if (value === undefined) entries.delete(key);
    else entries.set(key, { ...(entries.get(key) ?? entry), value });
  }
  return { ...base, entries };
}

function overlayValue(base: TreeNode | undefined, overlay: TreeNode): TreeNode | undefined {
  if (overlay.kind === 'scalar' && overlay.value === null) return undefined;
  if (overlay.kind !== 'map') return overlay;
  // Over nothing too, because nulls below must go.
  const start: MapNode = base?.kind === 'map' ? base : { ...overlay, entries: new Map() };
  return overlayMap(start, overlay);
}
