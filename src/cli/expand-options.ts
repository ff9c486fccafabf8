import { UsageError } from 'clipanion';
import { listOf } from '../base/text.ts';

/**
 * Long options spelt out, where a person or script gave the beginning of one only, as Hermes' parser
 * accepts it (cli-surface §0): `--lab x`, `--lab=x`. Words after `--` and unknown options stay.
 *
 * @param names every spelling that the command knows; asked for only when there is an option
 * @throws UsageError when a beginning fits several
 */
export function expandOptions(argv: readonly string[], names: () => readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((word, index) => {
    const isOption = word.startsWith('--') && word !== '--' && (end < 0 || index < end);
    return isOption ? expand(word, names()) : word;
  });
}

function expand(word: string, names: readonly string[]): string {
  const [given = ''] = word.split('=', 1);
  if (names.includes(given)) return word;
  const fitting = names.filter((name) => name.startsWith(given));
  if (fitting.length > 1) {
    throw new UsageError(`${given} may stand for ${listOf(fitting)}`);
  }
  return (fitting[0] ?? given) + word.slice(given.length);
}
