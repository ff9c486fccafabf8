import { escapeControls, listOf } from '../../base/text.ts';
import type { ListedEntry, ListedPool } from '../../pool/list-entries.ts';
import { entryNames } from './entry-names.ts';

/** A longer label is not cut. */
const LABEL_WIDTH = 20;

/** Pools as Hermes lists them, to the character (cli-surface §3), ids of equal labels aside. */
export function viewPools(pools: readonly ListedPool[]): string {
  return pools.map((pool) => `${viewPool(pool)}\n\n`).join('');
}

function viewPool({ provider, credentials }: ListedPool): string {
  const nameOf = entryNames(credentials);
  return [
    `${escapeControls(provider)} (${credentials.length} credentials):`,
    ...credentials.map((entry) => viewEntry(entry, nameOf(entry))),
  ].join('\n');
}

function viewEntry(entry: ListedEntry, name: string): string {
  const label = padEnd(name, LABEL_WIDTH);
  const source = escapeControls(entry.source.replace(/^manual:/, ''));
  const status = escapeControls(entry.statusText);
  const where = entry.inherited ? ' (default profile)' : '';
  return `  #${entry.index}  ${label} ${entry.type.padEnd(7)} ${source}${where}${status} ${entry.current ? '← ' : ''}${entry.pinned ? 'pinned' : ''}`.trimEnd();
}

/** Counts characters as Hermes does, which is not as JavaScript does. */
function padEnd(text: string, width: number): string {
  // Where each character is one unit, both count alike.
  if (!/[\ud800-\udbff]/.test(text)) return text.padEnd(width);
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}

/** The notice in place of a list: the next step, and which sources are not imported. */
export function viewNothing(provider: string | undefined, suppressed: readonly string[]): string {
  if (provider === undefined) return 'No credentials yet. Add one: gormes auth add openrouter';
  const shown = escapeControls(provider);
  const line = `No credentials for ${shown}. Add one: gormes auth add ${shown}`;
  if (suppressed.length === 0) return line;
  return `${line}\nSuppressed: ${listOf(suppressed.map(escapeControls))}; adding one lifts that.`;
}

/** JSON form of `auth list`: snake_case, no secret. */
export function poolsToJson(pools: readonly ListedPool[]): object {
  return {
    providers: pools.map(({ provider, strategy, credentials }) => ({
      provider,
      strategy,
      credentials: credentials.map((entry) => ({
        index: entry.index,
        id: entry.id,
        label: entry.label,
        type: entry.type,
        source: entry.source,
        status: entry.status,
        failure: entry.failure ?? null,
        retry_at: isoOrNull(entry.retryAt),
        expires_at: isoOrNull(entry.expiresAt),
        base_url: entry.baseUrl ?? null,
        current: entry.current,
        pinned: entry.pinned,
        inherited: entry.inherited,
      })),
    })),
  };
}

function isoOrNull(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : new Date(unixMs).toISOString();
}
