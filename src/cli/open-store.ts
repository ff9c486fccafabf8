import type { PoolStore } from '../pool/store.ts';
import type { CliContext } from './command.ts';

/**
 * The store of the chosen home; nothing is created.
 *
 * @param named the provider that the command line names: one that imports from `gh` has it asked
 */
export async function openStore(context: CliContext, named?: string): Promise<PoolStore> {
  const { homeStore } = await import('../pool/store.ts');
  const { deps, lockWaitMs } = context;
  const home = await context.findHome();
  const store = homeStore(home, deps, lockWaitMs);
  if (named === undefined) return store;
  const { findProvider } = await import('../providers/find-provider.ts');
  const row = findProvider(named);
  if (!row?.sources?.includes('gh_cli')) return store;
  const { askGh } = await import('../pool/gh-token.ts');
  return homeStore(home, { ...deps, gh: await askGh(deps, await store.read(), row) }, lockWaitMs);
}
