import type { PoolStore } from '../pool/store.ts';
import type { CliContext } from './command.ts';

/** The store of the chosen home; nothing is read or created yet. */
export async function openStore(context: CliContext): Promise<PoolStore> {
  const { homeStore } = await import('../pool/store.ts');
  return homeStore(await context.findHome(), context.deps, context.lockWaitMs);
}
