import { EXIT, GormesError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { Change } from '../plan/change.ts';
import { isLogin } from './apply-logins.ts';
import type { Done } from './handlers/handler.ts';

/** What became of one change of an apply. */
export type Outcome =
  | { readonly state: 'done'; readonly change: Change; readonly done: Done }
  | { readonly state: 'failed'; readonly change: Change; readonly error: GormesError }
  | { readonly state: 'pending'; readonly change: Change; readonly why: string }
  | { readonly state: 'left'; readonly change: Change; readonly why: string };

/** Called after each change, for progress. */
export type OnOutcome = (outcome: Outcome) => void;

/** What became of the changes so far. */
export class Outcomes {
  readonly all: Outcome[] = [];
  readonly #byAddress = new Map<string, Outcome[]>();
  isLocked = false;

  add(outcome: Outcome): void {
    this.all.push(outcome);
    const { address } = outcome.change;
    this.#byAddress.set(address, [...this.at(address), outcome]);
    this.isLocked ||= outcome.state === 'failed' && outcome.error.exitCode === EXIT.locked;
  }

  at(address: string): readonly Outcome[] {
    return this.#byAddress.get(address) ?? [];
  }
}

/** What decides about a change before it is begun. */
interface Circumstances {
  /** What its reference came to. */
  readonly secret: Secret | GormesError | undefined;
  readonly canLogIn: boolean;
  /** Why nothing more is to be begun. */
  readonly stopped: string | undefined;
  /** For commands in hints: the option that names the same declaration, or nothing. */
  readonly file: string;
}

/** An outcome that needs no write: unfulfillable, waiting for a person, or waiting for something that failed. */
export function earlyOutcome(
  change: Change,
  outcomes: Outcomes,
  { secret, canLogIn, stopped, file }: Circumstances,
): Outcome | undefined {
  if (stopped !== undefined) return { state: 'left', change, why: stopped };
  if (change.action === 'unknown') {
    if (!change.unfulfilled) return { state: 'left', change, why: change.detail };
    const { reason, detail, hint } = change;
    const error = new GormesError(reason, detail, hint === undefined ? {} : { hint });
    return { state: 'failed', change, error };
  }
  if (isLogin(change) && !canLogIn) {
    return {
      state: 'pending',
      change,
      why: `finish it with: gormes auth apply --only-logins${file}`,
    };
  }
  const waiting = waitingOutcome(change, outcomes);
  if (waiting !== undefined) return waiting;
  // A rotation's secret says nothing about a pin, a label or an adoption at its address.
  if (secret instanceof GormesError && (change.action === 'add' || change.action === 'rotate')) {
    if (secret.exitCode === EXIT.needsPerson) {
      const next = secret.hint === undefined ? '' : `; ${secret.hint}`;
      return { state: 'pending', change, why: secret.message + next };
    }
    return { state: 'failed', change, error: secret };
  }
  return undefined;
}

/** What became of a change that waits for others: a removal for what replaces it, a pin for what it pins. */
function waitingOutcome(change: Change, outcomes: Outcomes): Outcome | undefined {
  const isRemoval = change.action === 'remove';
  if (!isRemoval && (change.action !== 'use' || change.label === undefined)) return undefined;
  const addresses = isRemoval ? change.waitsFor : [change.address];
  const waiting = addresses.flatMap((address) => outcomes.at(address));
  const what = isRemoval ? 'what replaces it' : 'what it pins';
  if (waiting.some((outcome) => outcome.state === 'pending')) {
    return { state: 'pending', change, why: `waits for ${what}` };
  }
  if (waiting.some((outcome) => outcome.state !== 'done')) {
    return { state: 'left', change, why: `${what} failed` };
  }
  return undefined;
}
