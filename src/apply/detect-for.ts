import type { Deps } from '../base/deps.ts';
import type { Secret } from '../base/secret.ts';
import type { Change } from '../plan/change.ts';
import type { DetectedEndpoint } from '../providers/cached-endpoint.ts';
import { detectEndpoint } from '../providers/detect-endpoint.ts';
import { findProvider } from '../providers/find-provider.ts';

/**
 * Finds out which endpoint of a provider takes a new key, where that is a question (Z.AI). Asks the
 * network, before any lock is taken; undefined when there is nothing to ask or nobody answered.
 */
export async function detectFor(
  deps: Pick<Deps, 'http' | 'signal' | 'notice'>,
  change: Change,
  secret: Secret | undefined,
): Promise<DetectedEndpoint | undefined> {
  if ((change.action !== 'add' && change.action !== 'rotate') || secret === undefined)
    return undefined;
  if (change.baseUrl !== undefined) return undefined;
  const row = findProvider(change.provider);
  if (row?.endpoints === undefined) return undefined;
  deps.notice(`Asking ${row.name} which of its ${row.endpoints.length} endpoints takes this key…`);
  const problems: string[] = [];
  const found = await detectEndpoint(deps, row, secret, deps.signal, ({ message }) => {
    problems.push(message);
  });
  const [problem] = problems;
  const why = problem === undefined ? '' : ` (${problem})`;
  if (found === undefined) deps.notice(`None answered with this key${why}; using ${row.baseUrl}`);
  return found;
}
