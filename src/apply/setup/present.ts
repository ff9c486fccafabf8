import type { Deps } from '../../base/deps.ts';
import type { Json } from '../../base/json.ts';
import { Secret } from '../../base/secret.ts';
import type { ConfigFile } from '../../pool/config-file.ts';
import type { Snapshot } from '../../pool/snapshot.ts';
import {
  type Answer,
  isOn,
  type ManyQuestion,
  parseAnswer,
  type Question,
  type Target,
} from './question.ts';

/** The home as it stands while a section is gone through. */
export interface Present {
  readonly snapshot: Snapshot;
  readonly config: ConfigFile;
  readonly deps: Deps;
}

/** What the first target that is set says; undefined when none is, or when it makes no sense there. */
export function currentAnswer(question: Question, present: Present): Answer | undefined {
  for (const target of question.targets) {
    const raw = rawAt(target, present);
    if (raw === undefined || raw === null || raw === '') continue;
    if (question.kind === 'secret') return new Secret(String(raw));
    if (question.kind === 'many') return presentRows(question, raw);
    const parsed = parseAnswer(question, raw);
    if ('value' in parsed) return parsed.value;
  }
  return undefined;
}

function rawAt(target: Target, { config, snapshot }: Present): Json | undefined {
  return 'config' in target ? config.get(target.config) : snapshot.inputs.env(target.env);
}

/** The known rows of a list; undefined for one that stands for Hermes' usual set. */
function presentRows({ choices, stands }: ManyQuestion, raw: Json): string[] | undefined {
  if (!Array.isArray(raw) || (stands !== undefined && raw.includes(stands))) return undefined;
  return choices.map(({ value }) => value).filter((value) => raw.includes(value));
}

/** Hermes' default; undefined where there is none. */
export function defaultOf(question: Question, { deps, snapshot }: Present): Answer | undefined {
  switch (question.kind) {
    case 'secret':
      return undefined;
    case 'many': {
      const { env } = snapshot.inputs;
      const found = question.choices.filter(({ needs }) => needs !== undefined && isOn(env(needs)));
      return [...question.fallback, ...found.map(({ value }) => value)];
    }
    case 'choice':
    case 'number':
    case 'yes_no':
      return question.fallback;
    case 'text':
    case 'list': {
      const { fallback } = question;
      return typeof fallback === 'function' ? fallback(deps) : fallback;
    }
    default:
      return question satisfies never;
  }
}
