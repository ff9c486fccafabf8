import { EXIT, GormesError } from '../../base/errors.ts';
import { formatPlace } from '../../config/diagnostic.ts';

interface ErrorView {
  /** Show the stack of a bug. */
  readonly debug: boolean;
  readonly interrupted: boolean;
  /** The command is one that Hermes has too: its words are kept where it has some. */
  readonly asHermes?: boolean;
  /** Of the terminal; undefined where there is none. */
  readonly columns?: number | undefined;
}

/** What went wrong, where, and what to do next (design §9). Messages hold no secret by rule. */
export function viewError(error: unknown, options: ErrorView): string {
  const stopped = error instanceof GormesError && error.exitCode === EXIT.interrupted;
  if (options.interrupted || stopped) return 'Interrupted.';
  if (!(error instanceof GormesError)) return viewBug(error, options.debug);
  const words = options.asHermes ? error.hermes : undefined;
  const lines = [words ?? `error: ${error.message} [${error.code}]`];
  if (error.place) lines.push(...formatPlace(error.place, options.columns));
  if (error.hint) lines.push(`hint: ${error.hint}`);
  return lines.join('\n');
}

/** A bug's own message may hold anything: only its kind and, on request, the places are shown. */
function viewBug(error: unknown, debug: boolean): string {
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  const lines = [`error: something is wrong in gormes itself (${kind}) [bug]`];
  if (debug && error instanceof Error) lines.push(...framesOf(error));
  lines.push(
    debug
      ? 'hint: please report it with the lines above'
      : 'hint: run it again with --debug and report it',
  );
  return lines.join('\n');
}

/** Where an error arose. A message may hold lines that look like places, so it must be known to be cut. */
function framesOf({ message, stack = '' }: Error): string[] {
  const at = stack.indexOf(message);
  if (at < 0) return [];
  const lines = stack.slice(at + message.length).split('\n');
  return lines.filter((line) => /^\s+at /.test(line));
}
