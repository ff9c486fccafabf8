import { Cli, type CommandClass } from 'clipanion';
import type { CliContext } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { valueName } from './option-values.ts';

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

/** Programs that take anything behind `--`: Clipanion knows no more of them than that. */
const FREE_FORMS: Readonly<Record<string, Pick<CommandForm, 'arguments' | 'options'>>> = {
  'auth exec': {
    arguments: ['<provider>...', '--', '<command>', '[argument...]'],
    options: [
      {
        names: ['--as'],
        value: 'name',
        description: 'Set NAME_API_KEY and NAME_BASE_URL instead',
        required: false,
      },
    ],
  },
};

/**
 * Commands with what they take, in the order of `COMMANDS`; hidden ones are missing.
 *
 * @param chosen words of the commands; default: all
 */
export async function loadForms(
  chosen: readonly string[] = Object.keys(COMMANDS),
): Promise<CommandForm[]> {
  const forms = await Promise.all(
    chosen.map(async (words) => {
      const command = await COMMANDS[words]?.();
      return command === undefined ? [] : formOf(words, command);
    }),
  );
  return forms.flat();
}

function formOf(words: string, command: CommandClass<CliContext>): CommandForm[] {
  const { usage } = command;
  if (usage === undefined) return [];
  const cli = new Cli<CliContext>({ binaryName: 'gormes', enableColors: false });
  cli.register(command);
  const [definition] = cli.definitions();
  if (definition === undefined) return [];
  const options = definition.options.map(({ definition: text, description, required }) => {
    const [names = '', value] = text.split(' ', 2);
    const list = names.split(',');
    return {
      names: list,
      value: value === undefined ? undefined : valueName(list.at(-1) ?? ''),
      description: description ?? '',
      required,
    };
  });
  const own = {
    arguments: definition.usage.split(' ').filter((word) => /^(<[^-].*>|\[[^-].*\])$/.test(word)),
    options,
    ...FREE_FORMS[words],
  };
  return [
    {
      words,
      category: usage.category ?? 'Other',
      description: usage.description ?? '',
      details: dedent(usage.details ?? ''),
      examples: usage.examples ?? [],
      ...own,
    },
  ];
}

/** Text of a template literal without the indentation that its lines share. */
function dedent(text: string): string {
  const lines = text.replace(/^\n+|\s+$/g, '').split('\n');
  const margins = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const margin = Math.min(...margins);
  return lines.map((line) => line.slice(margin).trimEnd()).join('\n');
}
