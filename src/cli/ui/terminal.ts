import type { Terminal } from '../../base/deps.ts';
import { EXIT, GormesError } from '../../base/errors.ts';
import { Secret } from '../../base/secret.ts';
import type { Streams } from '../streams.ts';
import { cancelled, interrupted, isCancelled } from './prompts.ts';

/**
 * Questions on stderr, answers from standard input. Rules: no question without a terminal; a secret
 * is never echoed; Ctrl-C and Ctrl-D end the question as an interruption, with the cursor restored;
 * Esc goes back, which is `cancelled`, and a no where yes or no is asked.
 */
export function createTerminal(streams: Streams): Terminal {
  // Asked when somebody wants to know: most commands ask no question.
  const isInteractive = (): boolean => streams.isTerminal('stdin') && streams.isTerminal('stderr');
  const question = async (text: string, echo: boolean, signal: AbortSignal): Promise<string> => {
    if (!isInteractive()) throw needsTerminal();
    const release = streams.hold();
    try {
      return await askLine(streams, text, echo, signal);
    } finally {
      release();
    }
  };
  return {
    get interactive() {
      return isInteractive();
    },
    ask: async (text, options) => (await question(text, true, options.signal)).trim(),
    askSecret: async (text, options) =>
      new Secret((await question(text, false, options.signal)).trim()),
    confirm: async (text, options) => {
      try {
        const answer = await question(text, true, options.signal);
        return ['y', 'yes'].includes(answer.trim().toLowerCase());
      } catch (error) {
        if (isCancelled(error)) return false;
        throw error;
      }
    },
    readStdin: (limit, options) => readAll(streams.stdin, limit, options.signal),
  };
}

async function askLine(
  streams: Streams,
  text: string,
  echo: boolean,
  signal: AbortSignal,
): Promise<string> {
  // Most commands ask nothing: what only questions need is loaded by the first one.
  const { createInterface } = await import('node:readline');
  const { Writable } = await import('node:stream');
  // readline draws what is typed; a sink in place of the terminal keeps it from being seen.
  const output = echo
    ? streams.stderr
    : new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: streams.stdin, output, prompt: text, terminal: true });
  // Asked when the terminal has stopped to echo by itself: who types at once is not shown either.
  if (echo) lines.prompt();
  else streams.stderr.write(text);
  return new Promise((resolve, reject) => {
    let settled = false;
    const finish = (settle: () => void): void => {
      if (settled) return;
      settled = true;
      signal.removeEventListener('abort', stop);
      streams.stdin.off('keypress', watch);
      settle();
      lines.close();
      streams.stdin.pause();
    };
    const stop = (): void => {
      streams.stderr.write('\n');
      finish(() => reject(interrupted()));
    };
    const watch = (_text: string | undefined, key: { readonly name?: string }): void => {
      if (key.name !== 'escape') return;
      streams.stderr.write('\n');
      finish(() => reject(cancelled()));
    };
    // What readline makes of the keys; an Esc that begins a sequence of another key is none.
    streams.stdin.on('keypress', watch);
    lines.once('line', (line) => {
      if (!echo) streams.stderr.write('\n');
      finish(() => resolve(line));
    });
    lines.once('SIGINT', stop);
    // Ctrl-D, or the end of the input.
    lines.once('close', () => {
      if (!settled) stop();
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

async function readAll(
  stdin: NodeJS.ReadStream,
  limit: number,
  signal: AbortSignal,
): Promise<string> {
  // Whoever writes may never end: a signal ends the wait.
  const stop = (): void => void stdin.destroy();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stdin) {
      const part: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      size += part.length;
      if (size > limit) {
        throw new GormesError('stdin_too_large', `standard input holds more than ${limit} bytes`);
      }
      chunks.push(part);
    }
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  if (signal.aborted) throw interrupted();
  return Buffer.concat(chunks).toString('utf8');
}

function needsTerminal(): GormesError {
  return new GormesError('needs_terminal', 'this asks a question, and there is no terminal', {
    exitCode: EXIT.needsPerson,
  });
}
