// `npm run bench`: how long commands take against starting Node and nothing else, how much memory
// they need, and how many system calls they make. With --smoke one pair each in small homes, which
// only proves that the measuring works; with --pairs N so many. No test asserts on a time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pair, peak, systemCalls } from './pairs.mjs';
import { makeRows } from './rows.mjs';
import { sizes } from './sizes.mjs';

/** From 1,000 to 10,000 entries, of the part above Node. */
const GROWTH = 11;
const BUNDLE_MB = 2;
const INSTALLED_MB = 15;

const program = new URL('../dist/gormes.js', import.meta.url).pathname;
const { values } = parseArgs({
  options: { smoke: { type: 'boolean', default: false }, pairs: { type: 'string', default: '20' } },
});
const { smoke } = values;
const pairs = smoke ? 1 : Number(values.pairs);
const dir = mkdtempSync(join(tmpdir(), 'gormes-bench-'));

/** `≤ 1.5`, and a mark where it was missed. */
function goal(value, most, text = String(most)) {
  if (most === undefined) return '';
  return `≤ ${text}${value > most && !smoke ? '  missed' : ''}`;
}

function line(cells) {
  const widths = [46, 9, 8, 18, 8, 8];
  return cells
    .map((cell, i) => (i === 0 || i > 5 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i])))
    .join(' ')
    .trimEnd();
}

try {
  const { node, rows, growth } = makeRows(dir, program, smoke ? 100 : 10_000);
  console.log(line(['command', 'median ms', 'node ms', 'ratio (spread)', 'MB', 'calls', 'goal']));
  const above = new Map();
  for (const { name, run, ratio: most, above: mostAbove, memory } of rows) {
    const { a, b, ratio, above: over } = pair(run, node, pairs, smoke ? 0 : 1);
    above.set(name, over.median);
    run.before?.();
    const mb = peak(run);
    const goals = [
      goal(ratio.median, most),
      goal(over.median, mostAbove, `node + ${mostAbove} ms`),
      goal(mb, memory, `${memory} MB`),
    ];
    console.log(
      line([
        name,
        a.toFixed(1),
        b.toFixed(1),
        `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}–${ratio.most.toFixed(2)})`,
        mb.toFixed(0),
        String(systemCalls(run) ?? '-'),
        goals.filter((text) => text !== '').join(', '),
      ]),
    );
  }
  for (const { name, from, to } of growth) {
    const times = above.get(to) / above.get(from);
    console.log(
      line([`growth, ${name}`, `× ${times.toFixed(1)}`, '', '', '', '', goal(times, GROWTH)]),
    );
  }
  const { bundle, installed } = sizes();
  for (const [name, bytes, most] of [
    ['bundle', bundle, BUNDLE_MB],
    ['installed', installed, INSTALLED_MB],
  ]) {
    const mb = bytes / 1e6;
    console.log(line([name, `${mb.toFixed(1)} MB`, '', '', '', '', goal(mb, most, `${most} MB`)]));
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
