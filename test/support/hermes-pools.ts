import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const SCRIPT = new URL('./hermes-pool.py', import.meta.url).pathname;

/** What hermes-pool.py does in one home. */
export interface HermesTask {
  readonly home: string;
  readonly provider: string;
  readonly op: 'load' | 'persist' | 'add';
  readonly label?: string;
  readonly key?: string;
}

/** Hermes that run all the time, each with its copy of a pool: one process, started at the first task. */
export class HermesPools {
  #process: { readonly child: ChildProcess; readonly lines: AsyncIterator<string> } | undefined;
  #last: Promise<void> = Promise.resolve();

  /** Ends when the task is done; tasks are done one after another. */
  tell(task: HermesTask): Promise<void> {
    const done = this.#last.then(() => this.#do(task));
    this.#last = done.catch(() => {});
    return done;
  }

  async end(): Promise<void> {
    const child = this.#process?.child;
    if (child === undefined) return;
    child.stdin?.end();
    await once(child, 'close');
  }

  async #do(task: HermesTask): Promise<void> {
    this.#process ??= start();
    const { child, lines } = this.#process;
    child.stdin?.write(`${JSON.stringify(task)}\n`);
    const { value, done } = await lines.next();
    if (done || value !== 'ok') throw new Error(`the stand-in for Hermes ended: ${value}`);
  }
}

function start() {
  const child = spawn('python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  return { child, lines: lines[Symbol.asyncIterator]() };
}
