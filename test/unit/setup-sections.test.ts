import { expect, test } from 'vitest';
import { PLATFORMS } from '../../src/apply/setup/platforms.ts';
import { parseAnswer, type Question } from '../../src/apply/setup/question.ts';
import { SECTION_IDS, SECTIONS } from '../../src/apply/setup/sections.ts';
import { EnvFile } from '../../src/pool/env-file.ts';

const QUESTIONS = SECTION_IDS.flatMap((id) =>
  SECTIONS[id].questions.map((question) => [`${id}.${question.key}`, question] as const),
);

function question(name: string): Exclude<Question, { readonly kind: 'secret' }> {
  const found = QUESTIONS.find(([key]) => key === name)?.[1];
  if (found === undefined || found.kind === 'secret') throw new Error(`no question ${name}`);
  return found;
}

test('a secret goes to a variable and nowhere else', () => {
  for (const [name, { kind, targets }] of QUESTIONS) {
    const isSecret = kind === 'secret';
    const inConfig = targets.some((target) => 'config' in target);
    expect([name, isSecret && (inConfig || targets.length !== 1)]).toEqual([name, false]);
  }
});

test('every variable may stand in .env', () => {
  const names = QUESTIONS.flatMap(([, { targets }]) =>
    targets.flatMap((target) => ('env' in target ? [target.env] : [])),
  );
  for (const name of names) expect(new EnvFile('', []).set(name, 'x').get(name)).toBe('x');
});

test('a condition names an earlier question of its section and answers that it has', () => {
  for (const id of SECTION_IDS) {
    const seen = new Map<string, Question>();
    for (const each of SECTIONS[id].questions) {
      for (const condition of each.when ?? []) {
        if (!('answer' in condition)) continue;
        const earlier = seen.get(condition.answer);
        const choices = earlier && 'choices' in earlier ? earlier.choices : [];
        const values = choices.map(({ value }) => value);
        expect(values, `${id}.${each.key}`).toEqual(expect.arrayContaining([...condition.is]));
      }
      seen.set(each.key, each);
    }
  }
});

test('what follows from the answers hangs on questions of the section', () => {
  for (const id of SECTION_IDS) {
    const { questions, along = [], next = [] } = SECTIONS[id];
    const conditions = [...along, ...next].flatMap((each) => ('when' in each ? each.when : []));
    for (const condition of conditions) {
      if (condition === undefined || !('answer' in condition)) continue;
      const asked = questions.find(({ key }) => key === condition.answer);
      const values = asked && 'choices' in asked ? asked.choices.map(({ value }) => value) : [];
      expect(values, id).toEqual(expect.arrayContaining([...condition.is]));
    }
  }
});

test('a platform is known by a variable that setup writes', () => {
  for (const { id, on, isSwitch, fields } of PLATFORMS) {
    const isAsked = fields.some(({ env }) => env === on);
    expect([id, isAsked]).toEqual([id, isSwitch !== true]);
  }
});

test('every default is an answer', () => {
  for (const [name, each] of QUESTIONS) {
    if (each.kind !== 'choice' && each.kind !== 'many' && each.kind !== 'number') continue;
    const fallback = typeof each.fallback === 'object' ? [...each.fallback] : each.fallback;
    expect([name, parseAnswer(each, fallback)]).toEqual([name, { value: fallback }]);
  }
});

test.each([
  ['terminal.backend', 'Docker ', { value: 'docker' }],
  ['terminal.backend', 5, { problem: expect.stringContaining('choose ') }],
  ['terminal.proxy', 'yes', { value: true }],
  ['terminal.proxy', 0, { value: false }],
  ['terminal.proxy', 'perhaps', { problem: 'it takes true or false' }],
  ['agent.max_turns', '12', { value: 12 }],
  ['agent.max_turns', 1.5, { problem: 'it takes a whole number of 1 or more' }],
  ['agent.compression_threshold', '', { problem: 'it takes a number from 0.5 to 0.95' }],
  ['tools.cli', 'web, file,web', { value: ['web', 'file'] }],
  ['tools.cli', { a: 1 }, { problem: 'it takes a list of words' }],
  ['gateway.slack.allowed_users', ' U1 , U2', { value: ['U1', 'U2'] }],
  ['gateway.slack.home_channel', 12, { value: '12' }],
  ['gateway.slack.home_channel', 'a\nb', { problem: 'it holds control characters' }],
  ['gateway.matrix.homeserver', 'matrix.org', { problem: expect.stringContaining('http') }],
])('%s takes %j: %j', (name, raw, expected) => {
  expect(parseAnswer(question(name), raw)).toEqual(expected);
});
