import { EXIT, GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { type HomeChoice, parseProfileName } from '../pool/home.ts';

/** Options that are understood anywhere on the command line, before `--`. */
export interface GlobalOptions {
  readonly choice: HomeChoice;
  readonly lockWaitMs: number;
  readonly debug: boolean;
  readonly noColor: boolean;
  readonly quiet: boolean;
  /** What is left for the command itself. */
  readonly rest: readonly string[];
}

/**
 * Takes the global options out of argv, as Hermes does with `-p/--profile` (pool-store §1): both
 * `--opt value` and `--opt=value`, anywhere before `--`. No command has a `-p` of its own, so that a
 * value that is no profile name is a mistake; Hermes passes it on and then fails.
 *
 * @throws `usage` for an option without a value, or with a wrong one
 */
export function takeGlobalOptions(argv: readonly string[]): GlobalOptions {
  let home: string | undefined;
  let profile: string | undefined;
  let lockWaitMs: number = LIMITS.lockWaitMs;
  let debug = false;
  let noColor = false;
  let quiet = false;
  const rest: string[] = [];
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const [name, inline] = splitOption(word);
    const value = (): string => {
      const given = inline ?? words[++i];
      if (given === undefined) throw missingValue(name);
      return given;
    };
    if (name === '-p' || name === '--profile') {
      profile = parseProfileName(value());
      if (profile === undefined) throw notAProfile(name);
    } else if (name === '--home') home = value();
    else if (name === '--lock-timeout') lockWaitMs = parseSeconds(name, value());
    else if (word === '--debug') debug = true;
    else if (word === '--no-color') noColor = true;
    else if (word === '--quiet') quiet = true;
    else rest.push(word);
  }
  return {
    choice: { home, profile },
    lockWaitMs,
    debug,
    noColor,
    quiet,
    rest: end < 0 ? rest : [...rest, ...argv.slice(end)],
  };
}

function splitOption(word: string): [string, string | undefined] {
  const equals = word.indexOf('=');
  return word.startsWith('-') && equals > 0
    ? [word.slice(0, equals), word.slice(equals + 1)]
    : [word, undefined];
}

function parseSeconds(name: string, text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0) {
    throw new GormesError('usage', `${name} takes a number of seconds`, { exitCode: EXIT.usage });
  }
  return seconds * 1000;
}

function notAProfile(name: string): GormesError {
  return new GormesError('usage', `${name} takes the name of a profile`, {
    exitCode: EXIT.usage,
    hint: 'letters, digits, - and _; default for the home itself',
  });
}

function missingValue(name: string): GormesError {
  return new GormesError('usage', `${name} needs a value`, { exitCode: EXIT.usage });
}
