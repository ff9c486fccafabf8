import { GormesError } from '../base/errors.ts';
import { escapeControls, shellWord } from '../base/text.ts';
import type { Entry } from './entry.ts';

/**
 * The entry that a person means (cli-surface §4): exact id, else the label without regard to case,
 * else the position from 1. A label that looks like a number beats the position.
 *
 * @param entries by ascending priority
 * @throws `no_target`, `ambiguous_target`, `target_not_found`
 */
export function getTarget(entries: readonly Entry[], provider: string, given: string): Entry {
  const target = given.trim();
  const name = escapeControls(provider);
  const fail = (code: string, message: string, hermes: string, hint?: string): GormesError =>
    new GormesError(code, message, {
      hermes: `${hermes} Provider: ${name}.`,
      ...(hint ? { hint } : {}),
    });
  const list = `gormes auth list ${shellWord(name)}`;
  const shown = escapeControls(target);
  if (target === '')
    throw fail('no_target', `no credential of ${name} was named`, 'No credential target provided.');
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
      `${named.length} credentials of ${name} are labelled "${shown}": name one by position or id`,
      `Ambiguous credential label "${shown}". Use the numeric index or entry id instead.`,
      `the ids are ${ids}`,
    );
  }
  // `#2` as lists show it, or `2`.
  if (/^#?\d+$/.test(target)) {
    const position = Number(target.replace('#', ''));
    const entry = entries[position - 1];
    if (entry === undefined)
      throw fail(
        'target_not_found',
        `${name} has no credential #${position}`,
        `No credential #${position}.`,
        list,
      );
    return entry;
  }
  throw fail(
    'target_not_found',
    `${name} has no credential "${shown}"`,
    `No credential matching "${shown}".`,
    list,
  );
}
