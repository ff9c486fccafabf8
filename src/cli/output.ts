import { escapeJson } from '../base/text.ts';
import type { Streams } from './streams.ts';

/** Where results and notices go: results on stdout, all else on stderr (design §9). */
export interface Output {
  /** The command's result: the value as JSON, or the view's text. Nothing when the text is empty. */
  result<T>(value: T, view: (value: T) => string): void;
  /** Text of a result that is written piece by piece, as it stands; JSON when `isJson`. */
  write(text: string): void;
  /** A line for people: progress, warnings. Not under `--quiet`. */
  notice(line: string): void;
  /** An error, ready to print. */
  problem(text: string): void;
  useJson(on: boolean): void;
  /** `--quiet`: no notices from here on. */
  beQuiet(): void;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** Whether stdout takes colour: a terminal, and neither `NO_COLOR` nor `TERM=dumb`. */
  readonly colour: boolean;
  /** Columns to fill at most. */
  readonly columns: number;
}

/** The widest that we fill, however wide the terminal is (design §6). */
const MAX_COLUMNS = 100;

export function createOutput(
  streams: Streams,
  env: Readonly<Record<string, string | undefined>>,
): Output {
  const isTerminal = streams.isTerminal('stdout');
  let json = false;
  let quiet = false;
  const line = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  return {
    result: (value, view) => {
      const text = json ? escapeJson(JSON.stringify(value, undefined, 2)) : view(value);
      streams.write('stdout', line(text));
    },
    write: (text) => streams.write('stdout', json ? escapeJson(text) : text),
    notice: (text) => {
      if (!quiet) streams.write('stderr', line(text));
    },
    problem: (text) => streams.write('stderr', line(text)),
    useJson: (on) => {
      json = on;
    },
    beQuiet: () => {
      quiet = true;
    },
    get isQuiet() {
      return quiet;
    },
    get isJson() {
      return json;
    },
    colour: isTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    columns: isTerminal
      ? Math.min(streams.stdout.columns || MAX_COLUMNS, MAX_COLUMNS)
      : MAX_COLUMNS,
  };
}
