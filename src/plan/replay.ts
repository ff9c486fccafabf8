import { findProvider } from '../providers/find-provider.ts';
import type { Change, Row, UseChange } from './change.ts';
import { inOrder } from './order.ts';
import {
  definitionText,
  EMPTY_PROVIDER,
  type EntryView,
  modelText,
  type PoolView,
  type ProviderView,
} from './pool-view.ts';

/** What a pool will look like after some changes, as far as can be told beforehand. */
export function replay(view: PoolView, changes: readonly Change[]): PoolView {
  return changes.reduce(replayChange, view);
}

function replayChange(view: PoolView, change: Change): PoolView {
  switch (change.action) {
    case 'model':
      return { ...view, model: modelText(change.after) };
    case 'move':
    case 'forget':
    case 'adopt':
    case 'blocked':
    case 'unknown':
      return view;
    default: {
      const { provider: id } = change;
      const next = replayProvider(view.providers.get(id) ?? EMPTY_PROVIDER, change);
      return { ...view, providers: new Map(view.providers).set(id, next) };
    }
  }
}

type ProviderChange = Exclude<
  Change,
  {
    readonly action: 'model' | 'move' | 'forget' | 'adopt' | 'blocked' | 'unknown';
  }
>;

function replayProvider(provider: ProviderView, change: ProviderChange): ProviderView {
  const { entries, suppressed } = provider;
  switch (change.action) {
    case 'add':
      return change.source === 'manual'
        ? { ...provider, entries: [...entries, newEntry(change.label, change.baseUrl)] }
        : takeSource(provider, change.source, change.label, 'api_key');
    case 'import': {
      const source = findProvider(change.provider)?.login?.seededSource ?? 'import';
      return takeSource(provider, source, change.label ?? source, 'oauth');
    }
    case 'login':
      if (isSession(change.provider)) return withLogin(provider, change.provider);
      return {
        ...provider,
        entries: [
          ...entries,
          {
            ...newEntry(change.label ?? change.provider, undefined),
            type: 'oauth',
            source: 'login',
          },
        ],
      };
    case 'mcp_login':
      return withLogin(provider, change.server);
    case 'mcp_logout':
      return { ...provider, logins: provider.logins.filter((name) => name !== change.server) };
    case 'relogin':
      if (isSession(change.provider)) return withLogin(provider, change.provider);
      return edit(provider, change.row, (entry) => ({ ...entry, mark: 'logged in again' }));
    case 'rotate':
      return edit(provider, change.row, (entry) => ({
        ...entry,
        id: undefined,
        label: change.label,
        baseUrl: change.baseUrl ?? entry.baseUrl,
      }));
    case 'relabel':
      return edit(provider, change.row, (entry) => ({ ...entry, label: change.label }));
    case 'reorder':
      return { ...provider, entries: inOrder(entries, change) };
    case 'strategy':
      return { ...provider, strategy: change.after };
    case 'use':
      return { ...provider, entries: pin(entries, change) };
    case 'endpoint':
      if (change.row !== undefined) {
        return edit(provider, change.row, (entry) => ({ ...entry, baseUrl: change.after }));
      }
      return {
        ...provider,
        definition: definitionText(change.name ?? change.provider, change.after, change.apiMode),
      };
    case 'undefine':
      return { ...provider, definition: undefined };
    case 'suppress':
      return { ...without(provider, change.row), suppressed: added(suppressed, change.source) };
    case 'unsuppress':
      return { ...provider, suppressed: suppressed.filter((source) => source !== change.source) };
    case 'remove': {
      const rest = without(provider, change.row);
      if (change.cleanup !== 'suppress') return rest;
      return { ...rest, suppressed: added(suppressed, change.row.source) };
    }
    case 'logout':
      return { ...provider, entries: [], logins: [] };
    default:
      return change satisfies never;
  }
}

function isSession(provider: string): boolean {
  return findProvider(provider)?.session === true;
}

/** A login outside the pool; one that is there already is made again. */
function withLogin(provider: ProviderView, name: string): ProviderView {
  const others = provider.logins.filter((each) => each !== name);
  const isThere = others.length < provider.logins.length;
  return { ...provider, logins: [...others, isThere ? `${name}, logged in again` : name] };
}

function newEntry(label: string, baseUrl: string | undefined): EntryView {
  return {
    id: undefined,
    label,
    type: 'api_key',
    source: 'manual',
    baseUrl,
    isPinned: false,
    mark: undefined,
  };
}

/** The entry of a pin may be new by now, and then only its label tells. */
function pin(entries: readonly EntryView[], { label, row }: UseChange): EntryView[] {
  const pinned =
    entries.find(({ id }) => id !== undefined && id === row?.id) ??
    entries.find((entry) => entry.id === undefined && entry.label === label) ??
    entries.find((entry) => entry.label === label);
  return entries.map((entry) => ({ ...entry, isPinned: entry === pinned }));
}

/** The entry of a source under a label: the one that is offered, else a new one. */
function takeSource(
  provider: ProviderView,
  source: string,
  label: string,
  type: EntryView['type'],
): ProviderView {
  const suppressed = provider.suppressed.filter((each) => each !== source);
  const isThere = provider.entries.some((entry) => entry.source === source);
  const entries = isThere
    ? provider.entries.map((entry) => (entry.source === source ? { ...entry, label } : entry))
    : [...provider.entries, { ...newEntry(label, undefined), source, type }];
  return { ...provider, suppressed, entries };
}

function edit(
  provider: ProviderView,
  row: Row | undefined,
  change: (entry: EntryView) => EntryView,
): ProviderView {
  const entries = provider.entries.map((entry) => (entry.id === row?.id ? change(entry) : entry));
  return row === undefined ? provider : { ...provider, entries };
}

function without(provider: ProviderView, row: Row | undefined): ProviderView {
  const entries = provider.entries.filter((entry) => row === undefined || entry.id !== row.id);
  return { ...provider, entries };
}

function added(sources: readonly string[], source: string): readonly string[] {
  return sources.includes(source) ? sources : [...sources, source];
}
