import { escapeControls } from '../base/text.ts';
import type { Ledger } from '../pool/ledger.ts';
import type { Live } from '../pool/live.ts';
import { pinnedEntry } from '../pool/pins.ts';
import { findProvider } from '../providers/find-provider.ts';
import { liveLogins } from './sessions.ts';

/** A pool without its secrets and without what Hermes changes by itself: what `--diff` compares. */
export interface PoolView {
  readonly model: string;
  /** By id, in plain string order. */
  readonly providers: ReadonlyMap<string, ProviderView>;
}

export interface ProviderView {
  /** Definition of a custom provider. */
  readonly definition: string | undefined;
  readonly strategy: string | undefined;
  readonly suppressed: readonly string[];
  /** Logins outside the pool: of the provider itself, or of MCP servers by name. */
  readonly logins: readonly string[];
  /** Best first. */
  readonly entries: readonly EntryView[];
}

export interface EntryView {
  /** Undefined for an entry that the plan makes. */
  readonly id: string | undefined;
  readonly label: string;
  readonly type: string;
  readonly source: string;
  /** Only where it is not the provider's own. */
  readonly baseUrl: string | undefined;
  /** Used, and no other of its provider. */
  readonly isPinned: boolean;
  /** What happens to the login, where nothing else shows. */
  readonly mark: string | undefined;
}

export const EMPTY_PROVIDER: ProviderView = {
  definition: undefined,
  strategy: undefined,
  suppressed: [],
  logins: [],
  entries: [],
};

/** The view of what is live, with the pins of the ledger. */
export function viewLive(live: Live, pins: Ledger['pins']): PoolView {
  const logins = liveLogins(live);
  const ids = new Set([
    ...live.entries.keys(),
    ...live.strategies.keys(),
    ...live.suppressed.keys(),
    ...live.customs.map((custom) => custom.id),
    ...logins.map(({ provider }) => provider),
  ]);
  const providers = new Map<string, ProviderView>();
  for (const id of ids) {
    const custom = live.customs.find((candidate) => candidate.id === id);
    const home = custom?.baseUrl ?? findProvider(id)?.baseUrl;
    const entries = live.entries.get(id) ?? [];
    const pinned = pinnedEntry(entries, pins.get(id));
    providers.set(id, {
      definition: custom && definitionText(custom.name, custom.baseUrl, custom.apiMode),
      strategy: live.strategies.get(id),
      suppressed: live.suppressed.get(id) ?? [],
      logins: logins.flatMap(({ provider, server }) => (provider === id ? [server ?? id] : [])),
      entries: entries.map((entry) => ({
        id: entry.id,
        label: entry.label,
        type: entry.type,
        source: entry.source,
        baseUrl: entry.baseUrl === home ? undefined : entry.baseUrl,
        isPinned: entry === pinned,
        mark: undefined,
      })),
    });
  }
  return { model: modelText(live.model), providers };
}

export function definitionText(name: string, baseUrl: string, apiMode: string | undefined): string {
  return [name, baseUrl, apiMode].filter((part) => part !== undefined).join(', ');
}

export function modelText(model: {
  readonly provider: string | undefined;
  readonly default: string | undefined;
}): string {
  return [model.provider, model.default].filter((part) => part !== undefined).join(' ');
}

/** One line for each fact, so that a line diff shows facts; ends in a line break. */
export function printView(view: PoolView): string {
  const lines: string[] = [];
  if (view.model !== '') lines.push(`model: ${view.model}`);
  const ids = [...view.providers.keys()].sort((a, b) => (a < b ? -1 : 1));
  for (const id of ids) {
    const provider = view.providers.get(id);
    if (provider === undefined || isNothing(provider)) continue;
    lines.push(`${id}:`);
    if (provider.definition !== undefined) lines.push(`  definition: ${provider.definition}`);
    if (provider.strategy !== undefined) lines.push(`  strategy: ${provider.strategy}`);
    for (const source of provider.suppressed) lines.push(`  suppressed: ${source}`);
    for (const login of provider.logins) lines.push(`  login: ${login}`);
    for (const entry of provider.entries) lines.push(`  credential: ${entryText(entry)}`);
  }
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

function entryText({ id, label, type, source, baseUrl, isPinned, mark }: EntryView): string {
  const pin = isPinned ? 'pinned' : undefined;
  const facts = [type === 'oauth' ? 'login' : 'api key', source, baseUrl, pin, mark];
  const name = id === undefined ? 'new' : `#${id}`;
  return `${label}  ${name}  ${facts.filter((fact) => fact !== undefined).join(', ')}`;
}

function isNothing(provider: ProviderView): boolean {
  const { definition, strategy, suppressed, logins, entries } = provider;
  return (
    definition === undefined &&
    strategy === undefined &&
    suppressed.length === 0 &&
    logins.length === 0 &&
    entries.length === 0
  );
}
