import type { Question, Section } from './setup-question.ts';

const TTS_KEYS: Readonly<Record<string, string>> = {
  elevenlabs: 'ELEVENLABS_API_KEY',
  openai: 'VOICE_TOOLS_OPENAI_KEY',
  xai: 'XAI_API_KEY',
  minimax: 'MINIMAX_API_KEY',
  mistral: 'MISTRAL_API_KEY',
  gemini: 'GEMINI_API_KEY',
};

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
      choices: [
        { value: 'edge', label: 'Microsoft Edge (free, no key)' },
        { value: 'elevenlabs', label: 'ElevenLabs', needs: TTS_KEYS.elevenlabs },
        { value: 'openai', label: 'OpenAI', needs: TTS_KEYS.openai },
        { value: 'xai', label: 'xAI', needs: TTS_KEYS.xai },
        { value: 'minimax', label: 'MiniMax', needs: TTS_KEYS.minimax },
        { value: 'mistral', label: 'Mistral Voxtral', needs: TTS_KEYS.mistral },
        { value: 'gemini', label: 'Google Gemini', needs: TTS_KEYS.gemini },
        { value: 'neutts', label: 'NeuTTS (on this machine)' },
        { value: 'kittentts', label: 'KittenTTS (on this machine)' },
      ],
    },
    ...Object.entries(TTS_KEYS).map(
      ([provider, env]): Question => ({
        key: 'api_key',
        ask: `API key (${env})`,
        kind: 'secret',
        targets: [{ env }],
        needed: true,
        when: [{ answer: 'provider', is: [provider] }],
      }),
    ),
    {
      key: 'voice_id',
      ask: 'xAI voice (empty: the default one)',
      kind: 'text',
      targets: [{ config: ['tts', 'xai', 'voice_id'] }],
      when: [{ answer: 'provider', is: ['xai'] }],
    },
  ],
};
