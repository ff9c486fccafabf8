// Paired runs: A B A B …, so that a machine that changes its speed changes both.
import { spawnSync } from 'node:child_process';

function once({ args, env, input }) {
  const start = process.hrtime.bigint();
  const run = spawnSync(process.execPath, args, { env, input, stdio: ['pipe', 'pipe', 'pipe'] });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  return { ms, code: run.status, stderr: run.stderr.toString() };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Medians in milliseconds, and the ratio pair by pair as least, median and most. */
export function pair(a, b, pairs) {
  const times = { a: [], b: [], ratio: [] };
  for (let i = -1; i < pairs; i++) {
    const left = once(a);
    const right = once(b);
    const bad = [left, right].find((run) => run.code !== 0);
    if (bad) throw new Error(`a measured command exited ${bad.code}: ${bad.stderr}`);
    if (i < 0) continue; // the first pair warms the disk cache
    times.a.push(left.ms);
    times.b.push(right.ms);
    times.ratio.push(left.ms / right.ms);
  }
  return {
    a: median(times.a),
    b: median(times.b),
    ratio: median(times.ratio),
    least: Math.min(...times.ratio),
    most: Math.max(...times.ratio),
  };
}
