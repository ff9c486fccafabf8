import type { LoginPlaces, LoginStorage } from '../login-storage.ts';
import { vendorSeeds } from './fields.ts';

/** Claude Code's login and the one that Hermes made itself are files; a person's are rows. */
export const anthropicLogin: LoginStorage = {
  manualSource: 'manual:hermes_pkce',
  writes: 'manual',
  ownedSources: ['hermes_pkce'],
  homeFile: { path: '.anthropic_oauth.json', source: 'hermes_pkce' },
  seeds: (places) =>
    isWanted(places)
      ? ['hermes_pkce', 'claude_code'].flatMap((source) =>
          vendorSeeds(places.vendor(source), source, places.baseUrl),
        )
      : [],
  removals: {
    claude_code: {
      lines: [
        'Suppressed claude_code credential — it will not be re-seeded.',
        'Note: Claude Code credentials still live in ~/.claude/.credentials.json',
        'Run `gormes auth add anthropic` to re-enable if needed.',
      ],
    },
    hermes_pkce: { removesFile: true, lines: ['Cleared Hermes Anthropic OAuth credentials'] },
  },
};

/** Hermes imports another program's login only for a person who chose the provider (pool-store §8). */
function isWanted({ env, hasManual, isChosen }: LoginPlaces): boolean {
  const hasKey = env('ANTHROPIC_API_KEY') !== undefined;
  const hasToken = env('ANTHROPIC_TOKEN') !== undefined;
  const isKeyOnly = hasKey && !hasToken && env('CLAUDE_CODE_OAUTH_TOKEN') === undefined;
  return !isKeyOnly && (hasManual || isChosen || hasKey || hasToken);
}
