import { Cli, type CommandClass, UsageError } from 'clipanion';
import { type Deps, realClock, realRandom } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { findHome } from '../pool/home.ts';
import type { CliContext, GormesContext } from './command.ts';
import { asksForHelp, COMMANDS, commandWords } from './commands.ts';
import { expandOptions } from './expand-options.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { createOutput, type Output } from './output.ts';
import type { Streams } from './streams.ts';
import { type GlobalOptions, takeGlobalOptions } from './take-global-options.ts';
import { createTerminal } from './ui/terminal.ts';
import { createWaiting, waitingHttp } from './ui/waiting.ts';

/** What a run gets from the process, with the line's options. */
interface Run {
  readonly streams: Streams;
  readonly signal: () => AbortSignal;
  readonly out: Output;
  readonly options: GlobalOptions;
}

/**
 * Runs one command line, errors included.
 *
 * @param argv what stands behind the program's name
 * @param signal aborted by the first interruption; asked for only when something waits
 * @returns the exit code
 */
export async function runProgram(
  argv: readonly string[],
  streams: Streams,
  signal: () => AbortSignal,
): Promise<number> {
  const out = createOutput(streams, process.env);
  try {
    const options = takeGlobalOptions(argv);
    // For libraries that colour by themselves.
    if (options.noColor) process.env.NO_COLOR = '1';
    if (options.quiet) out.beQuiet();
    out.keepHome(options.choice);
    return await runLine({ streams, signal, out, options });
  } catch (error) {
    const { viewError } = await import('./views/error.ts');
    const columns = out.width('stderr');
    out.problem(viewError(error, { debug: argv.includes('--debug'), interrupted: false, columns }));
    return error instanceof GormesError ? error.exitCode : EXIT.failed;
  }
}

async function runLine(run: Run): Promise<number> {
  const { rest } = run.options;
  const context = createContext(run, await findUserHome());
  if (rest[0] === '__complete') {
    const { complete } = await import('./complete.ts');
    return await complete(rest.slice(1), context);
  }
  if (asksForHelp(rest)) {
    const { showHelp } = await import('./help/show-help.ts');
    if (showHelp(rest, run.out)) return EXIT.ok;
  }
  return await runCommand(run, context);
}

async function runCommand({ out, options }: Run, context: CliContext): Promise<number> {
  const words = commandWords(options.rest);
  if (words === undefined) return await refuse(new Error('no such command'), [], context, options);
  const cli = new Cli<CliContext>({
    binaryLabel: 'gormes',
    binaryName: 'gormes',
    binaryVersion: VERSION,
    enableColors: out.colour && !options.noColor,
  });
  cli.register((await COMMANDS[words]?.()) as CommandClass<CliContext>);
  try {
    const argv = expandOptions(options.rest, () => optionNames(cli));
    return await cli.run(cli.process(argv, context), context);
  } catch (error) {
    if (!isUsageError(error)) throw error;
    return await refuse(error, [...optionNames(cli), ...globalNames()], context, options);
  }
}

/** Says what is wrong with a command line, and with which option. */
async function refuse(
  error: Error,
  known: readonly string[],
  { out }: CliContext,
  { rest }: GlobalOptions,
): Promise<number> {
  const [{ viewUsage }, { commandForms }] = await Promise.all([
    import('./views/usage.ts'),
    import('./help/forms.ts'),
  ]);
  // Without the hidden ones: a guess must not lead to what only says that it is gone.
  const commands = commandForms().map(({ words }) => words);
  out.problem(viewUsage(error, rest, commands, known));
  return EXIT.usage;
}

/** Every spelling of the options of the registered command, from `-f,--config #0`. */
function optionNames(cli: Cli<CliContext>): string[] {
  const options = cli.definitions().flatMap((definition) => definition.options);
  return [
    '--help',
    ...options.flatMap(({ definition }) => definition.split(' ', 1)[0]?.split(',') ?? []),
  ];
}

function globalNames(): string[] {
  return GLOBAL_OPTIONS.flatMap(({ names }) => [...names]);
}

function isUsageError(error: unknown): error is Error {
  return error instanceof UsageError || (error instanceof Error && 'clipanion' in error);
}

/** As `os.homedir()` finds it, without loading `node:os` where the environment says it. */
async function findUserHome(): Promise<string | undefined> {
  return process.env.HOME || (await import('node:os')).homedir() || undefined;
}

function createContext(
  { streams, signal, out, options }: Run,
  userHome: string | undefined,
): CliContext {
  const showsWaiting = (): boolean =>
    !out.isJson && !out.isQuiet && process.env.TERM !== 'dumb' && streams.isTerminal('stderr');
  const waiting = createWaiting(streams, showsWaiting);
  const deps: Deps = {
    env: process.env,
    userHome,
    cwd: process.cwd(),
    clock: realClock,
    terminal: createTerminal(streams),
    random: realRandom,
    http: async (choice = {}) => {
      const { createHttp } = await import('../base/http.ts');
      const http = createHttp({ env: process.env, userAgent: `gormes/${VERSION}`, ...choice });
      return waitingHttp(http, waiting);
    },
    spawn: async (argv, options) => {
      const { spawnProgram } = await import('../base/spawn.ts');
      const wait = waiting(`Waiting for ${argv[0]}…`);
      return await spawnProgram(argv, options).finally(wait.end);
    },
    // What a use case says while somebody waits or is asked: the page of a login, what is to be trusted.
    notice: (line) => out.problem(line),
    waiting,
    waitingLong: (line) => {
      if (showsWaiting()) return waiting(line, 0);
      if (!out.isJson) out.notice(line);
      return { end: () => undefined };
    },
    get signal() {
      return signal();
    },
  };
  const context: GormesContext = {
    deps,
    out,
    streams,
    choice: options.choice,
    lockWaitMs: options.lockWaitMs,
    debug: options.debug,
    findHome: async () => findHome(process.env, userHome, options.choice),
  };
  return { ...context, env: process.env, colorDepth: out.colour ? 4 : 1 } as CliContext;
}
