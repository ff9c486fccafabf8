import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, expect, test } from 'vitest';
import { buildScript } from '../support/build-script.ts';
import { FUZZ_KINDS, type FuzzKind, makeInput } from './hostile-input.ts';
import { chooseSeed, figure, LIMIT_MS, sized } from './sizes.ts';

/** Inputs for one process: some of the past ended Node only after others (reliability.md M5). */
const BATCH = 250;
/** Without a word for so long, a process hangs. An input takes milliseconds. */
const SILENCE_MS = 20_000;
const MEMORY_MB = 300;
/** Inputs that once broke a promise; a new one is put here by the run that finds it. */
const CORPUS = new URL('./corpus/', import.meta.url).pathname;

const COUNTS: Readonly<Record<FuzzKind, number>> = {
  declaration: sized(750, 4000),
  store: sized(500, 2000),
  env: sized(250, 1000),
  callback: sized(250, 1500),
  answer: sized(250, 1500),
};

let program = '';
beforeAll(async () => {
  program = await buildScript('fuzz-batch');
});

interface Bad {
  readonly name: string;
  readonly reason: string;
}

interface Batch {
  readonly bad: Bad[];
  readonly inputs: number;
  readonly slowest: Slowest;
}

/** The command that took the most CPU time, and the input that it was given. */
interface Slowest {
  readonly ms: number;
  readonly name: string;
}

/** Runs a batch; a crash or a hang is reported for the input that was under way. */
async function runBatch(args: readonly string[]): Promise<Batch> {
  const node = [`--max-old-space-size=${MEMORY_MB}`, program, ...args];
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'pipe'] });
  const bad: Bad[] = [];
  let [current, done, inputs, stderr] = ['', false, 0, ''];
  let slowest: Slowest = { ms: 0, name: '' };
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const watch = setTimeout(() => child.kill('SIGKILL'), SILENCE_MS);
  const closed = once(child, 'close');
  for await (const line of createInterface(child.stdout)) {
    watch.refresh();
    const [word = '', name = '', ...rest] = line.split(' ');
    if (word === 'start') {
      current = name;
      inputs++;
    }
    if (word === 'bad') bad.push({ name, reason: String(JSON.parse(rest.join(' '))) });
    if (word === 'done') {
      done = true;
      slowest = { ms: Number(name), name: rest.join(' ') };
    }
  }
  clearTimeout(watch);
  const [code, signal] = await closed;
  if (!done) bad.push({ name: current, reason: `ended with ${code ?? signal}: ${stderr}` });
  return { bad, inputs, slowest };
}

/** Keeps an input for good: the next run begins with it. */
function keep(kind: FuzzKind, seed: number, name: string): string {
  const bytes = makeInput(kind, seed, Number(name));
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  mkdirSync(CORPUS, { recursive: true });
  const file = join(CORPUS, `${kind}-${hash}`);
  writeFileSync(file, bytes);
  return file;
}

test.each(FUZZ_KINDS)(
  'the %s files that once broke a promise keep it',
  async (kind) => {
    const names = existsSync(CORPUS) ? readdirSync(CORPUS) : [];
    const files = names.filter((name) => name.startsWith(`${kind}-`));
    const paths = files.map((name) => join(CORPUS, name));
    const { bad, inputs } = await runBatch([kind, 'files', ...paths]);
    expect(bad).toEqual([]);
    expect(inputs).toBe(files.length);
  },
  LIMIT_MS,
);

test.each(FUZZ_KINDS)(
  'a hostile %s is refused with a reason or understood: no crash, no hang, no leak',
  async (kind) => {
    const seed = chooseSeed();
    const [all, failures] = [COUNTS[kind], [] as string[]];
    let inputs = 0;
    let slowest: Slowest = { ms: 0, name: '' };
    for (let first = 0; first < all; ) {
      const count = Math.min(BATCH, all - first);
      const batch = await runBatch([kind, String(seed), String(first), String(count)]);
      inputs += batch.inputs;
      if (batch.slowest.ms > slowest.ms) slowest = batch.slowest;
      for (const { name, reason } of batch.bad)
        failures.push(`seed ${seed}, input ${name}, kept as ${keep(kind, seed, name)}: ${reason}`);
      // After a crash, what comes behind it goes on in a new process.
      first += Math.max(1, batch.inputs);
    }
    expect(failures).toEqual([]);
    expect(inputs).toBe(all);
    figure(
      `fuzz: ${inputs} inputs of kind ${kind} (seed ${seed}) in processes of ${BATCH} with ` +
        `${MEMORY_MB} MB: 0 crashes, 0 hangs (the slowest, number ${slowest.name}, took ` +
        `${slowest.ms} ms of CPU), 0 leaks, 0 prototype changes, each with a verdict`,
    );
  },
  LIMIT_MS,
);
