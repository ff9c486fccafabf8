import { escapeCell } from './escape-cell.mjs';

/** docs/reference/commands.md from `gormes --help --json`. */
export function commandsPage({ commands, global_options: globals }) {
  const categories = [...new Set(commands.map(({ category }) => category))];
  const sections = categories.map((category) => {
    const own = commands.filter((command) => command.category === category);
    return [`## ${category}`, ...own.map(commandSection)].join('\n\n');
  });
  return `${[
    '<!-- Made by scripts/make-docs.mjs from the program itself: npm run docs -->',
    '# Commands',
    'What `gormes <command> --help` shows. JSON output is described in [json.md](json.md), exit\ncodes in [exit-codes.md](exit-codes.md).',
    contents(categories, commands),
    ...sections,
    '## Global options',
    'Every command takes them, anywhere before `--`.',
    optionTable(globals),
  ].join('\n\n')}\n`;
}

function contents(categories, commands) {
  return categories
    .map((category) => {
      const own = commands.filter((command) => command.category === category);
      const links = own.map(({ words }) => `[${words}](#gormes-${words.replaceAll(' ', '-')})`);
      return `- ${category}: ${links.join(', ')}`;
    })
    .join('\n');
}

function commandSection({ words, description, details, examples, arguments: given, options }) {
  const required = options.filter((option) => option.required).map(title);
  const usage = ['gormes', words, ...required, '[options]', ...given].join(' ');
  const parts = [
    `### gormes ${words}`,
    `${description}.`,
    `\`\`\`text\n${usage}\n\`\`\``,
    // `$0` stands for the program in texts of the command line library.
    details,
  ];
  if (options.length > 0) parts.push(optionTable(options));
  const lines = examples.map(([what, line]) => `# ${what}\n${line.replace('$0', 'gormes')}`);
  if (lines.length > 0) parts.push(`\`\`\`sh\n${lines.join('\n')}\n\`\`\``);
  return parts.filter((part) => part !== '').join('\n\n');
}

function optionTable(options) {
  const rows = options.map(
    (option) => `| \`${title(option)}\` | ${escapeCell(option.description)} |`,
  );
  return ['| option | |', '| --- | --- |', ...rows].join('\n');
}

function title({ names, value }) {
  return names.join(', ') + (value === undefined ? '' : ` <${value}>`);
}
