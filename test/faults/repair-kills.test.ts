import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Fault, leftovers, type Place, runVictim, withPlace } from './faulty-run.ts';
import { figure, LIMIT_MS } from './sizes.ts';

const REPAIR = { name: 'repair', args: ['auth', 'repair', '--yes'], prepare: () => undefined };
const RESET = { ...REPAIR, args: ['auth', 'reset', 'xai'] };

/** A store whose last entry is cut off; returns its bytes. */
function damage({ home }: Place): string {
  home.seed({
    openrouter: [
      { label: 'one', key: 'fake-key-one' },
      { label: 'two', key: 'fake-key-two' },
    ],
    xai: [{ label: 'three', key: 'fake-key-three' }],
  });
  const text = home.read('auth.json');
  home.write('auth.json', text.slice(0, text.indexOf('"three"')));
  return home.read('auth.json');
}

const originals = ({ home }: Place): string[] =>
  readdirSync(home.dir)
    .filter((name) => /^auth\.json\.damaged\.[^.]+\.[0-9a-f]+$/.test(name))
    .map((name) => home.read(name));

test(
  'killed at any of its changes, a repair leaves the damaged store or the repaired one, and the original',
  async () => {
    const { calls, repaired } = await withPlace(async (place) => {
      damage(place);
      const run = await runVictim(place, REPAIR);
      expect(run, run.stderr).toMatchObject({ code: 0 });
      return { calls: run.calls, repaired: place.home.read('auth.json') };
    });
    expect(calls).toBeGreaterThan(8);
    let kills = 0;
    for (const mode of ['kill-before', 'kill-mid', 'kill-after']) {
      for (let at = 1; at <= calls; at++) {
        await withPlace(async (place) => {
          const damaged = damage(place);
          const fault: Fault = { at, mode };
          const where = `${mode} ${at} of ${calls}`;
          expect((await runVictim(place, REPAIR, fault)).signal, where).toBe('SIGKILL');
          kills++;
          const text = place.home.read('auth.json');
          expect([damaged, repaired], where).toContain(text);
          // Nothing is replaced before a copy of it stands beside it.
          if (text === repaired) expect(originals(place), where).toEqual([damaged]);
          expect(leftovers(place).open, where).toEqual([]);
          expect((await runVictim(place, REPAIR)).code, where).toBe(0);
          expect(place.home.read('auth.json'), where).toBe(repaired);
          expect(originals(place), where).toContain(damaged);
          await runVictim(place, RESET);
          expect(leftovers(place).temps, where).toEqual([]);
        });
      }
    }
    figure(
      `kills: repair at each of its ${calls} changes, ${kills} kills: 0 third states, 0 left over`,
    );
  },
  LIMIT_MS,
);
