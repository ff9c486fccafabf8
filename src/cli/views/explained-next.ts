import type { PlacedEntry } from '../../pool/explain-pool.ts';

/** Label of what the next request uses; undefined when nothing is usable, and by chance. */
export function nextLabel(entries: readonly PlacedEntry[]): string | undefined {
  return entries.find(({ place }) => place.kind === 'next')?.entry.label;
}
