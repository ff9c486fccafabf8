import { clearScreenDown, moveCursor } from 'node:readline';
import type { Clock } from '../../base/deps.ts';
import { escapeControls } from '../../base/text.ts';
import type { Streams } from '../streams.ts';

/** One login by device code that is waiting for its person. */
export interface WaitingLogin {
  readonly address: string;
  readonly url: string;
  readonly userCode: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

const TICK_MS = 1000;

/**
 * The logins under way, drawn again every second with the time that is left. Rules: it lives on
 * stderr, below everything else; `around` takes it away while other text is printed; without a
 * terminal each login is one line, printed once.
 */
export class LoginTable {
  readonly #streams: Pick<Streams, 'hold'>;
  readonly #stream: NodeJS.WriteStream;
  #release: (() => void) | undefined;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #rows = new Map<string, WaitingLogin>();
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(streams: Pick<Streams, 'stderr' | 'hold'>, clock: Pick<Clock, 'now'>) {
    this.#stream = streams.stderr;
    this.#streams = streams;
    this.#clock = clock;
  }

  add(login: WaitingLogin): void {
    if (!this.#stream.isTTY) {
      this.#stream.write(
        `${login.address}: open ${escapeControls(login.url)} and enter ${escapeControls(login.userCode)}\n`,
      );
      return;
    }
    this.#release ??= this.#streams.hold();
    this.around(() => this.#rows.set(login.address, login));
    this.#timer ??= setInterval(() => this.around(() => {}), TICK_MS);
  }

  remove(address: string): void {
    this.around(() => this.#rows.delete(address));
    if (this.#rows.size > 0) return;
    this.#release?.();
    this.#release = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  clear(): void {
    for (const address of [...this.#rows.keys()]) this.remove(address);
  }

  /** Prints something above the table. */
  around(print: () => void): void {
    this.#erase();
    print();
    this.#draw();
  }

  #erase(): void {
    if (this.#drawn === 0) return;
    moveCursor(this.#stream, -1000, -this.#drawn);
    clearScreenDown(this.#stream);
    this.#drawn = 0;
  }

  #draw(): void {
    if (this.#rows.size === 0) return;
    const rows = [...this.#rows.values()];
    const width = Math.max(...rows.map((row) => row.address.length));
    const lines = rows.flatMap((row) => [
      `  ${escapeControls(row.address).padEnd(width)}  enter ${escapeControls(row.userCode)}  ${this.#left(row)}`,
      `  ${' '.repeat(width)}  at ${escapeControls(row.url)}`,
    ]);
    const columns = this.#stream.columns || 80;
    this.#stream.write(
      `${['Waiting for you in a browser (Ctrl-C ends it):', ...lines].join('\n')}\n`,
    );
    // A line that is wider than the terminal takes several rows.
    this.#drawn =
      1 + lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
  }

  #left(row: WaitingLogin): string {
    const seconds = Math.max(0, Math.ceil((row.expiresAt - this.#clock.now()) / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`;
  }
}
