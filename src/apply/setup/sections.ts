import { AGENT } from './agent.ts';
import { GATEWAY } from './gateway.ts';
import type { Question, Section, SectionId } from './question.ts';
import { TERMINAL } from './terminal.ts';
import { TOOLS } from './tools.ts';
import { TTS } from './tts.ts';

// What Hermes' setup asks, and where it writes the answers (cli-surface §13): one file per section.

/** Places of the model choice, for `--reset`: its questions are a dialogue of their own. */
const MODEL: Section = {
  id: 'model',
  title: 'Model & Provider',
  questions: ['default', 'provider', 'base_url', 'api_mode'].map(
    (key): Question => ({
      key,
      ask: key,
      kind: 'text',
      targets: [{ config: ['model', key] }],
    }),
  ),
};

export const SECTIONS: Readonly<Record<SectionId, Section>> = {
  model: MODEL,
  tts: TTS,
  terminal: TERMINAL,
  gateway: GATEWAY,
  tools: TOOLS,
  agent: AGENT,
};

export const SECTION_IDS = Object.keys(SECTIONS) as readonly SectionId[];

/** What `setup` without a section goes through, in Hermes' order. */
export const USUAL_SECTIONS: readonly SectionId[] = ['model', 'terminal', 'gateway', 'tools'];
