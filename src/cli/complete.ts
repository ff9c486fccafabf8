import { EXIT, type ExitCode } from '../base/errors.ts';
import type { HomeChoice } from '../pool/home.ts';
import type { CliContext } from './command.ts';
import { completeLine } from './completion/complete-line.ts';
import { liveNames } from './completion/live-names.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { takeGlobalOptions } from './take-global-options.ts';

/**
 * What the scripts of `completion` call on each press of Tab: prints `value<TAB>description` a line,
 * or `:files` where the shell shall complete names of files. Reads the home, writes nothing, starts
 * nothing, and never fails: a message would stand in the middle of the person's line.
 *
 * @param argv the line behind `--`; the word that is being typed comes last
 */
export async function complete(
  argv: readonly string[],
  { deps, out }: CliContext,
): Promise<ExitCode> {
  const line = argv[0] === '--' ? argv.slice(1) : argv;
  try {
    const completion = await completeLine(line, liveNames(deps, chosenHome(line.slice(0, -1))));
    const lines = completion === 'files' ? [':files\n'] : completion.map(viewCandidate);
    out.write(lines.join(''));
  } catch {
    // Nothing to propose.
  }
  return EXIT.ok;
}

/** The home that the words before the last choose; an option that still waits for its value chooses none. */
function chosenHome(words: readonly string[]): HomeChoice {
  const isOpen = GLOBAL_OPTIONS.some(
    ({ names, value }) => value && names.includes(words.at(-1) ?? ''),
  );
  return takeGlobalOptions(isOpen ? words.slice(0, -1) : words).choice;
}

function viewCandidate({ value, description }: { value: string; description: string }): string {
  return `${value}\t${description}\n`;
}
