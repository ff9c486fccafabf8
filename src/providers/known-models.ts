import { findProvider } from './find-provider.ts';

/**
 * A few model names per provider, for when its own list can't be had. A snapshot of what the
 * reference names, not advice: any other name can be typed.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  openrouter: ['anthropic/claude-sonnet-4.5'],
  nous: ['hermes-4-405b'],
  // Of its billing plans, the newest first.
  zai: ['glm-5.2', 'glm-5.1', 'glm-5', 'glm-5v-turbo', 'glm-4.7'],
};

/** Model names of the snapshot, and those that a row probes with; none for most providers. */
export function knownModels(provider: string): readonly string[] {
  const probed = findProvider(provider)?.endpoints?.flatMap(({ models }) => models) ?? [];
  return [...new Set([...(KNOWN[provider] ?? []), ...probed])];
}
