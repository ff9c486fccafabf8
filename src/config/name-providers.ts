import { findProvider, hintForProvider } from '../providers/find-provider.ts';
import { type Findings, quote } from './findings.ts';
import { sectionForm } from './misplaced.ts';
import {
  entriesOf,
  itemsOf,
  type MapEntry,
  type MapNode,
  mapAt,
  type TreeNode,
  valueAt,
} from './tree.ts';

/**
 * The same tree with the keys of `providers` replaced by the ids of the catalog, in its overlays
 * too (the entries still know the key as written). Reports providers that nobody knows, and leaves
 * them out; reports one that stands twice under different names.
 */
export function nameProviders(root: MapNode, findings: Findings): MapNode {
  const named = nameIn(root, findings);
  const overlays = valueAt(named, 'overlays');
  const entry = named.entries.get('overlays');
  if (overlays?.kind !== 'list' || entry === undefined) return named;
  const items = overlays.items.map((item) => (item.kind === 'map' ? nameIn(item, findings) : item));
  return withEntry(named, { ...entry, value: { ...overlays, items } });
}

function nameIn(root: MapNode, findings: Findings): MapNode {
  const providers = mapAt(root, 'providers');
  const entry = root.entries.get('providers');
  if (providers === undefined || entry === undefined) return root;
  const entries = new Map<string, MapEntry>();
  for (const given of providers.entries.values()) {
    const row = findProvider(given.key);
    if (row === undefined) {
      reportUnknownProvider(given.key, given.keyNode, findings);
      continue;
    }
    const before = entries.get(row.id);
    if (before === undefined) {
      entries.set(row.id, given);
      continue;
    }
    const message = `${quote(given.key)} and ${quote(before.key)} are the same provider`;
    const hint = `put all its credentials under "${row.id}"`;
    findings.error('provider_twice', message, given.keyNode, { hint });
  }
  return withEntry(root, { ...entry, value: { ...providers, entries } });
}

/** Reports a provider that is not in the catalog, with a guess. */
export function reportUnknownProvider(
  given: string,
  spot: TreeNode,
  findings: Findings,
  customs: readonly string[] = [],
): void {
  const hint = () => {
    const form = sectionForm(given);
    if (form !== undefined) return form;
    return (
      hintForProvider(given, customs) ??
      'an endpoint of your own is declared under custom_providers; gormes auth providers shows the others'
    );
  };
  findings.error('unknown_provider', `no provider is called ${quote(given)}`, spot, { hint });
}

function withEntry(map: MapNode, entry: MapEntry): MapNode {
  return { ...map, entries: new Map([...map.entries, [entry.key, entry]]) };
}

/** Maps that hold credentials: each provider and custom provider, of the file and of its overlays. */
export function* credentialBlocks(root: TreeNode): Generator<MapEntry> {
  for (const scope of [root, ...itemsOf(valueAt(root, 'overlays'))]) {
    for (const section of ['providers', 'custom_providers']) {
      yield* entriesOf(valueAt(scope, section));
    }
  }
}
