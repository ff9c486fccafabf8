import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseEntry } from '../../src/pool/choose.ts';
import { pickEntry } from '../../src/pool/selection.ts';
import { STRATEGIES } from '../../src/pool/strategy.ts';
import { entriesOf } from '../support/entries.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const base = { strategy: 'fill_first', pin: undefined, nowMs: NOW, chance: 0 } as const;
const three = [
  { label: 'a', access_token: 'ka' },
  { label: 'b', access_token: 'kb' },
  { label: 'c', access_token: 'kc' },
];
const out = { last_status: 'exhausted', last_status_at: NOW / 1000, last_error_code: 429 };

test('without a pin and a login that is over it is the pick of Hermes', () => {
  const statuses = fc.array(
    fc.constantFrom({}, out, { last_status: 'dead' }, { access_token: '' }),
    {
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(
      statuses,
      fc.constantFrom(...STRATEGIES),
      fc.double({ min: 0, max: 0.99 }),
      (rows, strategy, chance) => {
        const entries = entriesOf(
          rows.map((row, i) => ({ label: `${i}`, access_token: `k${i}`, ...row })),
        );
        const { pick } = chooseEntry(entries, { ...base, strategy, chance });
        const hermes = pickEntry(entries, strategy, NOW, chance);
        expect(pick?.entry.id).toBe(hermes?.entry.id);
        expect(pick?.order).toEqual(hermes?.order);
        expect(pick?.counts).toBe(hermes?.counts);
      },
    ),
  );
});

test.each(STRATEGIES)('%s: a pin wins, and moves nothing', (strategy) => {
  const pin = { id: 'id-c', label: 'c' };
  const { pick } = chooseEntry(entriesOf(three), { ...base, strategy, pin });
  expect(pick).toMatchObject({ entry: { label: 'c' }, order: undefined, counts: false });
});

test.each([
  ['cools down', out],
  ['is dead', { last_status: 'dead' }],
  ['is empty', { access_token: '' }],
  ['has run out', { auth_type: 'oauth', expires_at_ms: NOW }],
])('a pinned entry that %s is not replaced by another', (_name, row) => {
  const entries = entriesOf([three[0] ?? {}, { ...three[1], ...row }]);
  const choice = chooseEntry(entries, { ...base, pin: { id: 'id-b', label: 'b' } });
  expect(choice.pick).toBeUndefined();
  expect(choice.pinned?.label).toBe('b');
});

test('a pin follows its label to a new id, and is void when the entry is gone', () => {
  const entries = entriesOf(three);
  expect(chooseEntry(entries, { ...base, pin: { id: 'old', label: 'b' } }).pick?.entry.label).toBe(
    'b',
  );
  const gone = chooseEntry(entries, { ...base, pin: { id: 'old', label: 'old' } });
  expect(gone.pinned).toBeUndefined();
  expect(gone.pick?.entry.label).toBe('a');
});

test('a login that is over is passed over when nothing can refresh it', () => {
  const over = { label: 'a', access_token: 'ka', auth_type: 'oauth', expires_at_ms: NOW };
  const entries = entriesOf([over, three[1] ?? {}]);
  expect(chooseEntry(entries, base).pick?.entry.label).toBe('b');
  const refreshable = entriesOf([{ ...over, refresh_token: 'r' }, three[1] ?? {}]);
  expect(chooseEntry(refreshable, base).pick?.entry.label).toBe('a');
});

test('what was tried in vain is passed over, and the rotation keeps every entry', () => {
  const { pick } = chooseEntry(entriesOf([{ ...three[0], ...out }, ...three.slice(1)]), {
    ...base,
    strategy: 'round_robin',
    skip: ['id-b'],
  });
  expect(pick?.entry.label).toBe('c');
  const all = chooseEntry(entriesOf(three), { ...base, strategy: 'round_robin', skip: ['id-b'] });
  expect(all.pick?.order).toEqual(['id-b', 'id-c', 'id-a']);
});

test('skipping one does not shorten the cooldown of another', () => {
  const half = { ...three[0], ...out, last_status_at: NOW / 1000 - 120 };
  const { pick } = chooseEntry(entriesOf([half, three[1] ?? {}]), { ...base, skip: ['id-b'] });
  expect(pick).toBeUndefined();
});
