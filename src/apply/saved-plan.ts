import { createSha256 } from '../base/digest.ts';
import { GormesError } from '../base/errors.ts';
import { parseObject } from '../base/json.ts';
import { escapeControls, shellWord } from '../base/text.ts';
import type { Plan } from '../plan/plan.ts';
import type { PoolTexts } from '../plan/render-diff.ts';
import type { Ground } from '../plan/stable.ts';
import type { PlanOptions } from './prepare-plan.ts';

/** A plan in a file, with what tells whether it still holds. No secret: keyed fingerprints at most. */
export interface SavedPlan {
  /** Unix milliseconds. */
  readonly savedAt: number;
  /** Digest of the machine. */
  readonly machine: string;
  /** Directory of the home. */
  readonly home: string;
  /** Makes the key of fingerprints together with the machine, where the home has none. */
  readonly nonce: string;
  /** Names the key of the fingerprints. */
  readonly key: string;
  /** Digest of the ledger. */
  readonly ledger: string;
  /** Path of the main file. */
  readonly declaration: string;
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly options: PlanOptions;
  readonly steps: readonly SavedStep[];
  readonly plan: Plan;
  readonly texts: PoolTexts;
}

/** One change of a saved plan. */
export interface SavedStep {
  readonly action: string;
  readonly address: string;
  readonly ground: Ground;
  /** Fingerprint of the secret that the change stores, where planning looked it up. */
  readonly secret: string | undefined;
}

const FORMAT = 'gormes-plan';
const VERSION = 1;

/** The text of a plan file. */
export function printSavedPlan(saved: SavedPlan): string {
  const { unmanaged } = saved.plan;
  const body = JSON.stringify({
    ...saved,
    plan: { ...saved.plan, unmanaged: Object.fromEntries(unmanaged) },
  });
  const head = { format: FORMAT, format_version: VERSION, sha256: digest(body) };
  return `${JSON.stringify(head)}\n${body}\n`;
}

/** True for a text that begins as plan files do. */
export function isPlanText(text: string): boolean {
  return text.startsWith(`{"format":"${FORMAT}"`);
}

/**
 * A saved plan from its text.
 *
 * @param path for messages
 * @throws `plan_not_understood` for anything but an untouched plan file of our version
 */
export function parseSavedPlan(text: string, path: string): SavedPlan {
  const [first = '', body = ''] = text.split('\n');
  const head = isPlanText(text) ? parseObject(first) : undefined;
  if (head === undefined) throw notAPlan(path);
  if (head.format_version !== VERSION) {
    throw notUnderstood(path, 'is a saved plan of another version of gormes');
  }
  if (head.sha256 !== digest(body)) throw notUnderstood(path, 'is cut short, or was edited');
  // Behind the digest stands what `printSavedPlan` wrote.
  const saved: SavedPlan & { plan: { unmanaged: Record<string, number> } } = JSON.parse(body);
  const unmanaged = new Map(Object.entries(saved.plan.unmanaged));
  return { ...saved, plan: { ...saved.plan, unmanaged } };
}

function digest(text: string): string {
  return createSha256().update(text).digest('hex');
}

function notAPlan(path: string): GormesError {
  const file = escapeControls(path);
  return new GormesError('plan_not_understood', `${file} is no saved plan`, {
    hint: `a declaration is planned or applied with -f: gormes auth plan -f ${shellWord(file)}`,
  });
}

function notUnderstood(path: string, what: string): GormesError {
  return new GormesError('plan_not_understood', `${escapeControls(path)} ${what}`, {
    hint: 'make one: gormes auth plan --out FILE',
  });
}
