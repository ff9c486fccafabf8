import { escapeJson } from '../base/text.ts';
import { wrapLines } from '../base/wrap.ts';
import type { Streams } from './streams.ts';

/** Where results and notices go: results on stdout, all else on stderr (design §9). */
export interface Output {
  /** The command's result: the value as JSON, or the view's text. Nothing when the text is empty. */
  result<T>(value: T, view: (value: T) => string): void;
  /** Text of a result that is written piece by piece, as it stands; JSON when `isJson`. */
  write(text: string): void;
  /** A line for people: warnings, what to know. Not under `--quiet`. */
  notice(line: string): void;
  /** An error. As `notice`, it is broken between words where a terminal is narrower. */
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
  /** Columns of the terminal that a stream goes to; undefined elsewhere, where lines stay whole. */
  width(stream: 'stdout' | 'stderr'): number | undefined;
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
  const width: Output['width'] = (stream) =>
    streams.isTerminal(stream) ? streams[stream].columns || undefined : undefined;
  const toStderr = (text: string): void =>
    streams.write('stderr', line(wrapLines(text, width('stderr'))));
  return {
    result: (value, view) => {
      const text = json ? escapeJson(JSON.stringify(value, undefined, 2)) : view(value);
      streams.write('stdout', line(text));
    },
    write: (text) => streams.write('stdout', json ? escapeJson(text) : text),
    notice: (text) => {
      if (!quiet) toStderr(text);
    },
    problem: toStderr,
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
    width,
  };
}
