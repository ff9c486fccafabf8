import { hasControls } from '../../src/base/text.ts';
import { CANARY } from '../faults/hostile-text.ts';
import { findCanaries } from './canaries.ts';

/** A promise that an input broke. */
export class Broken extends Error {}

export function insist(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Broken(promise);
}

/** What a person would see must be printable, and must not hold the key. */
export function checkShown(text: string, input: Buffer): void {
  for (const line of text.split('\n')) insist(!hasControls(line), 'a raw control character');
  // A part of a key that a mutation broke off is none any more.
  const rest = input.toString('latin1').replaceAll(CANARY.text, '');
  if (findCanaries(rest, [CANARY]).length > 0) return;
  insist(findCanaries(text, [CANARY]).length === 0, 'a leak');
}
