import type { Question, Section } from './question.ts';

/** A service or engine that speaks. */
interface Voice {
  /** As `tts.provider` of config.yaml has it. */
  readonly value: string;
  readonly label: string;
  /** The variable of its key. */
  readonly needs?: string;
  /** What is left to be done by other commands. */
  readonly next?: string;
}

const VOICES: readonly Voice[] = [
  { value: 'edge', label: 'Microsoft Edge (free, no key)' },
  { value: 'elevenlabs', label: 'ElevenLabs', needs: 'ELEVENLABS_API_KEY' },
  { value: 'openai', label: 'OpenAI', needs: 'VOICE_TOOLS_OPENAI_KEY' },
  { value: 'xai', label: 'xAI', needs: 'XAI_API_KEY' },
  { value: 'minimax', label: 'MiniMax', needs: 'MINIMAX_API_KEY' },
  { value: 'mistral', label: 'Mistral Voxtral', needs: 'MISTRAL_API_KEY' },
  { value: 'gemini', label: 'Google Gemini', needs: 'GEMINI_API_KEY' },
  {
    value: 'neutts',
    label: 'NeuTTS (on this machine)',
    next: 'NeuTTS is installed by: hermes setup tts',
  },
  {
    value: 'kittentts',
    label: 'KittenTTS (on this machine)',
    next: 'KittenTTS is installed by: hermes tools',
  },
];

export const TTS: Section = {
  id: 'tts',
  title: 'Text-to-Speech',
  questions: [
    {
      key: 'provider',
      ask: 'TTS provider',
      kind: 'choice',
      targets: [{ config: ['tts', 'provider'] }],
      fallback: 'edge',
      orElse: 'edge',
      choices: VOICES,
    },
    ...VOICES.flatMap(({ value, needs }): Question[] =>
      needs === undefined
        ? []
        : [
            {
              key: 'api_key',
              ask: `API key (${needs})`,
              kind: 'secret',
              targets: [{ env: needs }],
              needed: true,
              when: [{ answer: 'provider', is: [value] }],
            },
          ],
    ),
    {
      key: 'voice_id',
      ask: 'xAI voice (empty: the default one)',
      kind: 'text',
      targets: [{ config: ['tts', 'xai', 'voice_id'] }],
      when: [{ answer: 'provider', is: ['xai'] }],
    },
  ],
  next: VOICES.flatMap(({ value, next }) =>
    next === undefined ? [] : [{ text: next, when: [{ answer: 'provider', is: [value] }] }],
  ),
};
