import { fstatSync, statSync, writeSync } from 'node:fs';
import { errnoOf } from '../base/errors.ts';

/**
 * The process's standard streams. Each is made by its first use: making one loads Node's streams
 * and sockets, which takes longer than listing a home.
 */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Whether a terminal is there, without making a stream where none is. */
  isTerminal(name: StreamName): boolean;
  /** Writes text at once, whole; quiet when the reader has closed the pipe. */
  write(name: 'stdout' | 'stderr', text: string): void;
  /**
   * Keeps one line at the end of a terminal's text, below what `write` writes; undefined takes it away.
   * What draws by itself takes the line away, and should `hold` as long as it draws.
   */
  status(line: string | undefined): void;
  /** No status line is drawn until the function that is returned is called. */
  hold(): () => void;
}

type StreamName = 'stdin' | 'stdout' | 'stderr';

const DESCRIPTORS = { stdin: 0, stdout: 1, stderr: 2 } as const;

/** @param source where the streams come from: the process */
export function createStreams(source: Pick<NodeJS.Process, StreamName>): Streams {
  const isWatched = { stdout: false, stderr: false };
  /** A reader that closes the pipe wants no more: not an error. */
  const output = (name: 'stdout' | 'stderr'): NodeJS.WriteStream => {
    const stream = source[name];
    if (!isWatched[name]) {
      isWatched[name] = true;
      stream.on('error', (error) => {
        if (errnoOf(error) !== 'EPIPE') throw error;
      });
    }
    return stream;
  };
  const isTerminal = (name: StreamName): boolean =>
    mayBeTerminal(DESCRIPTORS[name]) && source[name].isTTY === true;
  let wanted: string | undefined;
  let isDrawn = false;
  let isMidLine = false;
  let holders = 0;
  const erase = (): void => {
    if (isDrawn) output('stderr').write('\r\x1b[K');
    isDrawn = false;
  };
  const draw = (): void => {
    erase();
    if (wanted === undefined || holders > 0 || isMidLine) return;
    const stderr = output('stderr');
    stderr.write(wanted.slice(0, Math.max(1, (stderr.columns || 80) - 1)));
    isDrawn = true;
  };
  const write = (name: 'stdout' | 'stderr', text: string): void => {
    // A terminal's stream knows the console's encoding; and once one is made, it keeps the order.
    if (isWatched[name] || isTerminal(name)) output(name).write(text);
    else {
      const rest = writeNow(DESCRIPTORS[name], Buffer.from(text, 'utf8'));
      if (rest.length > 0) output(name).write(rest);
    }
  };
  return {
    get stdin() {
      return source.stdin;
    },
    get stdout() {
      erase();
      return output('stdout');
    },
    get stderr() {
      erase();
      return output('stderr');
    },
    isTerminal,
    write: (name, text) => {
      erase();
      write(name, text);
      // Half a line would go with it.
      if (text !== '') isMidLine = !text.endsWith('\n');
      if (wanted !== undefined) draw();
    },
    status: (line) => {
      wanted = line;
      draw();
    },
    hold: () => {
      holders += 1;
      erase();
      return () => {
        holders -= 1;
        draw();
      };
    },
  };
}

/** Writes until all is written or the reader is gone; returns what a pipe that never waits left over. */
function writeNow(fd: number, bytes: Buffer): Buffer {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (errnoOf(error) === 'EPIPE') return Buffer.alloc(0);
      if (errnoOf(error) === 'EAGAIN') return rest;
      throw error;
    }
  }
  return rest;
}

/** What is no character device is no terminal; a descriptor that is closed is none either. */
/** Any character device but the one that output is thrown away to. */
function mayBeTerminal(fd: number): boolean {
  try {
    const device = fstatSync(fd);
    const { rdev } = statSync('/dev/null', { throwIfNoEntry: false }) ?? {};
    return device.isCharacterDevice() && device.rdev !== rdev;
  } catch {
    return false;
  }
}
