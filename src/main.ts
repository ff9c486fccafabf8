import { homedir } from 'node:os';
import { Builtins, Cli, type CommandClass, UsageError } from 'clipanion';
import { type Deps, realClock, realRandom } from './base/deps.ts';
import { EXIT, GormesError } from './base/errors.ts';
import { VERSION } from './base/version.ts';
import type { CliContext } from './cli/command.ts';
import { COMMANDS, commandWords } from './cli/commands.ts';
import { expandOptions } from './cli/expand-options.ts';
import { type GlobalOptions, takeGlobalOptions } from './cli/global-options.ts';
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
  const words = commandWords(options.rest);
  // Help lists every command; the version needs none.
  const all = isVersion(options.rest) ? [] : Object.values(COMMANDS);
  const loads = words === undefined ? all : [COMMANDS[words]];
  const commands = await Promise.all(loads.map((load) => load?.()));
  for (const command of commands)
    if (command !== undefined) cli.register(command as CommandClass<CliContext>);
  cli.register(Builtins.HelpCommand);
  cli.register(Builtins.VersionCommand);
  const context = createContext(options, out);
  try {
    const argv = words === undefined ? options.rest : expandOptions(options.rest, optionNames(cli));
    const command = cli.process([...argv], context);
    return await cli.run(command, context);
  } catch (error) {
    if (!isUsageError(error)) throw error;
    const { viewUsage } = await import('./cli/views/usage.ts');
    out.problem(viewUsage(error, options.rest, Object.keys(COMMANDS)));
    return EXIT.usage;
  }
}

function isVersion(words: readonly string[]): boolean {
  return words.length === 1 && ['--version', '-v'].includes(words[0] ?? '');
}

/** Every spelling of the options of the registered command, from `-f,--config #0`. */
function optionNames(cli: Cli<CliContext>): string[] {
  const options = cli.definitions().flatMap((definition) => definition.options);
  return [
    '--help',
    ...options.flatMap(({ definition }) => definition.split(' ', 1)[0]?.split(',') ?? []),
  ];
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
    notice: (line) => out.notice(line),
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
