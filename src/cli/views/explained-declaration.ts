import type { ExplainedAfter, ExplainedDeclaration } from '../../apply/explain-declared.ts';
import type { Explained } from '../../apply/explain-provider.ts';
import { escapeControls } from '../../base/text.ts';
import { timeText } from '../../base/time-text.ts';
import type { Belonging } from '../../plan/belongings.ts';
import { describeChange } from '../../plan/describe.ts';
import { driftText, driftToJson } from '../../plan/drift.ts';
import { changeToJson } from '../../plan/render-json.ts';
import { entryNames } from './entry-names.ts';
import { nextLabel } from './explained-next.ts';

/** What a declaration says of each credential, what it would change, and who is next then. */
export function declarationLines(
  { entries, nowMs }: Explained,
  declared: ExplainedDeclaration,
  name: string,
): string[] {
  const nameOf = entryNames(entries.map(({ entry }) => entry));
  const rows = entries.flatMap(({ entry }): [string, string][] => {
    const belonging = declared.belongings.get(entry.id);
    return belonging ? [[nameOf(entry), belongingWords(belonging, entry.label)]] : [];
  });
  return ['', `By ${escapeControls(name)}:`, ...table(rows), ...changeLines(declared, nowMs)];
}

function belongingWords(belonging: Belonging, label: string): string {
  switch (belonging.kind) {
    case 'declared': {
      const declared = belonging.address.slice(belonging.address.indexOf('/') + 1);
      const as = declared === label ? 'declared' : `declared as "${escapeControls(declared)}"`;
      return belonging.managed ? as : `${as}, not managed yet`;
    }
    case 'dropped':
      return 'managed, and no longer declared';
    case 'other':
      return `managed by another declaration (${escapeControls(belonging.declaration)})`;
    case 'ignored':
      return 'ignored';
    case 'unmanaged':
      return 'not declared, not managed';
    default:
      return belonging satisfies never;
  }
}

function changeLines(
  { changes, drift, isBlocked, after }: ExplainedDeclaration,
  nowMs: number,
): string[] {
  const when = (at: number): string => timeText(at, nowMs);
  const outside = drift.map((each): [string, string] => [
    escapeControls(each.address),
    escapeControls(driftText(each, when)),
  ]);
  const lines = outside.length === 0 ? [] : ['Changed outside:', ...table(outside)];
  if (after === undefined) return [...lines, 'An apply changes nothing here.'];
  const told = changes.map((change): [string, string] => {
    const { symbol, name, verb, detail, reason } = describeChange(change);
    const because = reason === '' ? '' : ` (${reason})`;
    return [`${symbol} ${name}`, `${verb} ${detail}`.trimEnd() + because];
  });
  return [
    ...lines,
    'An apply would:',
    ...table(told),
    isBlocked ? 'But it is blocked, and does not start: gormes auth plan' : afterLine(after),
  ];
}

function afterLine(after: ExplainedAfter): string {
  const { strategy, pin, entries } = after;
  const how = pin === undefined ? strategy : 'pinned';
  const next = nextLabel(entries);
  if (next !== undefined) return `Then the next request uses "${escapeControls(next)}" (${how}).`;
  const chances = entries.filter(({ place }) => place.kind === 'by_chance');
  if (chances.length === 0) return 'Then the next request gets nothing.';
  return `Then the next request uses one of ${chances.length}, by chance.`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([first]) => [...first].length));
  return rows.map(([first, second]) => {
    const pad = ' '.repeat(width - [...first].length);
    return `  ${first}${pad}  ${second}`;
  });
}

/** JSON of what a declaration has to do with a provider. */
export function declarationToJson(
  { entries }: Explained,
  { belongings, changes, drift, isBlocked, after }: ExplainedDeclaration,
  path: string,
): object {
  return {
    path,
    credentials: entries.flatMap(({ entry: { id, label } }) => {
      const belonging = belongings.get(id);
      return belonging ? [{ id, label, ...belongingToJson(belonging) }] : [];
    }),
    drift: drift.map(driftToJson),
    changes: changes.map(changeToJson),
    blocked: isBlocked,
    after: after === undefined ? null : afterToJson(after),
  };
}

function belongingToJson(belonging: Belonging): object {
  return {
    belongs: belonging.kind,
    address: 'address' in belonging ? belonging.address : null,
    managed: belonging.kind === 'declared' ? belonging.managed : belonging.kind === 'dropped',
  };
}

function afterToJson({ strategy, pin, entries }: ExplainedAfter): object {
  return { strategy, pin: pin ?? null, next: nextLabel(entries) ?? null };
}
