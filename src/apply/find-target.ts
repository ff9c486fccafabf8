import { GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import { findMasked } from '../config/looks-like-key.ts';
import type { Entry } from '../pool/entry.ts';
import { type EffectivePool, loadEffectivePool } from '../pool/inherit.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import { getTarget } from '../pool/target.ts';

/** An entry that a person named, with its position in the list that the person sees. */
export interface FoundTarget {
  readonly entry: Entry;
  /** From 1. */
  readonly index: number;
  /** It was named by its position, and by neither id nor label. */
  readonly byPosition: boolean;
}

/**
 * The entry that a person wants to change. The list is the one that `auth list` shows, inherited
 * entries included, so that positions mean the same; an inherited entry is refused.
 *
 * @throws `no_target`, `ambiguous_target`, `target_not_found`, `inherited_entry`
 */
export function getOwnTarget(
  snapshot: Snapshot,
  provider: string,
  given: string,
  verb: 'remove' | 'reset' | 'report',
): FoundTarget {
  const pool = loadEffectivePool(snapshot, provider);
  const found = getListedTarget(pool, provider, given);
  if (pool.isInherited(found.entry))
    throw inheritedEntry(escapeControls(provider), verb, escapeControls(found.entry.id));
  return found;
}

/**
 * The entry that a person means, inherited ones included; a word that looks like a key is not
 * repeated.
 *
 * @throws `no_target`, `ambiguous_target`, `target_not_found`
 */
export function getListedTarget(
  { entries }: EffectivePool,
  provider: string,
  given: string,
): FoundTarget {
  const entry = findMasked(given).length > 0 ? undefined : getTarget(entries, provider, given);
  const found = entry ?? entries.find((each) => each.label === given.trim());
  if (found === undefined) throw keyForTarget(escapeControls(provider));
  const name = given.trim();
  const byPosition = found.id !== name && found.label.trim().toLowerCase() !== name.toLowerCase();
  return { entry: found, index: entries.indexOf(found) + 1, byPosition };
}

function keyForTarget(provider: string): GormesError {
  return new GormesError(
    'target_not_found',
    `this names no credential of ${provider}: it looks like a key, and is not repeated here`,
    { hint: `name it by position, id or label: gormes auth list ${provider}` },
  );
}

function inheritedEntry(provider: string, verb: string, id: string): GormesError {
  return new GormesError(
    'inherited_entry',
    `this ${provider} credential stands in the default profile and is only used here`,
    { hint: `gormes -p default auth ${verb} ${provider} ${id}` },
  );
}
