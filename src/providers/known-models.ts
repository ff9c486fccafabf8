import { findProvider } from './find-provider.ts';

/**
 * A few model names per provider, for when its own list can't be had. A snapshot of names that
 * Hermes offers too (its list of November 2026), not advice: any other name can be typed.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  openrouter: [
    'anthropic/claude-sonnet-5',
    'anthropic/claude-haiku-4.5',
    'openai/gpt-5.5',
    'google/gemini-3.1-pro-preview',
    'deepseek/deepseek-v4-pro',
    'moonshotai/kimi-k3',
    'z-ai/glm-5.2',
  ],
  nous: ['anthropic/claude-sonnet-5', 'openai/gpt-5.5', 'moonshotai/kimi-k3', 'z-ai/glm-5.2'],
  anthropic: ['claude-opus-5', 'claude-sonnet-5', 'claude-haiku-4-5-20251001'],
  copilot: [
    'gpt-5.4',
    'gpt-5.4-mini',
    'gpt-5.3-codex',
    'gpt-4.1',
    'claude-sonnet-5',
    'claude-haiku-4.5',
    'gemini-3.1-pro-preview',
  ],
  gemini: ['gemini-3.1-pro-preview', 'gemini-3.8-flash'],
  xai: ['grok-4.6', 'grok-4.5'],
  'kimi-coding': ['kimi-k3', 'kimi-k2.7-code', 'kimi-for-coding'],
  minimax: ['MiniMax-M3', 'MiniMax-M2.7'],
  // Of its billing plans, the newest first.
  zai: ['glm-5.2', 'glm-5.1', 'glm-5', 'glm-5v-turbo', 'glm-4.7'],
};

/** Model names of the snapshot, and those that a row probes with; none for most providers. */
export function knownModels(provider: string): readonly string[] {
  const probed = findProvider(provider)?.endpoints?.flatMap(({ models }) => models) ?? [];
  return [...new Set([...(KNOWN[provider] ?? []), ...probed])];
}
