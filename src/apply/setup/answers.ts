import type { Deps } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { LIMITS } from '../../base/limits.ts';
import { closest, escapeControls } from '../../base/text.ts';
import { readRegularFile } from '../../pool/read-file.ts';
import { YamlText } from '../../pool/yaml-text.ts';
import { parseReference } from '../../secrets/parse-reference.ts';
import { isQuiet } from '../../secrets/resolve-reference.ts';
import { parseAnswer, type Question, type SectionId } from './question.ts';
import { SECTION_IDS, SECTIONS } from './sections.ts';

/** Answers by section and key, checked; a secret is a reference. */
export type Answers = Readonly<Partial<Record<SectionId, JsonObject>>>;

/** Keys of the model section: it is a dialogue of its own. */
const MODEL_KEYS = ['provider', 'model', 'base_url', 'api_mode'];

/**
 * Reads an answers file, YAML or JSON: `{ section: { key: answer } }`. Everything is checked before
 * anything is asked or written.
 *
 * @param path `-` reads standard input
 * @throws `answers_missing`, `answers_invalid` with every finding
 */
export async function readAnswers(
  deps: Pick<Deps, 'terminal' | 'signal'>,
  path: string,
): Promise<Answers> {
  const text =
    path === '-'
      ? await deps.terminal.readStdin(LIMITS.declarationBytes, deps)
      : readRegularFile(path, LIMITS.declarationBytes)?.text;
  if (text === undefined) {
    throw new GormesError('answers_missing', `${escapeControls(path)} does not exist`);
  }
  const value = await parse(path, text);
  if (!isJsonObject(value)) throw invalid(path, ['it holds no sections']);
  const problems = Object.entries(value).flatMap(([id, answers]) => checkSection(id, answers));
  if (problems.length > 0) throw invalid(path, problems);
  return value;
}

async function parse(path: string, text: string): Promise<Json> {
  const yaml = await import('yaml');
  const file = new YamlText(yaml, text, {
    version: '1.2',
    maxDepth: LIMITS.declarationDepth,
    maxNodes: LIMITS.declarationNodes,
    maxAliases: LIMITS.declarationAliases,
    refuse: (reason, at) =>
      new GormesError('answers_invalid', `${escapeControls(path)} cannot be used: ${reason}`, {
        ...(at ? { place: { file: path, ...at } } : {}),
      }),
  });
  return file.get([]) ?? {};
}

function checkSection(id: string, answers: Json): string[] {
  const section = SECTION_IDS.find((known) => known === id);
  if (section === undefined) return [unknownWord('section', id, SECTION_IDS)];
  if (!isJsonObject(answers)) return [`${id}: it takes keys and answers`];
  if (section === 'model') {
    return Object.entries(answers).flatMap(([key, value]) => {
      if (!MODEL_KEYS.includes(key)) return [unknownWord(`key of ${id}`, key, MODEL_KEYS)];
      return typeof value === 'string' ? [] : [`${id}.${key}: it takes a text`];
    });
  }
  const { questions } = SECTIONS[section];
  const known = [...new Set(questions.map(({ key }) => key))];
  return flatten(answers).flatMap(([key, value]) => {
    const asked = questions.filter((question) => question.key === key);
    if (asked.length === 0) return [unknownWord(`key of ${id}`, key, known)];
    const problem = asked.map((question) => checkAnswer(question, value)).find(Boolean);
    return problem === undefined ? [] : [`${id}.${key}: ${problem}`];
  });
}

/** `telegram: { bot_token: … }` is the key `telegram.bot_token`. */
function flatten(answers: JsonObject): [string, Json][] {
  return Object.entries(answers).flatMap(([key, value]): [string, Json][] =>
    isJsonObject(value)
      ? Object.entries(value).map(([inner, answer]) => [`${key}.${inner}`, answer])
      : [[key, value]],
  );
}

/** The answer to a question in a section of a file; undefined where there is none. */
export function answerTo(answers: JsonObject | undefined, { key }: Question): Json | undefined {
  return flatten(answers ?? {}).find(([name]) => name === key)?.[1];
}

/** The keys that a section of a file answers. */
export function answeredKeys(answers: JsonObject | undefined): string[] {
  return flatten(answers ?? {}).map(([key]) => key);
}

/** What is wrong; never the value, which may be a secret. */
function checkAnswer(question: Question, value: Json): string | undefined {
  if (question.kind !== 'secret') {
    const parsed = parseAnswer(question, value);
    return 'problem' in parsed ? parsed.problem : undefined;
  }
  const found = typeof value === 'string' ? parseReference(value) : undefined;
  const isUsable =
    found !== undefined &&
    'reference' in found &&
    (isQuiet(found.reference) || found.reference.scheme === 'prompt');
  return isUsable
    ? undefined
    : 'a secret does not stand here itself: write env:NAME, file:PATH or prompt:';
}

function unknownWord(what: string, given: string, known: readonly string[]): string {
  const guess = closest(given, known);
  const hint = guess ? `, did you mean "${guess}"?` : '';
  return `there is no ${what} "${escapeControls(given)}"${hint}`;
}

function invalid(path: string, problems: readonly string[]): GormesError {
  const name = path === '-' ? 'standard input' : escapeControls(path);
  return new GormesError('answers_invalid', `${name} cannot be used: ${problems.join('; ')}`, {
    hint: 'docs/reference/setup-answers.md names every key',
  });
}
