import {
  type Answer,
  parseAnswer,
  type Question,
  type Section,
} from '../../apply/setup/question.ts';
import type { AskQuestion } from '../../apply/setup/run-setup.ts';
import { Secret } from '../../base/secret.ts';
import type { Dialogue } from './dialogue.ts';
import type { Choice, Prompts } from './prompts.ts';

/**
 * How each kind of question is asked.
 *
 * @param title shown above the first question; a section that asks nothing has none
 */
export function askWith({ context, prompts }: Dialogue, title: string): AskQuestion {
  let isFirst = true;
  return async (question, present) => {
    if (isFirst) context.out.notice(`◆ ${title}`);
    isFirst = false;
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
        const keeps = present instanceof Secret ? 'set; empty keeps it' : 'empty: later';
        return await prompts.secret(`${question.ask} (${keeps})`, question.check);
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
