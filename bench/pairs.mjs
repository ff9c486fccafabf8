// Paired runs: A B A B …, so that a machine that changes its speed changes both.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PEAK = new URL('./peak.cjs', import.meta.url).pathname;

/** Runs a command once, after its `before`, which is not measured. */
function once({ args, env, input, before }, program = process.execPath, first = []) {
  before?.();
  const start = process.hrtime.bigint();
  const run = spawnSync(program, [...first, ...args], {
    env,
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 256 * 1024 * 1024,
  });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (run.status !== 0) {
    throw new Error(`a measured command exited ${run.status}: ${run.error ?? run.stderr}`);
  }
  return ms;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Medians in milliseconds, and ratio and difference pair by pair as least, median and most. */
export function pair(a, b, pairs, warmUps) {
  const times = { a: [], b: [] };
  for (let i = -warmUps; i < pairs; i++) {
    const left = once(a);
    const right = once(b);
    if (i < 0) continue; // the first pair warms the disk cache
    times.a.push(left);
    times.b.push(right);
  }
  const spread = (of) => {
    const values = times.a.map((left, i) => of(left, times.b[i]));
    return { least: Math.min(...values), median: median(values), most: Math.max(...values) };
  };
  return {
    a: median(times.a),
    b: median(times.b),
    ratio: spread((left, right) => left / right),
    above: spread((left, right) => left - right),
  };
}

/** The largest memory of a command in MB. */
export function peak(command) {
  return inDirectory((dir) => {
    const file = join(dir, 'peak');
    const env = { ...command.env, BENCH_PEAK: file };
    once({ ...command, env }, process.execPath, ['--require', PEAK]);
    return (Number(readFileSync(file, 'utf8')) * 1024) / 1e6;
  });
}

/** How many system calls a command makes, its threads and children included; undefined without strace. */
export function systemCalls(command) {
  if (spawnSync('strace', ['-V']).status !== 0) return undefined;
  return inDirectory((dir) => {
    const file = join(dir, 'calls');
    once(command, 'strace', ['-f', '-c', '-o', file, process.execPath]);
    const total = readFileSync(file, 'utf8')
      .split('\n')
      .find((line) => line.endsWith(' total'));
    return Number(total?.trim().split(/\s+/).at(3));
  });
}

function inDirectory(run) {
  const dir = mkdtempSync(join(tmpdir(), 'gormes-bench-'));
  try {
    return run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
