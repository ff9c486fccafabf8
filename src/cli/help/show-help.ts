import { COMMANDS, commandWords } from '../commands.ts';
import { GLOBAL_OPTIONS } from '../global-options.ts';
import type { Output } from '../output.ts';
import { commandForms } from './forms.ts';
import { viewCommand, viewCommands } from './view-help.ts';

/**
 * Prints help for what argv names: a command, the commands of a group, or all of them; with `--json`
 * as data, from which the reference is made.
 *
 * @returns false when argv names nothing that there is; then nothing is printed
 */
export function showHelp(argv: readonly string[], out: Output): boolean {
  const given = argv.filter((word) => !word.startsWith('-'));
  const words = commandWords(given);
  const group = given.length === 1 ? `${given[0]} ` : undefined;
  const inGroup = Object.keys(COMMANDS).filter((name) => group && name.startsWith(group));
  if (given.length > 0 && words === undefined && inGroup.length === 0) return false;
  const below = words === undefined && inGroup.length === 0 ? undefined : inGroup;
  const own = words === undefined ? [] : commandForms([words]);
  const others = commandForms(below);
  if (argv.includes('--json')) {
    out.useJson(true);
    out.result({ commands: [...own, ...others], global_options: GLOBAL_OPTIONS }, () => '');
    return true;
  }
  const [form] = own;
  out.write(
    form === undefined ? viewCommands(others, out.columns) : viewCommand(form, others, out.columns),
  );
  return true;
}
