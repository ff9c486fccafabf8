/**
 * A whole world for one test of the built program: a home, a user, a working directory, programs
 * that record how they are called, and optionally an internet. The program is reached by argv,
 * standard input, environment, files and signals alone.
 *
 * After each run everything that it printed or wrote is searched for the canaries of the world
 * (house-style §9): a secret stands where it belongs, or the test fails.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Hosts, Internet } from '../internet/internet.ts';
import { type Canary, findCanaries, makeCanary } from './canaries.ts';
import { KEPT_CODE } from './kept-code.ts';
import { installProgram, type ProgramCall, type ProgramReply, readCalls } from './programs.ts';
import { filesUnder, TestHome } from './test-home.ts';

const PROGRAM = new URL('../../dist/gormes.js', import.meta.url).pathname;

/** Longer than any limit of the program, so that a hang shows as what it is. */
const RUN_LIMIT_MS = 60_000;

/** Files in which Hermes, a vendor or the person keeps secrets. */
const SECRET_FILES =
  /(^|\/)(auth\.json(\.damaged\.[^/]+)?|\.env|config\.yaml|\.anthropic_oauth\.json|\.copilot_jwt\.json|auth\/google_oauth\.json|shared\/nous_auth\.json|\.(claude|codex|gemini|qwen)\/.*)$/;

export interface WorldOptions {
  /** More variables for every run. */
  readonly env?: Readonly<Record<string, string>>;
  /** Simulated hosts; without them the program finds a network where nobody answers. */
  readonly hosts?: Hosts;
  /** For tests of the world itself: a file that runs in place of the built program. */
  readonly program?: string;
}

export interface RunOptions {
  /** Standard input; without it, there is none. */
  readonly input?: string;
  /** Standard input stays open until the test ends it. */
  readonly holdInput?: true;
  /** More variables for this run; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** For the commands whose result is a secret (`auth token`). */
  readonly allowSecretOnStdout?: boolean;
  /** For commands that give a secret to a child by its environment (`auth exec`). */
  readonly allowSecretInChildEnv?: boolean;
}

export interface Run {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that is under way. */
export interface Running {
  readonly child: ChildProcess;
  /** Resolves when the text has been printed on either stream; rejects when the program ends before. */
  printed(text: string): Promise<void>;
  /** Everything on both streams until now. */
  soFar(): string;
  readonly done: Promise<Run>;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'gormes-world-')));
  if (!options.hosts) return new World(root, options, undefined);
  const { startInternet } = await import('../internet/internet.ts');
  return new World(root, options, await startInternet({ hosts: options.hosts }));
}

export class World implements AsyncDisposable {
  /** HERMES_HOME, `~/.hermes` of the user. */
  readonly home: TestHome;
  /** HOME. */
  readonly userHome: string;
  readonly cwd: string;
  readonly internet: Internet | undefined;
  readonly #root: string;
  readonly #program: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #canaries: Canary[] = [];
  readonly #allowed = new Set<string>();
  readonly #running = new Set<Running>();

  constructor(root: string, options: WorldOptions, internet: Internet | undefined) {
    this.#root = root;
    this.#program = options.program ?? PROGRAM;
    this.internet = internet;
    this.userHome = join(root, 'user');
    this.cwd = join(root, 'work');
    this.home = new TestHome(join(this.userHome, '.hermes'));
    for (const dir of [
      this.userHome,
      this.cwd,
      this.#dir('bin'),
      this.#dir('calls'),
      this.#dir('tmp'),
    ]) {
      mkdirSync(dir, { recursive: true });
    }
    this.#env = {
      PATH: [this.#dir('bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
      HOME: this.userHome,
      ...KEPT_CODE,
      HERMES_HOME: this.home.dir,
      TMPDIR: this.#dir('tmp'),
      TERM: 'dumb',
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      // The metadata service of the machine that tests run on is asked past any proxy.
      AWS_EC2_METADATA_DISABLED: 'true',
      // Port 9 is nobody's: what no simulator serves must not reach the real network.
      ...(internet?.env ?? { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' }),
      ...options.env,
    };
    for (const opener of ['xdg-open', 'open']) this.program(opener, {});
  }

  /** Placeholders for `golden`: everything that differs between two worlds. */
  get values(): Record<string, string> {
    return { home: this.home.dir, user: this.userHome, cwd: this.cwd };
  }

  /** A fake secret, remembered: it must not show where it should not. */
  canary(name: string, prefix?: string): string {
    const canary = makeCanary(name, prefix);
    this.#canaries.push(canary);
    return canary.text;
  }

  /** Remembers a secret of the test's own making, such as a JWT or a PEM. */
  secret(name: string, text: string): string {
    this.#canaries.push({ name, text });
    return text;
  }

  /** Writes a file below the user's home (`~/…`) or, without that, the working directory. */
  write(name: string, text: string): string {
    const path = name.startsWith('~/') ? join(this.userHome, name.slice(2)) : join(this.cwd, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    this.#allowed.add(path);
    return path;
  }

  /** A file that the program writes and that may hold a secret. */
  allowSecretIn(path: string): void {
    this.#allowed.add(path);
  }

  /** Puts a program on the PATH that records its calls and answers as told. */
  program(name: string, reply: ProgramReply): void {
    installProgram({ bin: this.#dir('bin'), calls: this.#dir('calls') }, name, reply);
  }

  /** Calls of the programs of this world, in order. */
  calls(name?: string): ProgramCall[] {
    return readCalls(this.#dir('calls')).filter((call) => !name || call.name === name);
  }

  /** For runs that are started elsewhere (`dialogue.ts`, `terminal.ts`): the program and its environment. */
  get programFile(): string {
    return this.#program;
  }

  get env(): Readonly<Record<string, string>> {
    return this.#env;
  }

  /** Searches what such a run left for secrets. */
  inspect(run: Run, args: readonly string[], options: RunOptions = {}): void {
    this.#searchForCanaries(run, args, options);
  }

  async gormes(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    return this.start(args, options).done;
  }

  /** For tests that send signals or answer while it runs. */
  start(args: readonly string[], options: RunOptions = {}): Running {
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries({ ...this.#env, ...options.env })) {
      if (value !== undefined) env[name] = value;
    }
    const child = spawn(process.execPath, [this.#program, ...args], {
      cwd: options.cwd ?? this.cwd,
      env,
      stdio: [options.holdInput || options.input !== undefined ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    child.stdin?.on('error', () => undefined); // it may end without reading
    if (!options.holdInput) child.stdin?.end(options.input);
    const output = { stdout: '', stderr: '' };
    const ended = new Promise<Run>((resolve, reject) => {
      const limit = setTimeout(() => child.kill('SIGKILL'), RUN_LIMIT_MS);
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        output.stdout += text;
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        output.stderr += text;
      });
      child.on('error', reject);
      child.on('close', (exitCode) => {
        clearTimeout(limit);
        resolve({ exitCode, ...output });
      });
    });
    const running: Running = {
      child,
      printed: (text) => untilPrinted(child, () => output.stdout + output.stderr, text),
      soFar: () => output.stdout + output.stderr,
      done: ended.then((run) => {
        this.#running.delete(running);
        this.#searchForCanaries(run, args, options);
        return run;
      }),
    };
    running.done.catch(() => undefined); // awaited by the test, or not at all
    this.#running.add(running);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const { child, done } of this.#running) {
        child.kill('SIGKILL');
        await done;
      }
    } finally {
      rmSync(this.#root, { recursive: true, force: true });
      await this.internet?.[Symbol.asyncDispose]();
    }
  }

  #dir(name: string): string {
    return join(this.#root, name);
  }

  #searchForCanaries(run: Run, args: readonly string[], options: RunOptions): void {
    const places: [place: string, text: string][] = [['stderr', run.stderr]];
    if (!options.allowSecretOnStdout) places.push(['stdout', run.stdout]);
    for (const call of this.calls()) {
      places.push([`argv of ${call.name}`, call.argv.join('\n')]);
      if (options.allowSecretInChildEnv) continue;
      places.push([`environment of ${call.name}`, Object.values(call.env).join('\n')]);
    }
    for (const file of this.#searchedFiles()) {
      places.push([relative(this.#root, file), file], [file, readFileSync(file, 'latin1')]);
    }
    const leaks = places.flatMap(([place, text]) =>
      findCanaries(text, this.#canaries).map((what) => `${what} in ${place}`),
    );
    if (leaks.length > 0)
      throw new Error(`gormes ${args[0]} ${args[1] ?? ''} leaked ${leaks.join(', ')}`);
  }

  #searchedFiles(): string[] {
    const ours = [this.#dir('bin'), this.#dir('calls')];
    return filesUnder(this.#root).filter((file) => {
      const below = relative(this.#root, file);
      if (ours.some((dir) => file === dir || file.startsWith(`${dir}/`))) return false;
      if (this.#allowed.has(file) || this.home.written.has(file) || SECRET_FILES.test(below))
        return false;
      return existsSync(file) && lstatSync(file).isFile();
    });
  }
}

function untilPrinted(child: ChildProcess, printed: () => string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (printed().includes(text)) resolve();
    };
    look();
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.on('close', () => {
      look();
      reject(new Error(`ended before it printed "${text}"; it printed: ${printed()}`));
    });
  });
}
