import { closest, escapeControls } from '../../base/text.ts';

/**
 * What is wrong with a command line (exit 64). Clipanion's own message repeats the whole line, a key
 * on it included, so the message is made here from the names of options and commands alone.
 */
export function viewUsage(
  error: Error,
  argv: readonly string[],
  commands: readonly string[],
): string {
  const words = commands.find((command) => `${argv.join(' ')} `.startsWith(`${command} `));
  const lines = [`error: ${messageOf(error, argv, words)} [usage]`];
  const guess =
    words === undefined ? closest(argv.slice(0, 2).filter(isWord).join(' '), commands) : undefined;
  if (guess !== undefined) lines.push(`hint: did you mean "gormes ${guess}"?`);
  else lines.push(`hint: gormes ${words === undefined ? '' : `${words} `}--help`);
  return lines.join('\n');
}

function messageOf(error: Error, argv: readonly string[], words: string | undefined): string {
  if (error.name === 'UsageError') return error.message;
  if (words === undefined) {
    const given = argv.slice(0, 2).filter(isWord).join(' ');
    return given === '' ? 'this needs a command' : `there is no command "${escapeControls(given)}"`;
  }
  const option = argv.find(
    (word) => word.startsWith('-') && error.message.includes(`"${word.split('=')[0]}"`),
  );
  const reason = reasonOf(error.message);
  return option === undefined ? reason : `${reason}: ${escapeControls(option.split('=')[0] ?? '')}`;
}

function reasonOf(message: string): string {
  if (/Unsupported option name/i.test(message)) return 'there is no such option';
  if (/Not enough arguments to option/i.test(message)) return 'an option needs a value';
  if (/Not enough positional/i.test(message)) return 'an argument is missing';
  if (/Extraneous positional/i.test(message)) return 'too many arguments';
  return 'the arguments do not fit this command';
}

function isWord(word: string): boolean {
  return !word.startsWith('-');
}
