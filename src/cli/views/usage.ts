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
): string {
  const words = commands.find((command) => isCalled(command, argv, commands));
  const lines = [`error: ${messageOf(error, argv, words)} [usage]`];
  const form = words === undefined ? undefined : usageOf(error.message);
  if (form !== undefined) lines.push(`usage: ${form}`);
  const guess = words === undefined ? closest(commandGiven(argv), commands) : undefined;
  if (guess !== undefined) lines.push(`hint: did you mean "gormes ${guess}"?`);
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
  const option = argv
    .map((word) => word.split('=', 1)[0] ?? '')
    .find((name) => OPTION.test(name) && new RegExp(`[" ]${name}["=. ]`).test(error.message));
  const reason = reasonOf(error.message);
  return option === undefined ? reason : `${reason}: ${option}`;
}

/** How the command is called, its options aside, from Clipanion's usage line, which quotes nobody. */
function usageOf(message: string): string | undefined {
  const line = /^\$ (gormes .*)$/m.exec(message)?.[1];
  return line?.replace(/ \[-[^\]]*\]/g, '');
}

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
  if (/Not enough positional/i.test(message)) return 'an argument is missing';
  if (/Extraneous positional|Command not found/i.test(message)) return 'too many arguments';
  return 'the arguments do not fit this command';
}
