import type { ApplyResult } from '../../apply/apply-plan.ts';
import type { Outcome } from '../../apply/outcomes.ts';
import { escapeControls, plural } from '../../base/text.ts';
import { timeText } from '../../base/time-text.ts';
import { describeChange } from '../../plan/describe.ts';
import { driftText } from '../../plan/drift.ts';
import { isEmpty } from '../../plan/plan.ts';
import { changeToJson } from '../../plan/render-json.ts';

/** One line of an apply's progress; empty for what is only a note. */
export function viewOutcome(outcome: Outcome): string {
  const { change } = outcome;
  const { verb: plain, symbol, detail } = describeChange(change);
  // Set what? What is set has no address of its own.
  const verb = plain === 'set' ? `set ${escapeControls(detail)}` : plain;
  const address = escapeControls(change.address);
  switch (outcome.state) {
    case 'done':
      return `  ✓ ${symbol} ${address}  ${verb}`;
    case 'failed':
      return `  ✗ ${symbol} ${address}  ${verb}: ${escapeControls(outcome.error.message)} [${outcome.error.code}]`;
    case 'pending':
      return `  … ${symbol} ${address}  ${verb}: ${escapeControls(outcome.why)}`;
    case 'left':
      return change.action === 'unknown'
        ? ''
        : `  · ${symbol} ${address}  ${verb}: ${escapeControls(outcome.why)}`;
    default:
      return outcome satisfies never;
  }
}

/** How an apply ended: done, failed, what is left and what to do. */
export function viewApplied(
  { outcomes, after, interrupted, file }: ApplyResult,
  nowMs: number,
): string {
  const count = (state: Outcome['state']): number =>
    outcomes.filter((outcome) => outcome.state === state && outcome.change.action !== 'unknown')
      .length;
  const failed = outcomes.filter((outcome) => outcome.state === 'failed').length;
  const lines: string[] = [];
  const pending = count('pending');
  if (isEmpty(after)) {
    lines.push(`Apply complete: ${plural(count('done'), 'change')} made. The home is as declared.`);
  } else {
    const parts = [`${count('done')} done`];
    if (failed > 0) parts.push(`${failed} failed`);
    if (pending > 0) parts.push(`${pending} pending`);
    if (count('left') > 0) parts.push(`${count('left')} left`);
    lines.push(`Apply ${interrupted ? 'interrupted' : 'incomplete'}: ${parts.join(', ')}.`);
  }
  for (const drift of after.drift) {
    const what = driftText(drift, (at) => timeText(at, nowMs));
    lines.push(`Changed meanwhile: ${escapeControls(drift.address)} ${escapeControls(what)}`);
  }
  for (const outcome of outcomes) {
    if (outcome.state === 'failed' && outcome.error.hint)
      lines.push(`hint: ${escapeControls(outcome.error.hint)}`);
  }
  // What is pending has said so itself.
  if (!isEmpty(after) && (pending === 0 || failed + count('left') > 0))
    lines.push(`hint: gormes auth plan${file} shows what is left`);
  return lines.join('\n');
}

/** One event of `apply --json`, one a line. */
export function outcomeToJson(outcome: Outcome): object {
  const base = { event: outcome.state, change: changeToJson(outcome.change) };
  switch (outcome.state) {
    case 'done':
      return { ...base, entry: outcome.done.entry ?? null };
    case 'failed':
      return { ...base, error: { code: outcome.error.code, message: outcome.error.message } };
    case 'pending':
    case 'left':
      return { ...base, why: outcome.why };
    default:
      return outcome satisfies never;
  }
}
