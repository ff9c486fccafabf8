import type { Readable } from 'node:stream';
import { errnoOf } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { Secret } from '../base/secret.ts';

// The one place where a program is started for a secret. Rules: no shell; no standard input; the
// environment is given, not inherited; everything is bounded; when it is over, nothing of it is left.
// A child is a process group of its own, so that what it starts ends with it.

/** What came of a program. Its output may be the secret, and its complaints may quote it. */
export type CommandResult =
  | {
      readonly state: 'exited';
      readonly exitCode: number;
      readonly stdout: Secret;
      readonly stderr: Secret;
    }
  | { readonly state: 'stopped'; readonly why: StopReason };

export type StopReason =
  | 'missing'
  | 'not_executable'
  | 'not_text'
  | 'slow'
  | 'too_large'
  | 'interrupted'
  | 'killed';

export interface CommandLimits {
  readonly timeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly killAfterMs: number;
  readonly outputBytes: number;
}

export interface CommandOptions {
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly limits?: CommandLimits;
}

const COMMAND_LIMITS: CommandLimits = {
  timeoutMs: LIMITS.commandMs,
  killAfterMs: LIMITS.commandKillMs,
  outputBytes: LIMITS.secretBytes,
};

/** How long a process that left the group may hold our pipe when the group is dead. */
const ABANDON_MS = 250;

/** Runs a program and collects what it prints, within limits. Never throws for what the program does. */
export async function runCommand(
  argv: readonly [program: string, ...args: string[]],
  { cwd, env, signal, limits = COMMAND_LIMITS }: CommandOptions,
): Promise<CommandResult> {
  const { execa } = await import('execa');
  if (signal.aborted) return { state: 'stopped', why: 'interrupted' };
  const [program, ...args] = argv;
  const child = execa(program, args, {
    cwd,
    env: { ...env },
    extendEnv: false,
    stdin: 'ignore',
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
  });
  const group = watchGroup(child.pid, limits.killAfterMs);
  let stopped: StopReason | undefined;
  const stop = (why: StopReason): void => {
    stopped ??= why;
    group.end();
  };
  const stdout = collect(child.stdout, limits.outputBytes, () => stop('too_large'));
  const stderr = collect(child.stderr, limits.outputBytes, () => undefined);
  const onAbort = (): void => stop('interrupted');
  const deadline = setTimeout(() => stop('slow'), limits.timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  // What the program leaves behind ends with it, and can't hold our pipe for ever.
  child.once('exit', () => group.end());
  try {
    const ended = await Promise.race([child, group.abandoned.then(() => undefined)]);
    if (stopped !== undefined) return { state: 'stopped', why: stopped };
    if (ended !== undefined && child.pid === undefined) return notStarted(errnoOf(ended));
    if (child.exitCode === null) return { state: 'stopped', why: 'killed' };
    const text = decode(stdout());
    if (text === undefined) return { state: 'stopped', why: 'not_text' };
    return {
      state: 'exited',
      exitCode: child.exitCode,
      stdout: new Secret(text),
      stderr: new Secret(stderr().toString('utf8')),
    };
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', onAbort);
    child.stdout.destroy();
    child.stderr.destroy();
    group.release();
  }
}

function notStarted(errno: string | undefined): CommandResult {
  return { state: 'stopped', why: errno === 'ENOENT' ? 'missing' : 'not_executable' };
}

/** Bytes of a stream up to a limit; the rest is read and dropped, and `onMore` is told. */
function collect(stream: Readable, limit: number, onMore: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else onMore();
  });
  stream.on('error', () => undefined);
  return () => Buffer.concat(chunks);
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

interface Group {
  /** SIGTERM to all of it, and SIGKILL later. */
  end(): void;
  /** Resolves when SIGKILL was sent and somebody outside the group still holds our pipe. */
  readonly abandoned: Promise<void>;
  /** Ends what is left of it. */
  release(): void;
}

function watchGroup(pid: number | undefined, killAfterMs: number): Group {
  let timer: NodeJS.Timeout | undefined;
  let abandon = (): void => undefined;
  const abandoned = new Promise<void>((resolve) => {
    abandon = resolve;
  });
  const send = (signal: NodeJS.Signals): void => {
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch {
      // Nobody is left.
    }
  };
  const kill = (): void => send('SIGKILL');
  // A second Ctrl-C exits at once.
  process.once('exit', kill);
  return {
    end: () => {
      if (timer !== undefined) return;
      send('SIGTERM');
      timer = setTimeout(() => {
        kill();
        timer = setTimeout(abandon, ABANDON_MS);
      }, killAfterMs);
    },
    abandoned,
    release: () => {
      clearTimeout(timer);
      kill();
      process.removeListener('exit', kill);
    },
  };
}
