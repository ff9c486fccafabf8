import { escapeCell } from './escape-cell.mjs';

/** docs/reference/setup-answers.md from the sections of `src/apply/setup/sections.ts`. */
export function setupPage({ SECTIONS, SECTION_IDS }) {
  // The model is a dialogue of its own, with keys that setup-and-model.md tells.
  const ids = SECTION_IDS.filter((id) => id !== 'model');
  return `${[
    '<!-- Made by scripts/make-docs.mjs from src/apply/setup/sections.ts: npm run docs -->',
    '# Answers of setup',
    'Every question of `gormes setup`, by its key in a file of `--answers FILE`. How the file is written:\n[setup-and-model.md](setup-and-model.md#answers-in-advance).',
    ...ids.flatMap((id) => sectionParts(id, SECTIONS[id])),
  ].join('\n\n')}\n`;
}

function sectionParts(id, { title, questions }) {
  const rows = questions.map((question) =>
    [code(question.key), escapeCell(question.ask), answerOf(question), targetsOf(question)].concat(
      whenOf(question),
    ),
  );
  const lines = rows.map((cells) => `| ${cells.join(' | ')} |`);
  return [
    `## ${id}`,
    `${title}.`,
    ['| key | question | answer | written to | asked when |', '| --- | --- | --- | --- | --- |']
      .concat(lines)
      .join('\n'),
  ];
}

/** What defaults depend on, as a reader's own. */
const FACTS = { userHome: '~', env: { USER: '$USER' } };

function answerOf(question) {
  const { kind, choices, fallback } = question;
  if (kind === 'secret') return '`env:NAME`, `file:PATH` or `prompt:`';
  if (kind === 'many') return `a list of ${valuesOf(choices)}`;
  const usual = typeof fallback === 'function' ? fallback(FACTS) : fallback;
  const default_ = usual === undefined || usual === '' ? '' : `, default ${code(usual)}`;
  if (kind === 'choice') return `${valuesOf(choices)}${default_}`;
  return `${{ number: 'number', yes_no: 'true or false', list: 'list', text: 'text' }[kind]}${default_}`;
}

function valuesOf(choices) {
  return choices.map(({ value }) => (value === '' ? 'empty' : code(value))).join(', ');
}

function targetsOf({ targets }) {
  return targets
    .map((target) => code('env' in target ? target.env : target.config.join('.')))
    .join(', ');
}

function whenOf({ when = [] }) {
  return when
    .map((each) =>
      'variable' in each
        ? `${code(each.variable)} is set`
        : `${code(each.answer)} is or has ${each.is.map(code).join(' or ')}`,
    )
    .join(', and ');
}

function code(text) {
  return `\`${text}\``;
}
