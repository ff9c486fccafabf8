// Manual pages in the man(7) macros, which groff and mandoc both read. Written here, because what
// turns Markdown into them knows no option tables; the output is plain ASCII.

/**
 * man/gormes.1 and a page for each command, from `gormes --help --json`.
 *
 * @param exitCodes code and meaning, as the README has them
 * @returns file → text
 */
export function manPages({ commands, global_options: globals }, version, exitCodes) {
  const page = (name, parts) => {
    const head = `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "gormes ${version}" "gormes"`;
    return [
      `man/${name}.1`,
      `.\\" Made by scripts/make-docs.mjs: npm run docs\n${head}\n.nh\n.ad l\n${parts.join('\n')}\n`,
    ];
  };
  return Object.fromEntries([
    page('gormes', overview(commands, globals, exitCodes)),
    ...commands.map((command) => page(pageName(command), commandPage(command, commands, globals))),
  ]);
}

function overview(commands, globals, exitCodes) {
  const categories = [...new Set(commands.map(({ category }) => category))];
  return [
    section('Name', `gormes \\- ${toRoff('Terraform for AI credentials')}`),
    section(
      'Synopsis',
      `${bold('gormes')} ${italic('command')} [${italic('options')}]\n.br\n${bold('gormes')} ${bold('--version')}`,
    ),
    section(
      'Description',
      prose(
        'Declare the credentials of a Hermes home in `gormes.auth.yaml`, then plan and apply them; or ' +
          'change the pool with the commands of `hermes auth`. Each command has a page of its own: ' +
          '`man gormes-auth-add`.',
      ),
    ),
    '.SH COMMANDS',
    ...categories.flatMap((category) => [
      `.SS ${toRoff(category)}`,
      ...commands
        .filter((command) => command.category === category)
        .map((command) =>
          item(
            `\\fBgormes\\-${toRoff(command.words.replaceAll(' ', '-'))}\\fR(1)`,
            command.description,
          ),
        ),
    ]),
    section('Global options', globals.map(option).join('\n')),
    section('Exit status', exitCodes.map(([code, text]) => item(bold(code), text)).join('\n')),
  ];
}

function commandPage(command, commands, globals) {
  const { description, details, examples, options } = command;
  const others = commands.filter(
    (other) => other.category === command.category && other !== command,
  );
  const pages = ['gormes', ...others.map(pageName)];
  const lines = examples.map(
    ([what, line]) => `${prose(what)}:\n.PP\n.RS 4\n.nf\n${exampleLine(line)}\n.fi\n.RE\n.PP`,
  );
  return [
    section('Name', `${toRoff(pageName(command))} \\- ${inline(lowerFirst(description))}`),
    section('Synopsis', synopsis(command)),
    ...(details === '' ? [] : [section('Description', prose(details))]),
    ...(options.length === 0 ? [] : [section('Options', options.map(option).join('\n'))]),
    section('Global options', globals.map(option).join('\n')),
    ...(lines.length === 0 ? [] : [section('Examples', lines.join('\n').replace(/\n\.PP$/, ''))]),
    section('See also', pages.map((name) => `${bold(name)}(1)`).join(',\n')),
  ];
}

function exampleLine(line) {
  return guard(toRoff(line.replace('$0', 'gormes')));
}

function synopsis({ words, options, arguments: given }) {
  const required = options.filter((one) => one.required).map(title);
  const rest = ['[options]', ...given].map(toRoff);
  return [bold(`gormes ${words}`), ...required, ...rest].join(' ');
}

function pageName({ words }) {
  return `gormes-${words.replaceAll(' ', '-')}`;
}

function option(one) {
  return item(title(one), one.description);
}

/** `**-f**, **--config** *file*` */
function title({ names, value }) {
  return names.map(bold).join(', ') + (value === undefined ? '' : ` ${italic(value)}`);
}

function item(head, text) {
  return `.TP\n${head}\n${prose(text)}`;
}

function section(title_, body) {
  return `.SH ${title_.toUpperCase()}\n${body}`;
}

/** Paragraphs of our texts, which are Markdown with code in backquotes and nothing else. */
function prose(text) {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => guard(inline(paragraph.replaceAll('\n', ' '))))
    .join('\n.PP\n');
}

function inline(text) {
  const parts = text.replaceAll('$0', 'gormes').split('`');
  return parts.map((part, i) => (i % 2 ? bold(part) : toRoff(part))).join('');
}

function bold(text) {
  return `\\fB${toRoff(text)}\\fR`;
}

function italic(text) {
  return `\\fI${toRoff(text)}\\fR`;
}

/** A line that begins with a point or a quote is a request. */
function guard(line) {
  return line.replace(/^(?=[.'])/gm, '\\&');
}

const GLYPHS = {
  '\\': '\\e',
  '-': '\\-',
  '^': '\\(ha',
  '~': '\\(ti',
  "'": '\\(aq',
  '"': '\\(dq',
};

function toRoff(text) {
  return [...text]
    .map((char) => {
      const code = char.codePointAt(0);
      if (code < 0x7f) return GLYPHS[char] ?? char;
      return `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
    })
    .join('');
}

function lowerFirst(text) {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
