import type { ListedPool } from '../../pool/list-entries.ts';
import { viewPools } from './pool.ts';

const RULE = '='.repeat(50);

/**
 * The summary of bare `auth`, to the character (cli-surface §8).
 *
 * @param more further blocks, such as the AWS identity; each ends in an empty line like a pool's
 */
export function viewSummary(pools: readonly ListedPool[], more: string): string {
  return `Credential Pool Status\n${RULE}\n${viewPools(pools)}${more}`;
}
