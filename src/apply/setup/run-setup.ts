import type { Deps } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import { readConfigFile } from '../../pool/config-file.ts';
import type { PoolStore } from '../../pool/store.ts';
import { parseReference } from '../../secrets/parse-reference.ts';
import { type ReferenceContext, resolveReference } from '../../secrets/resolve-reference.ts';
import { changeSettings } from '../change-settings.ts';
import { type Answers, answeredKeys, answerTo } from './answers.ts';
import {
  type Answered,
  changeOf,
  fallBack,
  isEmpty,
  isVisible,
  nextOf,
  type SectionChange,
} from './change.ts';
import { currentAnswer, defaultOf, type Present } from './present.ts';
import { type Answer, parseAnswer, type Question, type Section } from './question.ts';

/** How a section gets its answers. */
export interface SetupMode {
  /** Answers in advance; what they say is not asked. */
  readonly answers: JsonObject | undefined;
  /** Asks a person; undefined where nobody is asked: then defaults and variables are taken. */
  readonly ask: AskQuestion | undefined;
  /** Ask and write only what is missing. */
  readonly quick: boolean;
}

/**
 * Asks one question.
 *
 * @param present the answer that holds now or Hermes' default; for secrets whether one is set
 * @returns undefined when the person goes back; an empty secret or text leaves what there is
 */
export type AskQuestion = (
  question: Question,
  present: Answer | undefined,
) => Promise<Answer | undefined>;

export interface SectionResult {
  readonly section: string;
  /** Places that were written: `terminal.backend` of config.yaml, `TERMINAL_ENV` of `.env`. */
  readonly written: readonly string[];
  /** The person went back; nothing was written. */
  readonly skipped: boolean;
  readonly notes: readonly string[];
  /** What setup leaves to be done by other commands. */
  readonly next: readonly string[];
}

/**
 * Goes through one section of `setup`: asks what is visible, and writes the answers that differ in
 * one change. Nothing is written when the person goes back.
 *
 * @throws `reference_failed`, `answers_invalid`, `interrupted`, and what the store can throw
 */
export async function runSection(
  deps: Deps,
  store: PoolStore,
  section: Section,
  mode: SetupMode,
): Promise<SectionResult> {
  const snapshot = await store.read();
  const present: Present = { snapshot, config: await readConfigFile(store.home.configFile), deps };
  const answered: Answered = new Map();
  const notes: string[] = [];
  for (const question of section.questions) {
    if (!isVisible(question, answered, present)) continue;
    const answer = await answerOf(question, present, mode);
    if (answer === undefined) return nothing(section, true);
    if (mode.ask === undefined && question.needed && answer.value === undefined)
      notes.push(missingNote(question));
    if (answer.value !== undefined)
      answered.set(question.key, { question, value: answer.value, isNews: answer.isNews });
  }
  notes.push(...fallBack(answered, present), ...unusedNotes(section, mode.answers, answered));
  const change = changeOf(section, answered, present, mode.quick);
  if (change.config.length + change.names.size + change.unset.length === 0)
    return { ...nothing(section, false), notes };
  await write(deps, store, section, change);
  const written = [
    ...change.config.map(({ path }) => path.join('.')),
    ...change.names.keys(),
    ...change.unset,
  ];
  return {
    section: section.id,
    written,
    skipped: false,
    notes,
    next: nextOf(section, answered, present),
  };
}

/**
 * Resolves every reference of an answers file once, before the first section is written: one that
 * fails in the last section must not leave the others done. What is asked for (`prompt:`) waits.
 *
 * @throws `reference_failed`, `answers_invalid`, and what the store can throw
 */
export async function checkReferences(
  deps: Deps,
  store: PoolStore,
  sections: readonly Section[],
  answers: Answers,
): Promise<void> {
  const snapshot = await store.read();
  const config = await readConfigFile(store.home.configFile);
  // A warning is told when the answer is used.
  const present: Present = { snapshot, config, deps: { ...deps, notice: () => undefined } };
  for (const { id, questions } of sections) {
    for (const question of questions) {
      const given = answerTo(answers[id], question);
      if (question.kind !== 'secret' || given === undefined || isAskedFor(given)) continue;
      await fromFile(question, given, present);
    }
  }
}

function isAskedFor(given: Json): boolean {
  const found = parseReference(String(given));
  return 'reference' in found && found.reference.scheme === 'prompt';
}

/** An answer in advance that nothing asked for is a mistake of the file's writer more often than not. */
function unusedNotes(
  { id }: Section,
  answers: JsonObject | undefined,
  answered: Answered,
): string[] {
  const unused = answeredKeys(answers).filter((key) => !answered.has(key));
  return unused.map((key) => `Note: ${id}.${key} has no effect with the other answers.`);
}

function missingNote({ ask, targets }: Question): string {
  const names = targets.flatMap((target) => ('env' in target ? [target.env] : []));
  return `Note: not set: ${[ask, ...names].join(', ')}`;
}

function nothing(section: Section, skipped: boolean): SectionResult {
  return { section: section.id, written: [], skipped, notes: [], next: [] };
}

/** Undefined: the person went back. A missing value leaves what there is. */
async function answerOf(
  question: Question,
  present: Present,
  mode: SetupMode,
): Promise<{ value: Answer | undefined; isNews: boolean } | undefined> {
  const given = answerTo(mode.answers, question);
  if (given !== undefined) return { value: await fromFile(question, given, present), isNews: true };
  const now = currentAnswer(question, present);
  const default_ = now ?? defaultOf(question, present);
  const asks = mode.ask !== undefined && (!mode.quick || (question.needed && now === undefined));
  if (!asks || mode.ask === undefined) return { value: default_, isNews: !mode.quick };
  const answer = await mode.ask(question, default_);
  if (answer === undefined) return undefined;
  return { value: isEmpty(answer) ? default_ : answer, isNews: true };
}

async function fromFile(question: Question, given: Json, present: Present): Promise<Answer> {
  if (question.kind !== 'secret') {
    const parsed = parseAnswer(question, given);
    if ('value' in parsed) return parsed.value;
    throw new GormesError('answers_invalid', `${question.key}: ${parsed.problem}`);
  }
  const { deps, snapshot } = present;
  const found = parseReference(String(given));
  if ('problem' in found) throw new Error(`${question.key} was checked before`);
  const context: ReferenceContext = {
    env: snapshot.inputs.env,
    baseDir: deps.cwd,
    userHome: deps.userHome,
    processEnv: deps.env,
    permission: 'unasked', // the check lets no reference through that starts a program
  };
  const { secret, warning } = await resolveReference(deps, found.reference, context, question.ask);
  if (warning !== undefined) deps.notice(`warning: ${warning}`);
  const problem = question.check?.(secret.reveal());
  if (problem !== undefined)
    throw new GormesError('answers_invalid', `${question.key}: ${problem}`);
  return secret;
}

async function write(
  deps: Deps,
  store: PoolStore,
  section: Section,
  { config, names, unset }: SectionChange,
): Promise<void> {
  await changeSettings(deps, store, {
    address: `setup/${section.id}`,
    config,
    variables: names,
    unset,
  });
}
