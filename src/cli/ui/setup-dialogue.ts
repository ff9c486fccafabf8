import type { AskQuestion } from '../../apply/run-setup.ts';
import {
  type Answer,
  parseAnswer,
  type Question,
  type Section,
} from '../../apply/setup-question.ts';
import { Secret } from '../../base/secret.ts';
import type { Dialogue } from './dialogue.ts';
import type { Choice, Prompts } from './prompts.ts';

/** How each kind of question is asked. */
export function askWith({ context, prompts }: Dialogue): AskQuestion {
  return async (question, present) => {
    switch (question.kind) {
      case 'choice': {
        const rows: Choice<string>[] = question.choices.map(({ value, label }) => ({
          value,
          label,
        }));
        return await prompts.choose(question.ask, rows, textOf(present));
      }
      case 'many': {
        const rows = question.choices.map(({ value, label }) => ({ value, label }));
        const chosen = Array.isArray(present) ? present.map(String) : [];
        return await prompts.pick(`${question.ask}`, rows, chosen);
      }
      case 'yes_no':
        return await prompts.yesNo(question.ask, present === true);
      case 'secret': {
        const isSet = present instanceof Secret;
        return await askSecret(prompts, question, isSet, (line) => context.out.notice(line));
      }
      case 'number':
      case 'text':
      case 'list':
        return await askText(prompts, question, present);
      default:
        return question satisfies never;
    }
  };
}

async function askSecret(
  prompts: Prompts,
  question: Extract<Question, { readonly kind: 'secret' }>,
  isSet: boolean,
  tell: (line: string) => void,
): Promise<Answer | undefined> {
  const keeps = isSet ? 'set; empty keeps it' : 'empty: later';
  for (;;) {
    const secret = await prompts.secret(`${question.ask} (${keeps})`);
    if (secret === undefined || secret.isEmpty) return secret;
    const problem = question.check?.(secret.reveal());
    if (problem === undefined) return secret;
    tell(`That is none: ${problem}.`);
  }
}

async function askText(
  prompts: Prompts,
  question: Extract<Question, { readonly kind: 'number' | 'text' | 'list' }>,
  present: Answer | undefined,
): Promise<Answer | undefined> {
  const typed = await prompts.text(question.ask, textOf(present), (text) => {
    if (text === '') return undefined;
    const parsed = parseAnswer(question, text);
    return 'problem' in parsed ? parsed.problem : undefined;
  });
  if (typed === undefined || typed === '') return typed;
  const parsed = parseAnswer(question, typed);
  return 'value' in parsed ? parsed.value : undefined;
}

function textOf(answer: Answer | undefined): string | undefined {
  if (answer === undefined || answer instanceof Secret) return undefined;
  return typeof answer === 'object' ? answer.join(',') : String(answer);
}

/** Which sections to go through; the usual ones are marked. */
export async function askSections<T extends Section>(
  { prompts }: Dialogue,
  sections: readonly T[],
  usual: readonly T[],
): Promise<readonly T[] | undefined> {
  const rows = sections.map((section) => ({ value: section, label: section.title }));
  return await prompts.pick('What to set up', rows, usual);
}
