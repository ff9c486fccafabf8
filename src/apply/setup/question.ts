import type { Env } from '../../base/deps.ts';
import type { Json } from '../../base/json.ts';
import type { Secret } from '../../base/secret.ts';
import { closest, escapeControls, hasControls, listOf } from '../../base/text.ts';

/** Where an answer is written. */
export type Target = { readonly config: readonly string[] } | { readonly env: string };

export interface QuestionChoice {
  readonly value: string;
  readonly label: string;
  /** The variable without which the choice does not work. */
  readonly needs?: string;
}

/** On what a question depends; all of a list must hold. */
export type Condition =
  /** An earlier answer is one of these, or has one of these among its rows. */
  | { readonly answer: string; readonly is: readonly string[] }
  /** A variable is set and does not say no, in `.env` or the environment. */
  | { readonly variable: string };

interface Common {
  /** Its place in an answers file, below the section: `docker_image`, `telegram.bot_token`. */
  readonly key: string;
  readonly ask: string;
  /** The first one that is set tells the present answer. Empty: the answer only steers what is asked. */
  readonly targets: readonly Target[];
  readonly when?: readonly Condition[];
  /** `--quick` asks for it while it is not set. */
  readonly needed?: boolean;
  /** Hermes writes no default here. */
  readonly quietDefault?: boolean;
}

export interface ChoiceQuestion extends Common {
  readonly kind: 'choice';
  readonly choices: readonly QuestionChoice[];
  readonly fallback: string;
  /** What takes the place of a choice whose `needs` is not set in the end. */
  readonly orElse?: string;
}

export interface ManyQuestion extends Common {
  readonly kind: 'many';
  readonly choices: readonly QuestionChoice[];
  /** Chosen while nothing is written; those whose `needs` is set too. */
  readonly fallback: readonly string[];
  /** Rows of the present answer that stand for a set of others: they go when the answer is written. */
  readonly stands?: string;
}

export interface TextQuestion extends Common {
  /** `list`: words with commas; a list in `config.yaml`, commas in `.env`. */
  readonly kind: 'text' | 'list';
  readonly fallback?: string | ((facts: Facts) => string | undefined);
  readonly check?: (text: string) => string | undefined;
}

export interface NumberQuestion extends Common {
  readonly kind: 'number';
  readonly fallback: number;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

export interface YesNoQuestion extends Common {
  readonly kind: 'yes_no';
  readonly fallback: boolean;
}

/** Never shown, only to a variable. */
export interface SecretQuestion extends Common {
  readonly kind: 'secret';
  readonly check?: (text: string) => string | undefined;
}

/** One question of `setup`: data for the one engine that asks, checks and writes. */
export type Question =
  | ChoiceQuestion
  | ManyQuestion
  | TextQuestion
  | NumberQuestion
  | YesNoQuestion
  | SecretQuestion;

/** Something that follows from the answers without a question. */
export type Along =
  | { readonly config: readonly string[]; readonly value: Json }
  /** A variable that becomes `true`, unless it is on already. */
  | { readonly switchOn: string; readonly when: readonly Condition[] };

/** Whether a variable is set and does not say no; what Hermes' gateway takes for a comment is none. */
export function isOn(text: string | undefined): boolean {
  const word = text?.replace(/\s+#.*$/, '').trim() ?? '';
  return word !== '' && !NO.includes(word.toLowerCase());
}

export type SectionId = 'model' | 'tts' | 'terminal' | 'gateway' | 'tools' | 'agent';

export interface Section {
  readonly id: SectionId;
  readonly title: string;
  readonly questions: readonly Question[];
  /** Written along when the section is gone through whole. */
  readonly along?: readonly Along[];
  /** What setup leaves to be done by other commands; told when the section wrote something. */
  readonly next?: readonly { readonly text: string; readonly when?: readonly Condition[] }[];
  /** Variables that would overrule the answers: taken out of `.env`. */
  readonly unset?: readonly string[];
}

/** What defaults may depend on. */
export interface Facts {
  readonly userHome: string | undefined;
  readonly env: Env;
}

export type Answer = string | number | boolean | readonly string[] | Secret;

export type ParsedAnswer = { readonly value: Answer } | { readonly problem: string };

/** An answer of a file or of the home, checked. Not for secrets. */
export function parseAnswer(question: Exclude<Question, SecretQuestion>, raw: Json): ParsedAnswer {
  switch (question.kind) {
    case 'choice':
      return parseChoice(question.choices, raw);
    case 'many':
      return parseMany(question, raw);
    case 'yes_no':
      return parseYesNo(raw);
    case 'number':
      return parseNumber(question, raw);
    case 'list':
    case 'text':
      return parseText(question, raw);
    default:
      return question satisfies never;
  }
}

function parseChoice(choices: readonly QuestionChoice[], raw: Json): ParsedAnswer {
  const word = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
  const values = choices.map(({ value }) => value);
  if (typeof raw === 'string' && values.includes(word)) return { value: word };
  const guess = closest(
    word,
    values.filter((value) => value !== ''),
  );
  return {
    problem: guess ? `did you mean "${guess}"?` : `choose ${listOf(values.map(named), 'or')}`,
  };
}

function named(value: string): string {
  return value === '' ? 'an empty text' : value;
}

function parseMany(question: ManyQuestion, raw: Json): ParsedAnswer {
  const words = wordsOf(raw);
  if (words === undefined) return { problem: 'it takes a list of words' };
  for (const word of words) {
    const one = parseChoice(question.choices, word);
    if ('problem' in one) return { problem: `${escapeControls(word)}: ${one.problem}` };
  }
  return { value: [...new Set(words)] };
}

function wordsOf(raw: Json): string[] | undefined {
  if (typeof raw === 'string')
    return raw
      .split(',')
      .map((word) => word.trim())
      .filter(Boolean);
  if (typeof raw === 'number') return [String(raw)];
  if (!Array.isArray(raw)) return undefined;
  return raw.every((item) => typeof item === 'string' || typeof item === 'number')
    ? raw.map((item) => String(item).trim())
    : undefined;
}

const YES = ['true', 'yes', 'y', 'on', '1'];
const NO = ['false', 'no', 'n', 'off', '0'];

function parseYesNo(raw: Json): ParsedAnswer {
  const word = String(raw).trim().toLowerCase();
  if (YES.includes(word)) return { value: true };
  return NO.includes(word) ? { value: false } : { problem: 'it takes true or false' };
}

function parseNumber({ least, most, whole }: NumberQuestion, raw: Json): ParsedAnswer {
  const text = String(raw).trim();
  const value = Number(text);
  const fits =
    text !== '' && value >= least && value <= most && (!whole || Number.isInteger(value));
  const upTo =
    most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
  return fits ? { value } : { problem: `it takes a ${whole ? 'whole ' : ''}number ${upTo}` };
}

function parseText({ kind, check }: TextQuestion, raw: Json): ParsedAnswer {
  const words = kind === 'list' ? wordsOf(raw) : undefined;
  const text = words?.join(',') ?? (typeof raw === 'object' ? undefined : String(raw).trim());
  if (text === undefined) return { problem: 'it takes a text' };
  if (hasControls(text)) return { problem: 'it holds control characters' };
  const problem = text === '' ? undefined : check?.(text);
  if (problem !== undefined) return { problem };
  return { value: words ?? text };
}
