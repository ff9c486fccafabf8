import type { ListedPool } from '../../pool/list-entries.ts';
import { viewPools } from './pool.ts';

const RULE = '='.repeat(50);

/** The summary of bare `auth`, to the character (cli-surface §8). */
export function viewSummary(pools: readonly ListedPool[]): string {
  return `Credential Pool Status\n${RULE}\n${viewPools(pools)}`;
}
