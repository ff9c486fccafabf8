/**
 * What a person sees: a small terminal that keeps lines of cells and obeys what prompts send (cursor
 * movement, erasing, line ends, wrapping at the right edge). Everything that scrolled away is kept.
 * A sequence that it does not know is an error: the picture would be wrong.
 */
export class Screen {
  readonly #columns: number;
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  #pending = '';

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** All lines, without spaces at their ends. */
  get text(): string {
    return this.#lines.map((cells) => cells.join('').trimEnd()).join('\n');
  }

  write(data: string): void {
    let rest = this.#pending + data;
    this.#pending = '';
    while (rest !== '') {
      const sequence = SEQUENCE.exec(rest)?.[0];
      if (sequence === undefined && rest.startsWith('\x1b')) {
        this.#pending = rest; // the other half comes with the next piece
        return;
      }
      const [char = ''] = rest;
      if (sequence === undefined) this.#put(char);
      else this.#obey(sequence);
      rest = rest.slice((sequence ?? char).length);
    }
  }

  #put(char: string): void {
    if (char === '\n') this.#moveTo(this.#row + 1, this.#column);
    else if (char === '\r') this.#column = 0;
    else if (char === '\b') this.#column = Math.max(0, this.#column - 1);
    else if (char === '\x07') return;
    else {
      if (this.#column >= this.#columns) this.#moveTo(this.#row + 1, 0);
      const line = this.#line();
      while (line.length < this.#column) line.push(' ');
      line[this.#column] = char;
      this.#column++;
    }
  }

  #obey(sequence: string): void {
    const verb = sequence.at(-1) ?? '';
    const count = Number(/\d+/.exec(sequence)?.[0] ?? 1);
    if (sequence.includes('?') || verb === 'm') return; // modes and colours
    if (verb === 'A') this.#moveTo(Math.max(0, this.#row - count), this.#column);
    else if (verb === 'B') this.#moveTo(this.#row + count, this.#column);
    else if (verb === 'C') this.#column = Math.min(this.#columns - 1, this.#column + count);
    else if (verb === 'D') this.#column = Math.max(0, this.#column - count);
    else if (verb === 'G') this.#column = count - 1;
    else if (verb === 'J') this.#eraseBelow();
    else if (verb === 'K') this.#eraseLine(/\d/.test(sequence) ? count : 0);
    else throw new Error(`the screen does not know ${JSON.stringify(sequence)}`);
  }

  #eraseBelow(): void {
    this.#line().length = Math.min(this.#line().length, this.#column);
    this.#lines.length = this.#row + 1;
  }

  #eraseLine(part: number): void {
    const line = this.#line();
    if (part === 0) line.length = Math.min(line.length, this.#column);
    else if (part === 2) line.length = 0;
    else line.fill(' ', 0, this.#column + 1);
  }

  #moveTo(row: number, column: number): void {
    while (this.#lines.length <= row) this.#lines.push([]);
    this.#row = row;
    this.#column = column;
  }

  #line(): string[] {
    let line = this.#lines[this.#row];
    if (line === undefined) {
      line = [];
      this.#lines[this.#row] = line;
    }
    return line;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are the subject
const SEQUENCE = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78])/;
