import type { Used } from '../../apply/use-credential.ts';
import { escapeControls } from '../../base/text.ts';
import { timeText } from '../../base/time-text.ts';

export function viewUsed({ provider, pinned, before }: Used): string {
  if (pinned !== undefined)
    return `${provider} uses "${escapeControls(pinned.label)}" and no other.`;
  return before === undefined
    ? `${provider} had no pin.`
    : `${provider} follows its strategy again; "${escapeControls(before)}" is no longer pinned.`;
}

/** What to know at once: a pin on something that can't be used now, or against a declaration. */
export function usedNotes({ standing, declared }: Used, nowMs: number): string[] {
  if (declared === undefined) return standingNotes(standing, nowMs);
  const name = escapeControls(declared.declaration);
  const label = escapeControls(declared.label);
  return [
    ...standingNotes(standing, nowMs),
    `Note: the declaration ${name} pins "${label}"; its next apply puts that back.`,
  ];
}

function standingNotes(standing: Used['standing'], nowMs: number): string[] {
  switch (standing?.state) {
    case 'cooling':
      return [`Note: it is cooling down until ${timeText(standing.until, nowMs)}.`];
    case 'dead':
      return ['Note: it is dead.'];
    case 'expired':
      return ['Note: its login has run out.'];
    case 'empty':
      return ['Note: what it comes from is not set here.'];
    default:
      return [];
  }
}

/** JSON of `auth use`. */
export function usedToJson({ provider, pinned, before, standing, declared }: Used): object {
  return {
    provider,
    pinned: pinned ?? null,
    before: before ?? null,
    state: standing?.state ?? null,
    declared: declared?.label ?? null,
  };
}
