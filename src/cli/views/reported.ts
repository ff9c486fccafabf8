import type { Reported } from '../../apply/report-credential.ts';
import { escapeControls } from '../../base/text.ts';
import { timeText } from '../../base/time-text.ts';

const WHY: Readonly<Record<NonNullable<Reported['why']>, string>> = {
  upstream: 'a provider behind it is busy, not this credential',
  entitlement: "the account's plan does not allow that; another credential may",
  request: 'the request was refused, not this credential',
};

/** What became of a report, in one line. */
export function viewReported(reported: Reported, nowMs: number): string {
  const { provider, label, outcome, until, why, reason, count } = reported;
  const name = `${provider} "${escapeControls(label)}"`;
  const because = reason === undefined ? '' : ` (${escapeControls(reason)})`;
  const twins = count > 1 ? `, and ${count - 1} more with the same key` : '';
  switch (outcome) {
    case 'ok':
      return `${name} works${twins}.`;
    case 'exhausted': {
      const end = until === undefined ? '' : ` until ${timeText(until, nowMs)}`;
      return `${name} cools down${end}${because}${twins}.`;
    }
    case 'dead':
      return `${name} is dead${because}${twins}.`;
    case 'refreshed':
      return `${name} was refused and has been refreshed.`;
    case 'unchanged':
      return `${name} stays as it is: ${why === undefined ? 'nothing to note' : WHY[why]}.`;
    default:
      return outcome satisfies never;
  }
}

/** JSON of `auth report`. */
export function reportedToJson(reported: Reported): object {
  const { provider, id, label, outcome, why, reason, until, count } = reported;
  return {
    provider,
    id,
    label,
    outcome,
    why: why ?? null,
    reason: reason ?? null,
    until: until === undefined ? null : new Date(until).toISOString(),
    marked: count,
  };
}
