import { plural } from '../base/text.ts';
import type { BlockedChange, Reason } from './change.ts';

/** What would have been taken away. */
type Subject = Pick<BlockedChange, 'address' | 'provider' | 'blocks'>;

/** In place of a removal that must not happen. */
export function stopped(
  subject: Subject,
  reason: Reason,
  detail: string,
  hint: string,
): BlockedChange {
  return { ...subject, action: 'blocked', reason, detail, hint };
}

/** `protect: true` outlives its block. */
export function stoppedByProtection(subject: Subject): BlockedChange {
  const what = subject.blocks === 'logout' ? 'logged out' : 'removed';
  return stopped(
    subject,
    'protected',
    `protected: it would be ${what}`,
    `declare ${subject.address} with protect: false first`,
  );
}

/**
 * `limits.max_removals`; undefined when it is kept.
 *
 * @param count removals and logouts of the whole plan
 */
export function stoppedByLimit(
  subject: Subject,
  count: number,
  maxRemovals: number,
): BlockedChange | undefined {
  if (count <= maxRemovals) return undefined;
  return stopped(
    subject,
    'too_many_removals',
    `${plural(count, 'removal')} in one plan, the limit is ${maxRemovals}`,
    `allow ${count === 1 ? 'it' : 'them'} once with --max-removals ${count}`,
  );
}
