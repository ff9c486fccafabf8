import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { closest, escapeControls, listOf } from '../base/text.ts';
import type { StrategyChange } from '../plan/change.ts';
import type { PoolStore } from '../pool/store.ts';
import { STRATEGIES, type Strategy } from '../pool/strategy.ts';
import { executeChange } from './executor.ts';
import { getPoolProvider } from './find-pool-provider.ts';
import { newIdFrom } from './new-id.ts';

export interface StrategyResult {
  readonly provider: string;
  /** What holds now. */
  readonly strategy: Strategy;
  readonly changed: boolean;
}

/** What each strategy does, for people. */
export const STRATEGY_TEXT: Readonly<Record<Strategy, string>> = {
  fill_first: 'Use first key until exhausted, then next',
  round_robin: 'Cycle through keys evenly',
  least_used: 'Always pick the least-used key',
  random: 'Random selection',
};

/**
 * Sets how a provider's credentials take turns (pool-store §9), or tells it.
 *
 * @param input.strategy as typed; undefined only tells
 * @throws `unknown_provider`, `unknown_strategy` (exit 64)
 */
export async function setStrategy(
  deps: Deps,
  store: PoolStore,
  input: { readonly provider: string; readonly strategy: string | undefined },
): Promise<StrategyResult> {
  const snapshot = await store.read();
  const provider = getPoolProvider(snapshot, input.provider).id;
  const before = snapshot.settings.strategies.get(provider);
  const current = before ?? 'fill_first';
  const after = input.strategy === undefined ? current : getStrategy(input.strategy);
  // Hermes' default needs no line in the file.
  if (after === current) return { provider, strategy: after, changed: false };
  const change: StrategyChange = {
    action: 'strategy',
    address: provider,
    provider,
    reason: 'requested',
    before,
    after,
  };
  await executeChange(deps, store, change, { env: deps.env, newId: newIdFrom(deps.random) });
  return { provider, strategy: after, changed: true };
}

function getStrategy(given: string): Strategy {
  const word = given.trim().toLowerCase().replaceAll('-', '_');
  const found = STRATEGIES.find((strategy) => strategy === word);
  if (found !== undefined) return found;
  const guess = closest(word, STRATEGIES);
  throw new GormesError('unknown_strategy', `no strategy is called "${escapeControls(given)}"`, {
    exitCode: EXIT.usage,
    hint: guess ? `did you mean "${guess}"?` : `choose ${listOf(STRATEGIES, 'or')}`,
  });
}
