import { Cli, type CommandClass } from 'clipanion';
import type { CliContext } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import type { CommandForm } from './forms.ts';
import { valueName } from './option-values.ts';

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
 * What `forms.ts` has, from the commands themselves: in the order of `COMMANDS`, without hidden ones.
 * Loads every command, so that the build calls it once and the program never.
 */
export async function loadForms(): Promise<CommandForm[]> {
  const forms = await Promise.all(
    Object.entries(COMMANDS).map(async ([words, load]) => formOf(words, await load())),
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
