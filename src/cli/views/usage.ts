import { closest } from '../../base/text.ts';

/**
 * What is wrong with a command line (exit 64). Clipanion's own message repeats the whole line, a key
 * on it included, so the message is made here from words of commands and names of options alone; what
 * does not look like one is not repeated.
 */
export function viewUsage(
  error: Error,
  argv: readonly string[],
  commands: readonly string[],
  options: readonly string[] = [],
): string {
  const words = commands.find((command) => isCalled(command, argv, commands));
  const lines = [`error: ${messageOf(error, argv, words)} [usage]`];
  const form = words === undefined ? undefined : usageOf(error.message);
  if (form !== undefined) lines.push(`usage: ${form}`);
  const guess =
    words === undefined
      ? prefixed('gormes ', guessCommand(commandGiven(argv), commands))
      : guessOption(error, argv, options);
  if (guess !== undefined) lines.push(`hint: did you mean "${guess}"?`);
  else if (form?.includes(' <provider>') && reasonOf(error.message) === MISSING && argv.length <= 2)
    lines.push('hint: gormes auth providers shows every provider');
  else if (words !== undefined && hasTooMany(error.message) && options.includes('-f'))
    lines.push('hint: one declaration can be named, with -f FILE');
  else lines.push(`hint: gormes ${words === undefined ? '' : `${words} `}--help`);
  return lines.join('\n');
}

/** A group's own command (`auth`) is not what `auth lst` means. */
function isCalled(command: string, argv: readonly string[], commands: readonly string[]): boolean {
  if (!`${argv.join(' ')} `.startsWith(`${command} `)) return false;
  const next = argv[command.split(' ').length];
  const isGroup = commands.some((other) => other.startsWith(`${command} `));
  return !isGroup || next === undefined || next.startsWith('-');
}

function messageOf(error: Error, argv: readonly string[], words: string | undefined): string {
  if (error.name === 'UsageError') return error.message;
  if (words === undefined) {
    const given = commandGiven(argv);
    return given === '' ? 'this needs a command' : `there is no command "${given}"`;
  }
  const option = optionGiven(error, argv);
  const reason = reasonOf(error.message);
  return option === undefined ? reason : `${reason}: ${option}`;
}

/** The option that Clipanion complains about, as it was typed. */
function optionGiven(error: Error, argv: readonly string[]): string | undefined {
  return argv
    .map((word) => word.split('=', 1)[0] ?? '')
    .find((name) => OPTION.test(name) && new RegExp(`[" ]${name}["=. ]`).test(error.message));
}

/** A word that stands behind `auth` may be meant without it, mistyped or not. */
function guessCommand(given: string, commands: readonly string[]): string | undefined {
  const [first = ''] = given.split(' ', 1);
  return commands.find((command) => command === `auth ${first}`) ?? closest(given, commands);
}

function guessOption(
  error: Error,
  argv: readonly string[],
  options: readonly string[],
): string | undefined {
  const given = optionGiven(error, argv);
  if (given === undefined || options.includes(given)) return undefined;
  return closest(
    given,
    options.filter((name) => name.startsWith('--')),
  );
}

function prefixed(prefix: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : prefix + text;
}

/** How the command is called, its options aside, from Clipanion's usage line, which quotes nobody. */
function usageOf(message: string): string | undefined {
  const line = /^\$ (gormes .*)$/m.exec(message)?.[1];
  return line?.replace(/ \[-[^\]]*\]/g, '').replace(/<(--[\w-]+) #0>/g, '$1 …');
}

const MISSING = 'an argument is missing';

/** Letters and hyphens, not long: a key has digits or is longer. */
const WORD = /^[a-z]+(?:-[a-z]+)*$/;
const OPTION = /^--?[a-z]+(?:-[a-z]+)*$/;
const WORD_LENGTH = 24;

/** The first words as far as they can be names of commands. */
function commandGiven(argv: readonly string[]): string {
  const words = argv.slice(0, 2);
  const other = words.findIndex((word) => !WORD.test(word) || word.length > WORD_LENGTH);
  return words.slice(0, other < 0 ? words.length : other).join(' ');
}

function reasonOf(message: string): string {
  if (/Unsupported option name|Invalid option name/i.test(message))
    return 'there is no such option';
  if (/Not enough arguments to option/i.test(message)) return 'an option needs a value';
  if (/Not enough positional/i.test(message)) return MISSING;
  if (hasTooMany(message)) return 'too many arguments';
  return 'the arguments do not fit this command';
}

function hasTooMany(message: string): boolean {
  return /Extraneous positional|Command not found/i.test(message);
}
