import { expect, test } from 'vitest';
import { CATALOG } from '../../src/providers/catalog.ts';
import { startWorld } from '../support/world.ts';
import facts from '../unit/fixtures/provider-facts.json' with { type: 'json' };

/** Fields of a stored API key, in Hermes' order (pool-store §7, §13). */
const FIELDS = [
  'id',
  'label',
  'auth_type',
  'priority',
  'source',
  'access_token',
  'last_status',
  'last_status_at',
  'last_error_code',
  'last_error_reason',
  'last_error_message',
  'last_error_reset_at',
  'base_url',
  'request_count',
];

const withKeys = CATALOG.filter((row) => row.types.includes('api_key'));
const withoutKeys = CATALOG.filter((row) => !row.types.includes('api_key'));

test('all rows of the provider facts are in the catalog', () => {
  expect(CATALOG.map((row) => row.id).sort()).toEqual(
    (facts as readonly { readonly id: string }[]).map(({ id }) => id).sort(),
  );
});

test.each(withKeys)(
  '$id: a key is added, listed and removed, under its aliases too',
  async (row) => {
    await using world = await startWorld();
    const key = world.canary(row.id, 'key-');
    const name = row.aliases[0] ?? row.id;
    const added = await world.gormes(['auth', 'add', name, '--type', 'api-key', '--label', 'x'], {
      input: `${key}\n`,
    });
    expect(added).toMatchObject({ exitCode: 0, stdout: `Added ${row.id} credential #1: "x"\n` });
    const [entry] = world.home.pool(row.id);
    expect(Object.keys(entry ?? {})).toEqual(FIELDS);
    expect(entry).toMatchObject({
      auth_type: 'api_key',
      source: 'manual',
      access_token: key,
      base_url: row.baseUrl,
    });
    const listed = await world.gormes(['auth', 'list', row.aliases.at(-1) ?? row.id]);
    expect(listed.stdout).toBe(
      `${row.id} (1 credentials):\n  #1  x                    api_key manual ←\n\n`,
    );
    const removed = await world.gormes(['auth', 'remove', name, 'x']);
    expect(removed).toMatchObject({ exitCode: 0, stdout: `Removed ${row.id} credential #1 (x)\n` });
    expect(world.home.pool(row.id)).toEqual([]);
  },
);

test.each(withoutKeys)(
  '$id: an API key is refused with what to do instead, and nothing is written',
  async (row) => {
    await using world = await startWorld();
    const run = await world.gormes(['auth', 'add', row.id, '--type', 'api-key'], {
      input: world.canary(row.id),
    });
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toMatch(/^error: .+\[\w+\]\nhint: .+/);
    expect(world.home.hash()).toBe('absent');
  },
);
