import { VERSION } from '../../base/version.ts';
import { wrap } from '../../base/wrap.ts';
import { GLOBAL_OPTIONS } from '../global-options.ts';
import type { CommandForm, OptionForm } from './forms.ts';

/** Categories in the order in which a new user meets them; others follow. */
const CATEGORIES = ['Declaration', 'Pool', 'Run time', 'Shell'];
/** Columns that names of commands and options get before their description. */
const NAME_COLUMNS = 30;

/** All commands by category, then what holds for each. */
export function viewCommands(forms: readonly CommandForm[], columns: number): string {
  const paragraphs = [
    `gormes ${VERSION}, Terraform for AI credentials`,
    'Usage: gormes <command> [options]',
    ...viewCategories(forms, columns),
    viewOptions('Global options', GLOBAL_OPTIONS, columns),
    wrap('With examples: gormes <command> --help', columns, '').join('\n'),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

/** One command; `below` are the commands of its group. */
export function viewCommand(
  form: CommandForm,
  below: readonly CommandForm[],
  columns: number,
): string {
  const { words, description, details, examples, options } = form;
  const paragraphs = [
    wrap(`gormes ${words}: ${lowerFirst(description)}`, columns, '').join('\n'),
    wrap(`Usage: ${usageLine(form)}`, columns, '', ' '.repeat(9)).join('\n'),
  ];
  if (details !== '') paragraphs.push(wrapText(details, columns));
  paragraphs.push(...viewCategories(below, columns));
  if (options.length > 0) paragraphs.push(viewOptions('Options', options, columns));
  paragraphs.push(viewOptions('Global options', GLOBAL_OPTIONS, columns));
  if (examples.length > 0) {
    const lines = examples.flatMap(([what, line]) => [
      ...wrap(what.replace(/[^?]$/, '$&:'), columns, '  '),
      ...wrap(line.replace('$0', 'gormes'), columns, '    ', '      '),
    ]);
    paragraphs.push(`Examples\n${lines.join('\n')}`);
  }
  return `${paragraphs.join('\n\n')}\n`;
}

/** How a command is called: `gormes auth remove [options] <provider> <target>`. */
function usageLine({ words, options, arguments: positions }: CommandForm): string {
  const required = options.filter((option) => option.required).map(optionTitle);
  return ['gormes', words, ...required, '[options]', ...positions].join(' ');
}

/** `-f, --config <file>` */
function optionTitle({ names, value }: OptionForm): string {
  return names.join(', ') + (value === undefined ? '' : ` <${value}>`);
}

/** Commands by category, in the order of `CATEGORIES`. */
function byCategory(forms: readonly CommandForm[]): [category: string, forms: CommandForm[]][] {
  const names = new Set([...CATEGORIES, ...forms.map(({ category }) => category)]);
  return [...names].flatMap((name): [string, CommandForm[]][] => {
    const own = forms.filter(({ category }) => category === name);
    return own.length > 0 ? [[name, own]] : [];
  });
}

function viewCategories(forms: readonly CommandForm[], columns: number): string[] {
  return byCategory(forms).map(([category, own]) => {
    const lines = own.flatMap(({ words, description }) => twoColumns(words, description, columns));
    return [category, ...lines].join('\n');
  });
}

function viewOptions(title: string, options: readonly OptionForm[], columns: number): string {
  const lines = options.flatMap((option) =>
    twoColumns(optionTitle(option), option.description, columns),
  );
  return [title, ...lines].join('\n');
}

/** A name and what it means; below each other where they don't fit side by side. */
function twoColumns(name: string, text: string, columns: number): string[] {
  const isNarrow = columns < NAME_COLUMNS + 30;
  const indent = ' '.repeat(isNarrow ? 6 : NAME_COLUMNS + 2);
  const lines = wrap(text, columns, indent);
  const [first = ''] = lines;
  if (isNarrow || name.length > NAME_COLUMNS - 2) {
    return [...wrap(name, columns, '  ', '      '), ...lines];
  }
  return [`  ${name.padEnd(NAME_COLUMNS)}${first.trimStart()}`, ...lines.slice(1)];
}

/** Paragraphs filled anew; lines that are indented stay as they are. */
function wrapText(text: string, columns: number): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) =>
      /^\s/m.test(paragraph)
        ? paragraph
        : wrap(paragraph.replaceAll('\n', ' '), columns, '').join('\n'),
    )
    .join('\n\n');
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
