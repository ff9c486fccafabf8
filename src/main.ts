import { homedir } from 'node:os';
import { Builtins, Cli, type CommandClass, UsageError } from 'clipanion';
import { type Deps, realClock, realRandom } from './base/deps.ts';
import { EXIT, GormesError } from './base/errors.ts';
import { VERSION } from './base/version.ts';
import type { CliContext } from './cli/command.ts';
import { asksForHelp, COMMANDS, commandWords } from './cli/commands.ts';
import { expandOptions } from './cli/expand-options.ts';
import { GLOBAL_OPTIONS, type GlobalOptions, takeGlobalOptions } from './cli/global-options.ts';
import { createOutput, type Output } from './cli/output.ts';
import { createTerminal } from './cli/ui/terminal.ts';
import { findHome } from './pool/home.ts';

// A key on the command line is visible to other users only until here (reliability.md M18).
process.title = 'gormes';
// `yaml` prints every token that it reads, secrets too, when one of these is set.
delete process.env.LOG_TOKENS;
delete process.env.LOG_STREAM;
// An event loop that runs dry without an answer is a failure.
process.exitCode = EXIT.failed;
// Without a handler a file-size limit kills Node; with one the write fails and says so (M14).
process.on('SIGXFSZ', () => {});
// A reader that closes the pipe wants no more: not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort();
  });
}

// Not awaited here: a chunk that is loaded on demand waits for this module to be evaluated.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

async function main(argv: readonly string[]): Promise<number> {
  const out = createOutput(process, process.env);
  try {
    const options = takeGlobalOptions(argv);
    // For libraries that colour by themselves.
    if (options.noColor) process.env.NO_COLOR = '1';
    if (options.quiet) out.beQuiet();
    return await runCommand(options, out);
  } catch (error) {
    const { viewError } = await import('./cli/views/error.ts');
    out.problem(viewError(error, { debug: argv.includes('--debug'), interrupted: false }));
    return error instanceof GormesError ? error.exitCode : EXIT.failed;
  }
}

async function runCommand(options: GlobalOptions, out: Output): Promise<number> {
  const cli = new Cli<CliContext>({
    binaryLabel: 'gormes',
    binaryName: 'gormes',
    binaryVersion: VERSION,
    enableColors: out.colour && !options.noColor,
  });
  const context = createContext(options, out);
  if (options.rest[0] === '__complete') {
    const { complete } = await import('./cli/complete.ts');
    return await complete(options.rest.slice(1), context);
  }
  const words = commandWords(options.rest);
  if (asksForHelp(options.rest)) {
    const { showHelp } = await import('./cli/help/show-help.ts');
    if (await showHelp(options.rest, context)) return EXIT.ok;
  }
  // Without a command there is only the version, or a mistake.
  const loads = words === undefined ? [] : [COMMANDS[words]];
  const commands = await Promise.all(loads.map((load) => load?.()));
  for (const command of commands)
    if (command !== undefined) cli.register(command as CommandClass<CliContext>);
  cli.register(Builtins.VersionCommand);
  try {
    const argv = words === undefined ? options.rest : expandOptions(options.rest, optionNames(cli));
    const command = cli.process([...argv], context);
    return await cli.run(command, context);
  } catch (error) {
    if (!isUsageError(error)) throw error;
    const { viewUsage } = await import('./cli/views/usage.ts');
    const known = words === undefined ? [] : [...optionNames(cli), ...globalNames()];
    out.problem(viewUsage(error, options.rest, Object.keys(COMMANDS), known));
    return EXIT.usage;
  }
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

function createContext(options: GlobalOptions, out: Output): CliContext {
  const userHome = homedir() || undefined;
  const deps: Deps = {
    env: process.env,
    userHome,
    cwd: process.cwd(),
    clock: realClock,
    terminal: createTerminal(process),
    random: realRandom,
    http: async (choice = {}) => {
      const { createHttp } = await import('./base/http.ts');
      return createHttp({ env: process.env, userAgent: `gormes/${VERSION}`, ...choice });
    },
    spawn: async (argv, options) => (await import('./base/spawn.ts')).spawnProgram(argv, options),
    // What a use case says while somebody waits or is asked: the page of a login, what is to be trusted.
    notice: (line) => out.problem(line),
    signal: interrupt.signal,
  };
  return {
    deps,
    out,
    choice: options.choice,
    lockWaitMs: options.lockWaitMs,
    debug: options.debug,
    findHome: async () => findHome(process.env, userHome, options.choice),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    colorDepth: out.colour ? 4 : 1,
  };
}
