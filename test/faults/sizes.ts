import { randomBytes } from 'node:crypto';

const LONG = process.env.GORMES_FAULTS === 'long';

/** Many runs of the program each; these limits only end a hang. */
export const LIMIT_MS = LONG ? 4 * 3_600_000 : 300_000;

/** How much of something: the small number in each run of CI, the large one in `test:faults:long`. */
export function sized(small: number, long: number): number {
  return LONG ? long : small;
}

/** A promise of docs/explanation/security.md as this run measured it. */
export function figure(text: string): void {
  console.log(`figure: ${text}`);
}

/** The seed of a random test: `GORMES_SEED`, else a fresh one. Print it with the figure. */
export function chooseSeed(): number {
  const given = process.env.GORMES_SEED;
  return given === undefined ? randomBytes(4).readUInt32LE() : Number(given) >>> 0;
}

/** Random numbers that a seed repeats (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}
