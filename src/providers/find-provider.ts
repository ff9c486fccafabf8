import { GormesError } from '../base/errors.ts';
import { closest, escapeControls, listOf } from '../base/text.ts';
import { CATALOG } from './catalog.ts';
import type { CustomProvider, ProviderRow } from './provider.ts';

/** A provider that a command can work on. */
export type FoundProvider =
  | { readonly kind: 'catalog'; readonly row: ProviderRow }
  | { readonly kind: 'custom'; readonly custom: CustomProvider };

/** Names that mean two things or something else in Hermes, with what the person may have meant. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  openai: ['openai-api', 'openai-codex'],
  qwen: ['alibaba', 'qwen-oauth'],
};

/** Hermes' names for a server of one's own, which is a custom provider and has no pool by itself. */
const LOCAL = ['custom', 'llama', 'llama-cpp', 'llama.cpp', 'llamacpp', 'local', 'ollama', 'vllm'];

/** Services without a row, some of which are called nearly like one: a key must not go there by a guess. */
const WITHOUT_ROW = [
  'cerebras',
  'cohere',
  'groq',
  'mistral',
  'perplexity',
  'sambanova',
  'together',
];

/** Longer words resemble no name, and comparing them takes time (hostile files). */
const LONGEST_GUESS = 64;

/** What a person typed for a provider, as ids are written: trimmed and in lower case. */
export function normaliseProvider(given: string): string {
  return given.trim().toLowerCase();
}

/** The catalog row of an id or an alias. Custom providers are not looked at: see `resolveProvider`. */
export function findProvider(given: string): ProviderRow | undefined {
  const name = normaliseProvider(given);
  return CATALOG.find((row) => row.id === name || row.aliases.includes(name));
}

/** The catalog row of an id as files write it: no alias, no other spelling. */
export function rowOf(id: string): ProviderRow | undefined {
  return CATALOG.find((row) => row.id === id);
}

/** Every name that `findProvider` knows: each id, followed by its aliases. */
export function providerNames(): string[] {
  return CATALOG.flatMap((row) => [row.id, ...row.aliases]);
}

/** Hermes' slug of a display name: each space becomes `-`, every other sign stays (pool-store §6.1). */
export function slugOf(name: string): string {
  return normaliseProvider(name).replaceAll(' ', '-');
}

/**
 * The custom provider of what a person typed: its id (`custom:my-lab-(gpu)`), the slug of its name,
 * or its key in the `providers:` map; `custom:` may also stand before that key, because Hermes
 * writes `model.provider` so.
 */
export function findCustomProvider(
  given: string,
  customs: readonly CustomProvider[],
): CustomProvider | undefined {
  const slug = slugOf(given);
  const id = slug.startsWith('custom:') ? slug : `custom:${slug}`;
  const byKey = (custom: CustomProvider) => custom.mapKey && `custom:${slugOf(custom.mapKey)}`;
  return customs.find((custom) => custom.id === id) ?? customs.find((c) => byKey(c) === id);
}

/**
 * What a person typed for a provider. A catalog id comes first, so that a custom provider of the
 * same name cannot take its credentials; a custom provider comes before an alias, as in Hermes.
 */
export function resolveProvider(
  given: string,
  customs: readonly CustomProvider[],
): FoundProvider | undefined {
  const row = findProvider(given);
  if (row && row.id === normaliseProvider(given)) return { kind: 'catalog', row };
  const custom = findCustomProvider(given, customs);
  if (custom) return { kind: 'custom', custom };
  return row && { kind: 'catalog', row };
}

/** With a hint that Hermes does not have: the nearest name, or what lists them all. */
export function unknownProvider(given: string, customs: readonly CustomProvider[]): GormesError {
  const shown = escapeControls(given);
  return new GormesError('unknown_provider', `no provider is called "${shown}"`, {
    hermes: `Unknown provider: ${shown}`,
    hint:
      hintForProvider(
        given,
        customs.map(({ id }) => id),
      ) ?? 'gormes auth providers shows every provider',
  });
}

/**
 * What somebody may have meant by a name that no provider has; undefined when it resembles none.
 *
 * @param customs ids of custom providers
 */
export function hintForProvider(given: string, customs: readonly string[]): string | undefined {
  const name = normaliseProvider(given);
  const meant = Object.hasOwn(MEANT, name) ? MEANT[name] : undefined;
  if (meant) return `say which one: ${listOf(meant, 'or')}`;
  if (/^mcp(?::|$)/.test(name))
    return 'for an MCP server: gormes mcp login NAME, or mcp logout NAME';
  if (LOCAL.includes(name)) return 'declare your own server under custom_providers';
  if (WITHOUT_ROW.includes(name)) return 'declare its endpoint under custom_providers';
  if (name.length > LONGEST_GUESS) return undefined;
  const guess = closest(name, [...providerNames(), ...customs]);
  return guess && `did you mean "${escapeControls(guess)}"?`;
}
