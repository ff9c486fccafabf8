import type { Checked } from '../../apply/check-credentials.ts';
import { groupBy } from '../../base/group-by.ts';
import { escapeControls, plural } from '../../base/text.ts';
import { timeText } from '../../base/time-text.ts';
import type { Need } from '../../pool/forecast.ts';
import type { Verdict } from '../../pool/judge-check.ts';
import { entryNames } from './entry-names.ts';

export interface CheckShown {
  readonly results: readonly Checked[];
  /** As it was typed; undefined without a forecast. */
  readonly within: string | undefined;
}

const WORDS: Readonly<Record<Verdict, string>> = {
  valid: 'valid',
  invalid: 'invalid',
  limited: 'limited',
  unknown: 'unknown',
  not_checkable: 'not checkable',
};

/** One line a credential under its provider, then a count, then what needs a person. */
export function viewChecked({ results, within }: CheckShown, nowMs: number): string {
  if (results.length === 0) return 'No credentials to check.';
  const blocks = [...groupBy(results, ({ provider }) => provider)].map(([provider, rows]) => ({
    provider,
    rows: rows.map((row) => ({ row, name: nameOf(row, rows) })),
  }));
  const names = blocks.flatMap(({ rows }) => rows.map(({ name }) => [...name].length));
  const width = Math.max(...names);
  const counts = Object.entries(WORDS).flatMap(([verdict, word]) => {
    const count = results.filter((result) => result.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  const lines = [
    ...blocks.flatMap(({ provider, rows }) => [
      escapeControls(provider),
      ...rows.map(({ row, name }) => lineOf(row, name, width, nowMs)),
    ]),
    '',
    `${plural(results.length, 'credential')}: ${counts.join(', ')}.`,
  ];
  if (within !== undefined) lines.push(...needLines(results, within, nowMs));
  return lines.join('\n');
}

function lineOf(result: Checked, name: string, width: number, nowMs: number): string {
  const pad = ' '.repeat(Math.max(0, width - [...name].length));
  return `  ${name}${pad}  ${WORDS[result.verdict].padEnd(13)}  ${factsOf(result, nowMs)}`.trimEnd();
}

/** @param rows all of its provider */
function nameOf({ id, label, type }: Checked, rows: readonly Checked[]): string {
  if (label === undefined) return type === undefined ? '-' : '(login)';
  const entries = rows.map((row) => ({ id: row.id ?? '', label: row.label ?? '' }));
  return entryNames(entries)({ id: id ?? '', label });
}

function factsOf(result: Checked, nowMs: number): string {
  const { detail, account, credit, expiresAt, resetAt, refreshes, status, verdict } = result;
  const facts = [detail, account === undefined ? undefined : `as ${account}`];
  if (credit !== undefined) {
    facts.push(
      credit.limit === undefined
        ? `${plural(credit.used, 'credit')} used`
        : `${round(credit.limit - credit.used)} of ${plural(credit.limit, 'credit')} left`,
    );
  }
  if (resetAt !== undefined) facts.push(`until ${timeText(resetAt, nowMs)}`);
  if (expiresAt !== undefined && verdict !== 'invalid' && !refreshes)
    facts.push(`ends ${timeText(expiresAt, nowMs)}`);
  if (status === 'dead' && verdict === 'valid')
    facts.push(`marked dead: gormes auth reset ${result.provider}`);
  return facts
    .filter((fact) => fact !== undefined)
    .map(escapeControls)
    .join(', ');
}

const NEEDS: Readonly<Record<Need['what'], string>> = {
  login: 'a login',
  new_key: 'a new key',
  credit: 'credit',
};

function needLines(results: readonly Checked[], within: string, nowMs: number): string[] {
  const lines = results.flatMap(({ provider, label, need }) => {
    if (need === undefined) return [];
    const name = label === undefined ? provider : `${provider}/${label}`;
    return [`  ${escapeControls(name)}  ${NEEDS[need.what]}, ${timeText(need.at, nowMs)}`];
  });
  const unasked = results.filter(({ verdict }) => verdict === 'unknown').length;
  if (lines.length === 0) {
    const known = unasked === 0 ? '' : `, as far as is known: ${unasked} could not be asked`;
    return [`Nothing needs a person within ${within}${known}.`];
  }
  return [`Needs a person within ${within}:`, ...lines];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** JSON of `auth check`; no secret. */
export function checkedToJson({ results, within }: CheckShown): object {
  return {
    within: within ?? null,
    results: results.map((result) => ({
      provider: result.provider,
      id: result.id ?? null,
      label: result.label ?? null,
      type: result.type ?? null,
      verdict: result.verdict,
      detail: result.detail ?? null,
      account: result.account ?? null,
      credit:
        result.credit === undefined
          ? null
          : {
              used: result.credit.used,
              limit: result.credit.limit ?? null,
            },
      reset_at: isoOrNull(result.resetAt),
      expires_at: isoOrNull(result.expiresAt),
      refreshes: result.refreshes,
      status: result.status ?? null,
      needs:
        result.need === undefined
          ? null
          : { what: result.need.what, at: isoOrNull(result.need.at) },
    })),
  };
}

function isoOrNull(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : new Date(unixMs).toISOString();
}
