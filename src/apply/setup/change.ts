import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../base/json.ts';
import { Secret } from '../../base/secret.ts';
import type { SettingsChange } from '../../plan/request.ts';
import { defaultOf, type Present } from './present.ts';
import { type Answer, type Condition, isOn, type Question, type Section } from './question.ts';

/** An answer of the section that is gone through. */
interface Given {
  readonly question: Question;
  readonly value: Answer;
  /** A person, a file or a variable said it; else it is only what holds anyway. */
  readonly isNews: boolean;
}

/** Answers by the key of their question. */
export type Answered = Map<string, Given>;

/** Whether a question is asked, after the answers so far; a key that two services share once only. */
export function isVisible({ key, when }: Question, answered: Answered, present: Present): boolean {
  return !answered.has(key) && holdAll(when, answered, present);
}

function holdAll(
  when: readonly Condition[] | undefined,
  answered: Answered,
  present: Present,
): boolean {
  return (when ?? []).every((condition) => holds(condition, answered, present));
}

function holds(condition: Condition, answered: Answered, { snapshot }: Present): boolean {
  if ('variable' in condition) return isOn(snapshot.inputs.env(condition.variable));
  const value = answered.get(condition.answer)?.value;
  if (Array.isArray(value)) return condition.is.some((each) => value.includes(each));
  return typeof value === 'string' && condition.is.includes(value);
}

/** An answer that leaves what there is. */
export function isEmpty(answer: Answer): boolean {
  return answer instanceof Secret ? answer.isEmpty : answer === '';
}

/** A choice that lacks what it needs gives way to one that needs nothing, as in Hermes. */
export function fallBack(answered: Answered, present: Present): string[] {
  const notes: string[] = [];
  for (const [key, { question, value, isNews }] of answered) {
    if (question.kind !== 'choice' || question.orElse === undefined) continue;
    const needs = question.choices.find((choice) => choice.value === value)?.needs;
    if (needs === undefined || isAnswered(needs, answered) || present.snapshot.inputs.env(needs))
      continue;
    notes.push(`Note: ${value} needs ${needs}, so it is ${question.orElse}.`);
    answered.set(key, { question, value: question.orElse, isNews });
  }
  return notes;
}

function isAnswered(variable: string, answered: Answered): boolean {
  return [...answered.values()].some(({ question }) =>
    question.targets.some((target) => 'env' in target && target.env === variable),
  );
}

/** What is left to be done by other commands, after the answers. */
export function nextOf({ next }: Section, answered: Answered, present: Present): string[] {
  return (next ?? []).flatMap(({ text, when }) => (holdAll(when, answered, present) ? [text] : []));
}

/** What a section writes; values of variables apart. */
export interface SectionChange {
  readonly config: SettingsChange['config'];
  readonly names: ReadonlyMap<string, Secret>;
  readonly unset: readonly string[];
}

/** What differs from the answers; nothing else is touched. */
export function changeOf(
  section: Section,
  answered: Answered,
  present: Present,
  quick: boolean,
): SectionChange {
  const config: { path: readonly string[]; value: Json }[] = [];
  const names = new Map<string, Secret>();
  for (const { question, value, isNews } of answered.values()) {
    if (!isNews || isEmpty(value)) continue;
    const isDefault = isDeepStrictEqual(value, defaultOf(question, present));
    for (const target of question.targets) {
      if ('config' in target) {
        const before = present.config.get(target.config);
        const next = configValue(question, value, before);
        if (isUnset(question, before) && isDefault && question.quietDefault) continue;
        if (!isDeepStrictEqual(before, next)) config.push({ path: target.config, value: next });
      } else {
        const before = present.snapshot.env.get(target.env);
        if (before === undefined && isDefault && question.quietDefault) continue;
        const text = textOf(value);
        if (before !== text.reveal()) names.set(target.env, text);
      }
    }
  }
  if (quick) return { config, names, unset: [] };
  for (const each of section.along ?? []) {
    if ('config' in each) {
      const isSo = isDeepStrictEqual(present.config.get(each.config), each.value);
      if (!isSo) config.push({ path: each.config, value: each.value });
    } else if (holdAll(each.when, answered, present)) {
      const isSo = isOn(present.snapshot.env.get(each.switchOn));
      if (!isSo) names.set(each.switchOn, new Secret('true'));
    }
  }
  const unset = (section.unset ?? []).filter(
    (name) => present.snapshot.env.get(name) !== undefined,
  );
  return { config, names, unset };
}

/** Nothing is written, or a list of Hermes' usual set is. */
function isUnset(question: Question, before: Json | undefined): boolean {
  if (before === undefined || question.kind !== 'many') return before === undefined;
  return question.stands !== undefined && Array.isArray(before) && before.includes(question.stands);
}

/** Rows of a list that are none of ours stay, behind ours. */
function configValue(question: Question, value: Answer, before: Json | undefined): Json {
  if (value instanceof Secret)
    throw new Error(`${question.key} would put a secret into config.yaml`);
  if (question.kind !== 'many') return typeof value === 'object' ? [...value] : value;
  const known = question.choices.map((choice) => choice.value);
  const others = (Array.isArray(before) ? before : []).filter(
    (row) => row !== question.stands && !(typeof row === 'string' && known.includes(row)),
  );
  return [...(Array.isArray(value) ? value : []), ...others];
}

function textOf(value: Answer): Secret {
  if (value instanceof Secret) return value;
  return new Secret(typeof value === 'object' ? value.join(',') : String(value));
}
