import { type Field, PLATFORMS } from './platforms.ts';
import type { Condition, Question, Section } from './question.ts';

const chosen = (id: string): Condition[] => [{ answer: 'platforms', is: [id] }];

function questionOf(id: string, label: string, { env, ...field }: Field): Question {
  return {
    ...field,
    key: `${id}.${field.key}`,
    ask: `${label}: ${field.ask}`,
    targets: [{ env }],
    when: chosen(id),
  };
}

export const GATEWAY: Section = {
  id: 'gateway',
  title: 'Messaging Platforms',
  questions: [
    {
      key: 'platforms',
      ask: 'Platforms to configure',
      kind: 'many',
      targets: [],
      fallback: [],
      choices: PLATFORMS.map(({ id, label, on }) => ({ value: id, label, needs: on })),
    },
    ...PLATFORMS.flatMap(({ id, label, fields }) =>
      fields.map((field) => questionOf(id, label, field)),
    ),
  ],
  along: PLATFORMS.flatMap(({ id, on, isSwitch }) =>
    isSwitch ? [{ switchOn: on, when: chosen(id) }] : [],
  ),
  next: [
    ...PLATFORMS.flatMap(({ id, next }) =>
      next === undefined ? [] : [{ text: next, when: chosen(id) }],
    ),
    {
      text: 'start the gateway: hermes gateway install, then hermes gateway start (or restart, if it runs)',
    },
  ],
};
