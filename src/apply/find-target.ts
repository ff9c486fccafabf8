import { GormesError } from '../base/errors.ts';
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
  verb: 'remove' | 'reset',
): FoundTarget {
  const pool: EffectivePool = loadEffectivePool(snapshot, provider);
  const entry = findMasked(given).length > 0 ? undefined : getTarget(pool.entries, provider, given);
  const found = entry ?? pool.entries.find((each) => each.label === given.trim());
  if (found === undefined) throw keyForTarget(provider);
  if (pool.isInherited(found)) throw inheritedEntry(provider, verb, found.id);
  return { entry: found, index: pool.entries.indexOf(found) + 1 };
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
