import type { Live, LiveEntry } from '../pool/live.ts';
import type { Change } from './change.ts';
import { entriesOf } from './context.ts';
import { definitionText, modelText } from './pool-view.ts';
import { liveLogins } from './sessions.ts';

/** What of an entry only a person or an apply changes (design §16): no status, counter or priority. */
export interface StableRow {
  readonly id: string;
  readonly label: string;
  readonly type: string;
  readonly source: string;
  readonly baseUrl: string | undefined;
  /** Of an API key; the token of a login is renewed all the time. */
  readonly fingerprint: string | undefined;
  /** Of a login. */
  readonly account: string | undefined;
}

/** What a change rests on: when it differs, the change was made for something else. */
export interface Ground {
  /** In the order of ids. */
  readonly rows: readonly StableRow[];
  /** What it changes besides entries, as text; undefined where it changes entries alone. */
  readonly setting: string | undefined;
}

/** The ground of a change in a home as it is. */
export function groundOf(live: Live, change: Change): Ground {
  const entries = entriesOf(live, change.provider).filter((entry) => isTouched(entry, change));
  const rows = entries.map(stableRow).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { rows, setting: settingOf(live, change) };
}

/** What moved between two grounds, in words; empty when nothing did. */
export function movedBetween(before: Ground, now: Ground): string[] {
  const moved: string[] = [];
  for (const row of before.rows) {
    const same = now.rows.find((each) => each.id === row.id);
    if (same === undefined) moved.push(`entry #${row.id} is gone`);
    else
      moved.push(
        ...FIELDS.filter((field) => row[field] !== same[field]).map(
          (field) => `${WORDS[field]} of entry #${row.id} changed`,
        ),
      );
  }
  for (const row of now.rows) {
    if (before.rows.every((each) => each.id !== row.id)) moved.push(`entry #${row.id} is new`);
  }
  if (before.setting !== now.setting) moved.push('what it sets was set otherwise');
  return moved;
}

const WORDS = {
  label: 'the label',
  type: 'the type',
  source: 'the source',
  baseUrl: 'the endpoint',
  fingerprint: 'the secret',
  account: 'the account',
} as const;
const FIELDS = ['label', 'type', 'source', 'baseUrl', 'fingerprint', 'account'] as const;

function isTouched(entry: LiveEntry, change: Change): boolean {
  switch (change.action) {
    case 'reorder':
      return true;
    case 'add':
      return (
        entry.label === change.label ||
        (change.source !== 'manual' && entry.source === change.source)
      );
    case 'login':
    case 'import':
      return entry.label === change.label;
    case 'use':
      return change.row === undefined ? entry.label === change.label : entry.id === change.row.id;
    default:
      return 'row' in change && change.row !== undefined && entry.id === change.row.id;
  }
}

function stableRow(entry: LiveEntry): StableRow {
  const isLogin = entry.type === 'oauth';
  return {
    id: entry.id,
    label: entry.label,
    type: entry.type,
    source: entry.source,
    baseUrl: entry.baseUrl,
    fingerprint: isLogin ? undefined : entry.fingerprint,
    account: isLogin ? entry.account : undefined,
  };
}

function settingOf(live: Live, change: Change): string | undefined {
  switch (change.action) {
    case 'strategy':
      return live.strategies.get(change.provider) ?? '';
    case 'model':
      return modelText(live.model);
    case 'suppress':
    case 'unsuppress':
      return String(live.suppressed.get(change.provider)?.includes(change.source) ?? false);
    case 'endpoint':
    case 'undefine': {
      const custom = live.customs.find(({ id }) => id === change.provider);
      return custom && definitionText(custom.name, custom.baseUrl, custom.apiMode);
    }
    case 'mcp_login':
    case 'mcp_logout':
    case 'logout':
      return sessionText(live, change.address);
    case 'login':
    case 'relogin':
    case 'adopt':
      return change.row === undefined ? sessionText(live, change.address) : undefined;
    default:
      return undefined;
  }
}

/** Which login outside the pool stands at an address: a refresh does not change it. */
function sessionText(live: Live, address: string): string | undefined {
  const login = liveLogins(live).find((each) => each.address === address);
  return login && `logged in ${login.client ?? ''}`;
}
