import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localTime, relativeText, timeText } from '../../src/base/time-text.ts';

const NOW = Date.UTC(2026, 7, 10, 12, 0, 0);
const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;
const DAY = 24 * H;

test.each([
  ['this very moment', 0, 'now'],
  ['less than half a second ago', -400, 'now'],
  ['seconds ahead', 40 * S, 'in 40 s'],
  ['a minute and a half', 90 * S, 'in 2 min'],
  ['an hour ago, still better said in minutes', -64 * MIN, '64 min ago'],
  ['three hours ahead', 3 * H - 4 * MIN, 'in 3 h'],
  ['a day and a half', 36 * H, 'in 36 h'],
  ['two days ago', -2 * DAY, '2 days ago'],
  ['years', 800 * DAY, 'in 800 days'],
])('%s', (_name, distance, text) => {
  expect(relativeText(NOW + distance, NOW)).toBe(text);
});

test('an amount is never zero, has one unit, and its plural is right', () => {
  fc.assert(
    fc.property(fc.integer({ min: -4e12, max: 4e12 }), (distance) => {
      const text = relativeText(NOW + distance, NOW);
      expect(text).toMatch(/^(now|(in )?([1-9]\d* (s|min|h)|([2-9]|[1-9]\d+) days)( ago)?)$/);
      if (text !== 'now') expect(text.startsWith('in ')).toBe(distance > 0);
      if (text !== 'now') expect(text.endsWith(' ago')).toBe(distance < 0);
    }),
  );
});

describe('a time is shown where the reader is', () => {
  const before = process.env.TZ;
  const inZone = (zone: string, run: () => void): void => {
    process.env.TZ = zone;
    try {
      run();
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  };

  test.each([
    ['UTC', '2026-08-10 12:00'],
    ['Europe/Berlin', '2026-08-10 14:00'],
    ['America/St_Johns', '2026-08-10 09:30'],
    ['Pacific/Kiritimati', '2026-08-11 02:00'],
  ])('%s', (zone, text) => {
    inZone(zone, () => {
      expect(localTime(NOW)).toBe(text);
      expect(localTime(NOW, true)).toBe(`${text}:00`);
      expect(timeText(NOW, NOW - 3 * H)).toBe(`${text} (in 3 h)`);
    });
  });
});
