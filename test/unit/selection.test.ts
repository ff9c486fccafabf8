import fc from 'fast-check';
import { expect, test } from 'vitest';
import { peekEntry, pickEntry } from '../../src/pool/selection.ts';
import { STRATEGIES } from '../../src/pool/strategy.ts';
import { entriesOf } from '../support/entries.ts';

const NOW = 1_786_355_001_520;
const cooling = { last_status: 'exhausted', last_status_at: NOW / 1000, last_error_code: 429 };
const dead = { last_status: 'dead' };
const empty = { access_token: '' };

test.each([
  ['the first by priority', [{ label: 'a' }, { label: 'b' }], 'a'],
  ['not a cooling one', [{ label: 'a', ...cooling }, { label: 'b' }, { label: 'c' }], 'b'],
  ['not a dead one', [{ label: 'a', ...dead }, { label: 'b' }], 'b'],
  ['not one without a key', [{ label: 'a', ...empty }, { label: 'b' }], 'b'],
  ['nothing from nothing', [], undefined],
  [
    'nothing when all are out',
    [
      { label: 'a', ...dead },
      { label: 'b', ...cooling },
      { label: 'c', ...cooling },
    ],
    undefined,
  ],
])('fill_first picks %s', (_name, rows, label) => {
  expect(pickEntry(entriesOf(rows), 'fill_first', NOW, 0)?.entry.label).toBe(label);
});

test('priority decides, not the order in the file', () => {
  const rows = [
    { label: 'a', priority: 5 },
    { label: 'b', priority: 1 },
  ];
  expect(pickEntry(entriesOf(rows), 'fill_first', NOW, 0)?.entry.label).toBe('b');
});

test('round_robin goes through all available ones in turn and leaves the others in their order', () => {
  let entries = entriesOf([
    { label: 'a' },
    { label: 'b' },
    { label: 'x', ...dead },
    { label: 'c' },
  ]);
  const seen: string[] = [];
  for (let turn = 0; turn < 6; turn++) {
    const pick = pickEntry(entries, 'round_robin', NOW, 0);
    seen.push(pick?.entry.label ?? '-');
    const order = pick?.order ?? [];
    expect(new Set(order)).toEqual(new Set(entries.map((entry) => entry.id)));
    entries = entries.map((entry) => ({ ...entry, priority: order.indexOf(entry.id) }));
  }
  expect(seen).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});

test('with one available entry no strategy moves or counts anything', () => {
  const entries = entriesOf([{ label: 'a' }, { label: 'b', ...dead }]);
  for (const strategy of STRATEGIES) {
    expect(pickEntry(entries, strategy, NOW, 0.99)).toMatchObject({
      order: undefined,
      counts: false,
    });
  }
});

test('least_used picks the smallest count, the lowest priority among equals, and counts it', () => {
  const entries = entriesOf([
    { label: 'a', request_count: 3 },
    { label: 'b', request_count: 1 },
    { label: 'c', request_count: 1 },
  ]);
  expect(pickEntry(entries, 'least_used', NOW, 0)).toMatchObject({
    entry: { label: 'b' },
    counts: true,
  });
});

test.each([
  [0, 'a'],
  [0.34, 'b'],
  [0.999, 'c'],
])('random picks by chance: %d', (chance, label) => {
  const entries = entriesOf([{ label: 'a' }, { label: 'b' }, { label: 'c' }]);
  expect(pickEntry(entries, 'random', NOW, chance)?.entry.label).toBe(label);
});

test('the sole entry that is not dead is back after a minute', () => {
  const entries = entriesOf([
    { label: 'a', ...cooling },
    { label: 'b', ...dead },
  ]);
  expect(pickEntry(entries, 'fill_first', NOW + 59_000, 0)).toBeUndefined();
  expect(pickEntry(entries, 'fill_first', NOW + 60_000, 0)?.entry.label).toBe('a');
});

const rows = fc.array(
  fc.record({
    label: fc.string({ minLength: 1, maxLength: 4 }),
    request_count: fc.nat(9),
    last_status: fc.constantFrom(null, 'ok', 'dead', 'exhausted'),
    last_status_at: fc.constantFrom(null, NOW / 1000, NOW / 1000 - 9999),
    last_error_code: fc.constantFrom(null, 401, 402, 429, 500),
    access_token: fc.constantFrom('', 'k'),
  }),
  { maxLength: 6 },
);

test('what is marked as current is what the strategy would pick, and is never out', () => {
  fc.assert(
    fc.property(rows, fc.constantFrom(...STRATEGIES), (list, strategy) => {
      const entries = entriesOf(list.map((row, i) => ({ ...row, id: `id${i}` })));
      const peek = peekEntry(entries, strategy, NOW);
      expect(peek?.id).toBe(pickEntry(entries, strategy, NOW, 0)?.entry.id);
      if (peek !== undefined) expect(peek.status).not.toBe('dead');
    }),
  );
});
