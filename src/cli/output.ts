import { escapeControls, escapeJson, shellWord } from '../base/text.ts';
import { wrapLines } from '../base/wrap.ts';
import type { HomeChoice } from '../pool/home.ts';
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
  /**
   * A dim line with the next step, for somebody who reads along: where both streams go to a terminal,
   * and neither under `--json` nor `--quiet`. Elsewhere `find` is not called.
   */
  next(find: () => Promise<string | undefined>): Promise<void>;
  useJson(on: boolean): void;
  /** `--quiet`: no notices from here on. */
  beQuiet(): void;
  /** Commands that notices and errors propose get the options that chose the home of this one. */
  keepHome(choice: HomeChoice): void;
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
  // `--no-color` sets the variable later.
  const colour = (): boolean => isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
  let json = false;
  let quiet = false;
  let home = '';
  const line = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  const width: Output['width'] = (stream) =>
    streams.isTerminal(stream) ? streams[stream].columns || undefined : undefined;
  const toStderr = (text: string): void =>
    streams.write('stderr', line(wrapLines(withHome(text, home), width('stderr'))));
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
    next: async (find) => {
      if (json || quiet || !isTerminal || !streams.isTerminal('stderr')) return;
      const step = await find();
      if (step === undefined) return;
      const lines = wrapLines(`Next: ${step}`, width('stderr'));
      streams.write('stderr', colour() ? `\x1b[2m${lines}\x1b[22m\n` : `${lines}\n`);
    },
    keepHome: (choice) => {
      home = homeWords(choice);
    },
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
    get colour() {
      return colour();
    },
    columns: isTerminal
      ? Math.min(streams.stdout.columns || MAX_COLUMNS, MAX_COLUMNS)
      : MAX_COLUMNS,
    width,
  };
}

/** `--home DIR -p NAME`, as they were given. */
function homeWords({ home, profile }: HomeChoice): string {
  const words = [
    ...(home === undefined ? [] : ['--home', home]),
    ...(profile === undefined ? [] : ['-p', profile]),
  ];
  return words.map((word) => escapeControls(shellWord(word))).join(' ');
}

/** Typed as it stands, `gormes auth repair` would repair the usual home and not the one at fault. */
function withHome(text: string, home: string): string {
  if (home === '') return text;
  return text.replace(/\bgormes (?=(?:auth|mcp|model|setup|logout)\b)/g, () => `gormes ${home} `);
}
