import { GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import type { Entry } from './entry.ts';

/**
 * The entry that a person means (cli-surface §4): exact id, else the label without regard to case,
 * else the position from 1. A label that looks like a number beats the position.
 *
 * @param entries by ascending priority
 * @throws `no_target`, `ambiguous_target`, `target_not_found`, worded as Hermes words them
 */
export function getTarget(entries: readonly Entry[], provider: string, given: string): Entry {
  const target = given.trim();
  const name = escapeControls(provider);
  const fail = (code: string, message: string, hint?: string): GormesError =>
    new GormesError(code, `${message} Provider: ${name}.`, {
      verbatim: true,
      ...(hint ? { hint } : {}),
    });
  const shown = escapeControls(target);
  if (target === '') throw fail('no_target', 'No credential target provided.');
  const byId = entries.find((entry) => entry.id === target);
  if (byId !== undefined) return byId;
  const wanted = target.toLowerCase();
  const named = entries.filter((entry) => entry.label.trim().toLowerCase() === wanted);
  const [first] = named;
  if (first !== undefined && named.length === 1) return first;
  if (named.length > 1) {
    const ids = named.map((entry) => `${entry.id} (#${entries.indexOf(entry) + 1})`).join(', ');
    throw fail(
      'ambiguous_target',
      `Ambiguous credential label "${shown}". Use the numeric index or entry id instead.`,
      `the ids are ${ids}`,
    );
  }
  // `#2` as lists show it, or `2`.
  if (/^#?\d+$/.test(target)) {
    const position = Number(target.replace('#', ''));
    const entry = entries[position - 1];
    if (entry === undefined)
      throw fail('target_not_found', `No credential #${position}.`, `gormes auth list ${name}`);
    return entry;
  }
  throw fail('target_not_found', `No credential matching "${shown}".`, `gormes auth list ${name}`);
}
