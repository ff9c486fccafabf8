import { escapeControls, plural } from '../base/text.ts';
import { findProvider } from '../providers/find-provider.ts';
import type { Change, Effect, Reason } from './change.ts';

/** One change in words: the columns of a plan's line. Text from files is escaped already. */
export interface Described {
  readonly symbol: '+' | '~' | '±' | '-' | '<' | '>' | '.' | '!' | '?';
  /** Label, or what is changed where it has none. */
  readonly name: string;
  readonly verb: string;
  readonly detail: string;
  readonly reason: string;
  /** Further lines: effects, hints. */
  readonly below: readonly string[];
}

/** The reason as people read it. */
const REASON_TEXT: Partial<Record<Reason, string>> = {
  not_in_pool: 'not in pool',
  not_declared: 'no longer declared',
  declared_absent: 'declared absent',
  unmanaged: 'not declared; unmanaged: remove',
  resurrected: 'removed before, came back',
  secret_rotated: 'secret changed',
  token_dead: 'login is dead',
  token_expired: 'login has run out',
  account_mismatch: 'wrong account',
  client_changed: 'another app (client_id)',
  scopes_changed: 'a scope is missing',
  label_changed: 'label differs',
  pin_changed: 'declared',
  pin_dropped: 'no longer declared',
  source_declared_suppressed: 'declared',
  suppression_dropped: 'no longer declared',
  label_matches: 'same label',
  secret_matches: 'same secret',
  source_matches: 'same source',
  login_matches: 'is logged in',
  not_defined: 'not in config.yaml',
  protected: 'protected',
  entry_gone: 'no longer declared',
  requested: '',
};

function reasonText({ action, reason }: Change): string {
  const isLogout = action === 'logout' || action === 'mcp_logout';
  if (isLogout && reason === 'declared_absent') return 'declared logged out';
  return REASON_TEXT[reason] ?? reason.replaceAll('_', ' ');
}

/** Puts a change into words. Pure; the same for every format that people read. */
export function describeChange(change: Change): Described {
  const name = escapeControls(nameOf(change));
  const reason = reasonText(change);
  const line = (
    symbol: Described['symbol'],
    verb: string,
    detail: string,
    below: readonly string[] = [],
  ): Described => ({
    symbol,
    name,
    verb,
    detail: escapeControls(detail),
    reason,
    below: below.map(escapeControls),
  });
  switch (change.action) {
    case 'add':
      return line(
        '+',
        'add',
        `${change.from ?? 'api key'}${borrowed(change.source)}`,
        originLines(change.provider, change.baseUrl),
      );
    case 'import':
      return line('+', 'import', 'login kept by another program');
    case 'login':
      return line('+', 'log in', `OAuth${change.account ? `, as ${change.account}` : ''}`);
    case 'relogin':
      return line('±', 'log in', `again${change.account ? `, as ${change.account}` : ''}`);
    case 'mcp_login':
      return line('+', 'log in', 'OAuth, browser');
    case 'rotate':
      return line('±', 'rotate', change.from, originLines(change.provider, change.baseUrl));
    case 'relabel':
      return line('~', 'relabel', `"${change.row.label}" → "${change.label}"`);
    case 'reorder':
      return line('~', 'set', change.order.join(', '), [`now ${change.before.join(', ')}`]);
    case 'strategy':
      return line('~', 'set', `${change.before ?? 'fill_first'} → ${change.after}`);
    case 'endpoint':
      return line(
        change.before === undefined ? '+' : '~',
        change.before === undefined ? 'define' : 'endpoint',
        change.before === undefined ? change.after : `${change.before} → ${change.after}`,
        hostChange(change.before, change.after),
      );
    case 'undefine':
      return line('-', 'undefine', `custom provider "${change.name}"`);
    case 'model':
      return line('~', 'set', `${modelText(change.before)} → ${modelText(change.after)}`);
    case 'suppress':
      return line(
        '~',
        'suppress',
        change.row ? `and remove "${change.row.label}"` : 'stop importing it',
        change.row ? effectLines(change.provider, change.effect) : [],
      );
    case 'unsuppress':
      return line('~', 'allow', 'import it again');
    case 'remove':
      return line(
        '-',
        'remove',
        `${change.type === 'oauth' ? 'login' : 'api key'} #${change.row.id}`,
        effectLines(change.provider, change.effect),
      );
    case 'logout':
    case 'mcp_logout':
      return change.reason === 'requested'
        ? line('-', 'log out', 'everything of this provider')
        : line('-', 'log out', 'the stored login', ['nothing is revoked there']);
    case 'adopt': {
      const what = change.row === undefined ? 'the login' : `#${change.row.id}`;
      return line('<', 'adopt', `${what} is managed from now on`);
    }
    case 'move':
      return line('>', 'move', `managed as ${change.to}`);
    case 'forget':
      return line(
        '.',
        'forget',
        change.reason === 'entry_gone' ? 'is gone already' : 'stays, managed no longer',
      );
    case 'use':
      if (change.label === undefined) return line('~', 'unpin', quoted(change.before));
      return line(
        '~',
        'pin',
        change.before === undefined || change.before === change.label
          ? 'used, and no other'
          : `used, and no other; now ${quoted(change.before)}`,
      );
    case 'blocked':
      return line('!', 'blocked', change.detail, [`hint: ${change.hint}`]);
    case 'unknown':
      return line(
        '?',
        'unknown',
        change.detail,
        change.hint === undefined ? [] : [`hint: ${change.hint}`],
      );
    default:
      return change satisfies never;
  }
}

function quoted(label: string | undefined): string {
  return label === undefined ? '' : `"${label}"`;
}

/** What stands in the place of a label for a change of the whole provider. */
const PROVIDER_NAMES: Partial<Record<Change['action'], string>> = {
  endpoint: 'definition',
  undefine: 'definition',
  reorder: 'order',
  strategy: 'strategy',
  use: 'pin',
  model: 'default',
  login: 'login',
  relogin: 'login',
  logout: 'login',
  adopt: 'login',
  forget: 'login',
  blocked: 'login',
  unknown: 'account',
};

function nameOf(change: Change): string {
  const { address, provider } = change;
  if (change.action === 'forget' && provider.startsWith('custom:')) return 'definition';
  if (address === provider) return PROVIDER_NAMES[change.action] ?? provider;
  return address.startsWith(provider) ? address.slice(provider.length + 1) : address;
}

function borrowed(source: string): string {
  return source === 'manual' ? '' : ', stays in its variable';
}

/** A key that goes to another host than the provider's own gets a line of its own (reliability.md T13). */
function originLines(provider: string, baseUrl: string | undefined): string[] {
  const home = findProvider(provider)?.baseUrl;
  if (baseUrl === undefined || !home) return [];
  return hostOf(baseUrl) === hostOf(home)
    ? []
    : [`sent to ${hostOf(baseUrl)}, not to ${hostOf(home)}`];
}

function hostChange(before: string | undefined, after: string): string[] {
  if (before === undefined || hostOf(before) === hostOf(after)) return [];
  return [`credentials go to ${hostOf(after)} from now on, not to ${hostOf(before)}`];
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function effectLines(provider: string, effect: Effect): string[] {
  if (effect.usableAfter > 0) {
    return [`${provider} keeps ${plural(effect.usableAfter, 'usable credential')}`];
  }
  const left = `${provider} is left without a usable credential`;
  return effect.modelUses ? [left, 'and the configured model uses it'] : [left];
}

function modelText(model: {
  readonly provider: string | undefined;
  readonly default: string | undefined;
}): string {
  return [model.provider ?? '(none)', model.default ?? '(none)'].join(' ');
}
