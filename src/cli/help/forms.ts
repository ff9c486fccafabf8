import { FORMS } from './forms.generated.js';

/** One option as help, completion and the reference know it. */
export interface OptionForm {
  readonly names: readonly string[];
  /** What its value is, such as `file`; undefined for a switch. */
  readonly value: string | undefined;
  readonly description: string;
  readonly required: boolean;
}

/** One command, from its own class. Texts are Markdown, and `$0` stands for the program. */
export interface CommandForm {
  readonly words: string;
  readonly category: string;
  readonly description: string;
  readonly details: string;
  readonly examples: readonly (readonly [what: string, line: string])[];
  /** As in a usage line: `<provider>` must be given, `[target]` may. */
  readonly arguments: readonly string[];
  readonly options: readonly OptionForm[];
}

/**
 * Commands with what they take, in the order of `COMMANDS`; hidden ones are missing. Written down by
 * the build, so that help and completion load no command.
 *
 * @param chosen words of the commands; default: all
 */
export function commandForms(chosen?: readonly string[]): readonly CommandForm[] {
  return chosen === undefined ? FORMS : FORMS.filter(({ words }) => chosen.includes(words));
}
