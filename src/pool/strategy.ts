/** Rotation strategies of Hermes (pool-store §9); the first is the default. */
export const STRATEGIES = ['fill_first', 'round_robin', 'random', 'least_used'] as const;

export type Strategy = (typeof STRATEGIES)[number];

/** Hermes' reading of `credential_pool_strategies`: case-insensitive, anything unknown is `fill_first`. */
export function parseStrategy(value: unknown): Strategy {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return STRATEGIES.find((strategy) => strategy === word) ?? 'fill_first';
}
