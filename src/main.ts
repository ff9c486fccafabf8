import { EXIT } from './base/errors.ts';
import { VERSION } from './base/version.ts';
import { asksForHelp, commandWords } from './cli/commands.ts';
import { keepCompiledCode } from './cli/compile-cache.ts';
import { createStreams } from './cli/streams.ts';

// A key on the command line is visible to other users only until here (reliability.md M18).
process.title = 'gormes';
// `yaml` prints every token that it reads, secrets too, when one of these is set.
delete process.env.LOG_TOKENS;
delete process.env.LOG_STREAM;
// An event loop that runs dry without an answer is a failure.
process.exitCode = EXIT.failed;
// Without a handler a file-size limit kills Node; with one the write fails and says so (M14).
process.on('SIGXFSZ', () => {});

keepOutOfReports();

const streams = createStreams(process);
// A bug that no command caught: Node would print its message and its source line.
process.on('uncaughtException', (bug) => void reportBug(bug));

// Not awaited here: a chunk that is loaded on demand waits for this module to be evaluated.
void main(wordsOf(process.argv.slice(2))).then((code) => {
  process.exitCode = code;
});

/**
 * Node's diagnostic reports hold the command line and the environment (reliability.md M18), and
 * `NODE_OPTIONS` of a server may ask for them. Looked at only then: it costs a millisecond.
 */
function keepOutOfReports(): void {
  if (!process.env.NODE_OPTIONS?.includes('report')) return;
  process.report.reportOnFatalError = false;
  process.report.reportOnSignal = false;
  process.report.reportOnUncaughtException = false;
}

async function reportBug(bug: unknown): Promise<void> {
  const { viewError } = await import('./cli/views/error.ts');
  const debug = process.argv.includes('--debug');
  streams.write('stderr', `${viewError(bug, { debug, interrupted: false })}\n`);
  process.exit(EXIT.failed);
}

async function main(argv: readonly string[]): Promise<number> {
  // Answered before anything else is loaded.
  if (asksForVersion(argv)) {
    streams.write('stdout', `${VERSION}\n`);
    return EXIT.ok;
  }
  // Help that no other option stands before needs no command, no parser, and little code.
  if (asksForHelp(argv)) {
    const [{ showHelp }, { createOutput }] = await Promise.all([
      import('./cli/help/show-help.ts'),
      import('./cli/output.ts'),
    ]);
    if (showHelp(argv, createOutput(streams, process.env))) return EXIT.ok;
  }
  keepCompiledCode(process.env, commandWords(argv));
  const { runProgram } = await import('./cli/run-program.ts');
  const interrupts = listenForInterrupts();
  return interrupts.exitCodeOf(await runProgram(argv, streams, interrupts.signal));
}

/** What the caller of an interrupted command sees, as a shell has it: 128 and the signal's number. */
const INTERRUPTED = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;

/** The first signal aborts, the second ends the process at once. */
function listenForInterrupts() {
  let interruptedBy: keyof typeof INTERRUPTED | undefined;
  let controller: AbortController | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interruptedBy !== undefined) {
        streams.status(undefined);
        process.exit(INTERRUPTED[signal]);
      }
      interruptedBy = signal;
      controller?.abort();
    });
  }
  return {
    // Made when somebody waits: a command that only reads files needs none.
    signal: (): AbortSignal => {
      controller ??= new AbortController();
      if (interruptedBy !== undefined) controller.abort();
      return controller.signal;
    },
    /** The exit code of a command, which knows that it was interrupted and not by what. */
    exitCodeOf: (code: number): number =>
      code === EXIT.interrupted && interruptedBy !== undefined ? INTERRUPTED[interruptedBy] : code,
  };
}

/** `gormes help auth add` and `auth help add` are what others say for `gormes auth add --help`. */
function wordsOf([first, ...rest]: readonly string[]): readonly string[] {
  if (first === 'help') return [...rest, '--help'];
  const isGroup = first === 'auth' || first === 'mcp';
  if (isGroup && rest[0] === 'help') return [first, ...rest.slice(1), '--help'];
  return first === undefined ? [] : [first, ...rest];
}

/** With other global options too, but with no command. */
function asksForVersion(argv: readonly string[]): boolean {
  const last = argv.at(-1);
  return (last === '--version' || last === '-v') && argv.every((word) => word.startsWith('-'));
}
