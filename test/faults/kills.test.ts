import { readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { inLanes, leftovers, type Place, runVictim, type Victim, withPlace } from './faulty-run.ts';
import { figure, LIMIT_MS } from './sizes.ts';
import { victims } from './victims.ts';

/** In the seconds of the store. */
const STARTED = Date.now() / 1000;

/** What a home holds, without ids, times and our own notes: two runs that did the same are equal. */
function essence({ home }: Place): unknown {
  const auth = structuredClone(home.auth());
  delete auth.updated_at;
  const pool = auth.credential_pool as Record<string, JsonObject[]>;
  const pins = pinsOf(home, pool);
  for (const row of Object.values(pool).flat()) {
    delete row.id;
    if (Number(row.last_status_at) > STARTED) row.last_status_at = 'just now';
  }
  // An empty pool, and an empty object that a section is created in, mean nothing.
  for (const [provider, rows] of Object.entries(pool)) if (rows.length === 0) delete pool[provider];
  const mcp = home.exists('mcp-tokens') ? readdirSync(home.path('mcp-tokens')) : [];
  return { auth, mcp, env: home.read('.env'), config: home.read('config.yaml'), pins };
}

/** Of our own notes, the pins: the entries that they mean, and whose they are. */
function pinsOf(home: Place['home'], pool: Record<string, JsonObject[]>): unknown {
  if (!home.exists('gormes/ledger.json')) return [];
  const { pins = {}, owned_pins: owned = {} } = home.json('gormes/ledger.json');
  return Object.entries(pins as JsonObject).map(([provider, pin]) => ({
    provider,
    place: pool[provider]?.findIndex((row) => row.id === (pin as JsonObject).id),
    owned: isDeepStrictEqual({ ...(pin as object), declaration: 'kills' }, Object(owned)[provider]),
  }));
}

async function finalState(victim: Victim): Promise<{ calls: number; state: unknown }> {
  return await withPlace(async (place) => {
    victim.prepare(place);
    const run = await runVictim(place, victim);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    return { calls: run.calls, state: essence(place) };
  });
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

test.each(victims)(
  '$name: killed at any of its changes, the store is whole and a repeat ends as it should',
  async (victim) => {
    const { calls, state } = await finalState(victim);
    expect(calls).toBeGreaterThan(5);
    expect(state).toMatchObject({ pins: victim.pins ?? [] });
    // In the middle of a write, before every other call, and after the last one.
    const kills = numbers(calls).map((at) => ({ at, mode: 'kill-mid' }));
    await inLanes([...kills, { at: calls, mode: 'kill-after' }], (fault) =>
      withPlace(async (place) => {
        victim.prepare(place);
        const where = `${fault.mode} ${fault.at} of ${calls}`;
        expect((await runVictim(place, victim, fault)).signal, where).toBe('SIGKILL');
        expect(() => place.home.auth(), where).not.toThrow();
        expect(leftovers(place).open, where).toEqual([]);
        const again = await runVictim(place, victim);
        // Done already: then there is nothing to remove any more, or a second key was added.
        if (again.code !== 0) expect(again.stderr, where).toContain('No credential matching');
        if (victim.name === 'add') dropSecondKey(place);
        expect(essence(place), where).toEqual(state);
        // Whatever takes the lock next sweeps; a repeat with nothing to do takes none.
        await runVictim(place, { ...victim, args: ['auth', 'reset', 'anthropic'] });
        expect(leftovers(place).temps, where).toEqual([]);
      }),
    );
    figure(`kills: ${victim.name} at each of its ${calls} changes: 0 third states, 0 left over`);
  },
  LIMIT_MS,
);

/** `add` adds each time that it is asked; a killed one may have been done. */
function dropSecondKey(place: Place): void {
  const auth = place.home.auth();
  const pool = auth.credential_pool as Record<string, JsonObject[]>;
  expect(pool.xai?.length).toBeLessThanOrEqual(2);
  pool.xai = (pool.xai ?? []).slice(0, 1);
  place.home.write('auth.json', JSON.stringify(auth));
}

const ERRNOS = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE', 'EDQUOT'];

test.each(victims)(
  '$name: when a call fails, the command says so or is done, and nothing is torn',
  async (victim) => {
    const { calls } = await finalState(victim);
    await inLanes(numbers(calls), (at) =>
      withPlace(async (place) => {
        const mode = ERRNOS[at % ERRNOS.length] ?? 'EIO';
        victim.prepare(place);
        const where = `${mode} at ${at} of ${calls}`;
        const run = await runVictim(place, victim, { at, mode });
        expect(() => place.home.auth(), where).not.toThrow();
        expect(leftovers(place), where).toEqual({ open: [], temps: [] });
        expect(run.stderr + run.stdout, where).not.toContain('[bug]');
        if (run.code === 0) return;
        expect([1, 4], where).toContain(run.code);
        expect(run.stderr + run.stdout, where).toMatch(/\[\w+\]/);
      }),
    );
    figure(`errors: ${victim.name} at each of its ${calls} changes: 0 half states, 0 left over`);
  },
  LIMIT_MS,
);
