import { inspect } from 'node:util';

/** What stands in place of a secret wherever one is printed by mistake. */
const MARK = '[secret]';

/**
 * A value that must not be printed: string conversion, JSON and `util.inspect` show a mark instead.
 * `reveal()` is the only way out: search for it to review every use.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Only for the store's writer, request headers and bodies, `token`/`exec` output and fingerprints. */
  reveal(): string {
    return this.#value;
  }

  /** True when nothing is held; asks without revealing. */
  get isEmpty(): boolean {
    return this.#value === '';
  }

  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  startsWith(prefix: string): boolean {
    return this.#value.startsWith(prefix);
  }

  toString(): string {
    return MARK;
  }

  toJSON(): string {
    return MARK;
  }

  [inspect.custom](): string {
    return MARK;
  }
}
