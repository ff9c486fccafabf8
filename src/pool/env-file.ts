import { GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { escapeControls } from '../base/text.ts';
import { parseEnvValue, printEnvValue, pythonStrip } from './env-value.ts';
import { readRegularFile } from './read-file.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Indent, `export`, name, `=`: all that stands before a value. */
const DEFINITION = /^(\s*)(export\s+)?([A-Za-z_][A-Za-z0-9_]*)(\s*=)/;

/** Hermes' denylist (pool-store §5): names by which a value would run code or move the home. */
const REFUSED_NAMES: ReadonlySet<string> = new Set([
  ...['PATH', 'SHELL', 'ENV', 'BASH_ENV', 'IFS', 'EDITOR', 'VISUAL', 'PAGER', 'BROWSER'],
  ...['NODE_OPTIONS', 'NODE_PATH', 'PERL5LIB', 'PERL5OPT', 'RUBYLIB', 'RUBYOPT'],
  ...['PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'PYTHONUSERBASE', 'PYTHONEXECUTABLE'],
  ...['PYTHONINSPECT', 'PYTHONBREAKPOINT', 'PYTHONWARNINGS', 'PYTHONPLATLIBDIR'],
  ...['GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_EXEC_PATH', 'GIT_ASKPASS', 'GIT_EDITOR', 'GIT_PAGER'],
  ...['GIT_SEQUENCE_EDITOR', 'GIT_PROXY_COMMAND', 'GIT_EXTERNAL_DIFF', 'SSH_ASKPASS'],
  ...['HERMES_HOME', 'HERMES_PROFILE', 'HERMES_CONFIG', 'HERMES_ENV', 'GORMES_HOME'],
]);
const REFUSED_PREFIXES = ['LD_', 'DYLD_'] as const;

interface Line {
  /** With its line end. */
  readonly text: string;
  /** Of the variable that it defines; absent for comments, blank lines and anything else. */
  readonly name?: string;
  readonly value?: string;
  /** What stands before the value, as R1 reads it too. */
  readonly prefix?: string;
}

/**
 * A `.env` file as a value: changing one gives another. Reads as Hermes' own reader does (R1 of
 * pool-store §5); every line that a change does not concern keeps its bytes. Holds secrets.
 */
export class EnvFile {
  readonly #bom: string;
  readonly #lines: readonly Line[];
  #values: ReadonlyMap<string, string | undefined> | undefined;

  constructor(bom: string, lines: readonly Line[]) {
    this.#bom = bom;
    this.#lines = lines;
  }

  /** The whole file. */
  get text(): string {
    return this.#bom + this.#lines.map(({ text }) => text).join('');
  }

  /** The value that readers see: the last definition's. Empty when it is set to nothing. */
  get(name: string): string | undefined {
    // Later definitions win. Made once: each of a thousand references may ask for a line of its own.
    this.#values ??= new Map(
      this.#lines.flatMap((line) => (line.name === undefined ? [] : [[line.name, line.value]])),
    );
    return this.#values.get(name);
  }

  /** Every defined name once, in order of first definition. */
  names(): string[] {
    return [...new Set(this.#lines.flatMap(({ name }) => (name === undefined ? [] : [name])))];
  }

  /**
   * The file in which readers see `value`. The last definition is rewritten in its place, because
   * it is the one that counts (Hermes rewrites the first, so that later ones hide the new value);
   * earlier ones stay. Its indent and `export` stay, an inline comment goes: for R1 it is part of
   * the old value. A new variable comes last.
   *
   * @throws GormesError `env_name_refused`, `env_value_unsafe`, `env_not_understood`
   */
  set(name: string, value: string): EnvFile {
    checkName(name);
    const printed = printEnvValue(name, value);
    const at = this.#lines.findLastIndex((line) => line.name === name);
    const old = this.#lines[at];
    if (old) {
      refuseOpenQuote(old, at);
      const line = readLine(`${old.prefix ?? `${name}=`}${printed}${eolOf(old.text)}`);
      return new EnvFile(this.#bom, this.#lines.with(at, line));
    }
    const eol = this.#lines.map((line) => eolOf(line.text)).find((end) => end !== '') ?? '\n';
    const ended = this.#lines.map((line) => (eolOf(line.text) ? line : readLine(line.text + eol)));
    return new EnvFile(this.#bom, [...ended, readLine(`${name}=${printed}${eol}`)]);
  }

  /**
   * The file without any line that defines the variable, `export` ones included, as in Hermes.
   *
   * @throws GormesError `env_name_refused`, `env_not_understood`
   */
  remove(name: string): EnvFile {
    checkName(name);
    this.#lines.forEach((line, index) => {
      if (line.name === name) refuseOpenQuote(line, index);
    });
    return new EnvFile(
      this.#bom,
      this.#lines.filter((line) => line.name !== name),
    );
  }
}

/** Never fails: what is no definition is kept and ignored, as the readers do. */
export function parseEnvFile(text: string): EnvFile {
  const bom = text.startsWith('\ufeff') ? '\ufeff' : '';
  return new EnvFile(bom, splitLines(text.slice(bom.length)).map(readLine));
}

/**
 * Reads `.env`; an absent one is empty. Hermes repairs NUL bytes and UTF-16 silently when it
 * starts; here they are errors, so that nothing is rewritten unasked.
 *
 * @throws GormesError `env_not_understood`, `not_a_file`, `file_too_large`, `not_utf8`, `read_failed`
 */
export function readEnvFile(path: string): EnvFile {
  const text = readRegularFile(path, LIMITS.envBytes)?.text ?? '';
  if (text.includes('\0')) {
    throw new GormesError('env_not_understood', `${escapeControls(path)} holds NUL characters`, {
      hint: 'it may be UTF-16; convert it: iconv -f UTF-16 -t UTF-8',
    });
  }
  return parseEnvFile(text);
}

/** Python's universal newlines: LF, CRLF and CR. */
function splitLines(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
}

function readLine(text: string): Line {
  const match = DEFINITION.exec(text);
  if (!match) return { text };
  const [all, indent = '', exported = '', name = '', equals = ''] = match;
  // R1 knows `export` with a space only.
  const keyword = exported === '' || exported.startsWith('export ') ? exported : 'export ';
  // A byte order mark is white space here, and part of the value for Python.
  const space =
    /^[^\S\ufeff]*/.exec(text.slice(all.length, text.length - eolOf(text).length))?.[0] ?? '';
  return {
    text,
    name,
    value: parseEnvValue(text.slice(all.length)),
    prefix: indent + keyword + name + equals + space,
  };
}

function eolOf(line: string): string {
  return /(?:\r\n|\n|\r)$/.exec(line)?.[0] ?? '';
}

function checkName(name: string): void {
  if (!NAME.test(name)) {
    throw new GormesError('env_name_refused', `"${escapeControls(name)}" is no variable name`, {
      hint: 'use letters, digits and underscores, not beginning with a digit',
    });
  }
  if (REFUSED_NAMES.has(name) || REFUSED_PREFIXES.some((prefix) => name.startsWith(prefix))) {
    throw new GormesError('env_name_refused', `gormes does not touch ${name} in .env`, {
      hint: 'it steers how programs start; edit the file by hand if that is meant',
    });
  }
}

/**
 * python-dotenv lets a quoted value run over several lines, R1 does not: where the old value opens a
 * quote that its line does not close, nobody can say which lines belong to it.
 */
function refuseOpenQuote(line: Line, index: number): void {
  const value = pythonStrip(line.text.slice(line.text.indexOf('=') + 1));
  const quote = value.charAt(0);
  if (quote !== '"' && quote !== "'") return;
  if (value.slice(1).replace(/\\./g, '').includes(quote)) return;
  throw new GormesError(
    'env_not_understood',
    `line ${index + 1} of .env opens a quote that it does not close`,
    { hint: 'put that value on one line, then run the command again' },
  );
}
