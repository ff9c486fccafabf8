/** The options that every command takes, as help and completion show them. */
export const GLOBAL_OPTIONS = [
  globalOption(['--home'], 'The home to work on; default: HERMES_HOME, else ~/.hermes', 'dir'),
  globalOption(['-p', '--profile'], 'A profile of the home', 'name'),
  globalOption(['--lock-timeout'], 'How long to wait for the lock; default: 30', 'seconds'),
  globalOption(['--no-color'], 'No colour, as with NO_COLOR'),
  globalOption(['--quiet'], 'Results, errors and questions only: no notices'),
  globalOption(['--debug'], 'Show where in the program a bug arose'),
  globalOption(['-h', '--help'], 'Show help, with examples'),
] as const;

function globalOption(names: readonly string[], description: string, value?: string) {
  return { names, value, description, required: false };
}
