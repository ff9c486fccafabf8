import { EXIT, GormesError } from '../base/errors.ts';
import { escapeControls, listOf, plural } from '../base/text.ts';
import { timeText } from '../base/time-text.ts';
import type { Choice, StandingEntry } from '../pool/choose.ts';
import type { Entry } from '../pool/entry.ts';
import type { PoolProvider } from './find-pool-provider.ts';

/**
 * Why nothing of a provider can be used now. Exit 1 for what passes by itself or is not there, 5 for
 * what only a person can mend.
 */
export function noneUsable(provider: PoolProvider, choice: Choice, nowMs: number): GormesError {
  const { id } = provider;
  const { pinned } = choice;
  if (pinned !== undefined) {
    const found = choice.entries.find(({ entry }) => entry === pinned);
    if (found !== undefined) return oneNotUsable(found, nowMs, ' (pinned)');
  }
  if (choice.entries.length === 0) return noCredentials(provider);
  const [first] = choice.entries;
  if (choice.entries.length === 1 && first !== undefined) return oneNotUsable(first, nowMs, '');
  const all = plural(choice.entries.length, `${id} credential`);
  const ends = choice.entries.flatMap(({ standing }) =>
    standing.state === 'cooling' ? [standing.until] : [],
  );
  if (ends.length > 0) {
    const soonest = timeText(Math.min(...ends), nowMs);
    const words =
      ends.length === choice.entries.length
        ? `all ${all} are cooling down; the first is free at ${soonest}`
        : `none of ${all} is usable; the first that cools down is free at ${soonest}`;
    return new GormesError('all_cooling', words, { hint: `gormes auth explain ${id}` });
  }
  const needsPerson = choice.entries.some(({ standing: { state } }) => isOver(state));
  if (needsPerson) {
    return new GormesError('all_dead', `none of ${all} works any more`, {
      exitCode: EXIT.needsPerson,
      hint: renewHint(choice.entries.map(({ entry }) => entry)),
    });
  }
  const names = listOf(choice.entries.map(({ entry }) => sourceName(entry)));
  return new GormesError('source_not_set', `no ${id} credential is there: ${names} are not set`, {
    hint: `gormes auth add ${id}`,
  });
}

/** Why one entry can't be used; for a pin, and for `--label`. */
export function oneNotUsable(
  { entry, standing }: StandingEntry,
  nowMs: number,
  remark: string,
): GormesError {
  const { provider } = entry;
  const name = `${provider} "${escapeControls(entry.label)}"${remark}`;
  switch (standing.state) {
    case 'cooling':
      return new GormesError(
        'credential_cooling',
        `${name} is cooling down until ${timeText(standing.until, nowMs)}`,
        {
          hint:
            remark === ''
              ? `gormes auth explain ${provider}`
              : `to use another one: gormes auth use ${provider} --auto`,
        },
      );
    case 'dead':
    case 'expired': {
      const what = standing.state === 'dead' ? `is dead${reasonOf(entry)}` : 'has run out';
      return new GormesError('credential_dead', `${name} ${what}`, {
        exitCode: EXIT.needsPerson,
        hint: renewHint([entry]),
      });
    }
    case 'empty':
      return new GormesError(
        'source_not_set',
        `${name} is empty: ${sourceName(entry)} is not set`,
        {
          hint: entry.source.startsWith('env:')
            ? `set it in the environment or in the home's .env, or: gormes auth add ${provider}`
            : `gormes auth add ${provider}`,
        },
      );
    case 'available':
      throw new Error(`${provider} has a usable entry that was not used`);
    default:
      return standing satisfies never;
  }
}

function isOver(state: string): boolean {
  return state === 'dead' || state === 'expired';
}

function reasonOf({ errorReason }: Entry): string {
  return errorReason === undefined ? '' : ` (${escapeControls(errorReason)})`;
}

/** What would have to be there. */
export function sourceName({ source }: Pick<Entry, 'source'>): string {
  return escapeControls(source.startsWith('env:') ? source.slice('env:'.length) : source);
}

function renewHint(entries: readonly Entry[]): string {
  const [entry] = entries;
  if (entry === undefined) return 'gormes auth list';
  const login = entries.some(({ type }) => type === 'oauth');
  return login
    ? `log in again: gormes auth add ${entry.provider} --type oauth`
    : `add a new key: gormes auth add ${entry.provider} --type api-key`;
}

function noCredentials({ id, row }: PoolProvider): GormesError {
  const refusal = row?.refuses?.add;
  if (refusal !== undefined) {
    return new GormesError('no_pool', refusal.reason, { hint: refusal.hint });
  }
  const variables = row?.keyEnv ?? [];
  const [variable] = variables;
  return new GormesError('no_credentials', `there is no ${id} credential in the pool`, {
    hint: `gormes auth add ${id}${variable === undefined ? '' : `, or set ${variable}`}`,
  });
}
