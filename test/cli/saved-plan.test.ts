import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { applied, declare } from '../support/declaration.ts';
import { startWorld, type World } from '../support/world.ts';

const YAML = `
providers:
  deepseek:
    strategy: round_robin
    credentials: { a: { api_key: "file:k" }, new: { api_key: "file:k2" } }
  xai: { credentials: { gone: { state: absent } } }
`;

/** A home with an entry to rotate, one to remove, and ones that no step touches; the plan is saved. */
async function saved(world: World): Promise<void> {
  world.home.seed({
    deepseek: [
      { label: 'a', key: world.canary('old'), id: 'aaaaaa' },
      { label: 'other', key: world.canary('other'), id: 'bbbbbb' },
    ],
    xai: [
      { label: 'gone', key: world.canary('gone'), id: 'cccccc' },
      { label: 'stays', key: world.canary('stays'), id: 'dddddd' },
    ],
    groq: [],
  });
  world.write('k', `${world.canary('new')}\n`);
  world.write('k2', `${world.canary('second')}\n`);
  declare(world, YAML);
  const run = await world.gormes(['auth', 'plan', '--out', 'p.gormes', '--detailed-exitcode']);
  expect(run).toMatchObject({ exitCode: 2 });
}

/** Changes rows of `auth.json` as another process would. */
function edit(world: World, change: (row: JsonObject) => void): void {
  const auth = structuredClone(world.home.auth());
  const pools = auth.credential_pool as Record<string, JsonObject[]>;
  for (const rows of Object.values(pools)) for (const row of rows) change(row);
  world.home.write('auth.json', `${JSON.stringify(auth, null, 2)}\n`);
}

test('a saved plan is 0600, holds no secret, and is carried out without a question', async () => {
  await using world = await startWorld();
  await saved(world);
  const file = join(world.cwd, 'p.gormes');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const plan = await world.gormes(['auth', 'plan']);
  const shown = await world.gormes(['auth', 'show', 'p.gormes']);
  expect(shown).toMatchObject({ exitCode: 0, stdout: plan.stdout });
  const run = await world.gormes(['auth', 'apply', 'p.gormes']);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(world.home.pool('deepseek').map((row) => row.label)).toEqual(['a', 'other', 'new']);
  expect(world.home.pool('xai').map((row) => row.label)).toEqual(['stays']);
});

test.each(['--json', '--markdown', '--diff'])(
  'show %s prints what plan %s prints',
  async (form) => {
    await using world = await startWorld();
    await saved(world);
    const plan = await world.gormes(['auth', 'plan', form]);
    const shown = await world.gormes(['auth', 'show', 'p.gormes', form]);
    expect(shown.stdout).toBe(plan.stdout);
  },
);

test('what Hermes does all the time does not matter: statuses, counters, priorities', async () => {
  await using world = await startWorld();
  await saved(world);
  edit(world, (row) => {
    row.last_status = 'exhausted';
    row.last_status_at = Date.now() / 1000;
    row.last_error_code = 429;
    row.request_count = 99;
    if (row.id === 'bbbbbb') row.priority = 0;
    if (row.id === 'aaaaaa') row.priority = 1;
  });
  expect(await world.gormes(['auth', 'apply', 'p.gormes'])).toMatchObject({ exitCode: 0 });
});

test('entries that no step touches may come and go', async () => {
  await using world = await startWorld();
  await saved(world);
  const auth = structuredClone(world.home.auth());
  const pools = auth.credential_pool as Record<string, JsonObject[]>;
  pools.xai = (pools.xai ?? []).filter((row) => row.id !== 'dddddd');
  pools.groq = [{ id: 'eeeeee', label: 'x', source: 'manual', access_token: world.canary('groq') }];
  world.home.write('auth.json', JSON.stringify(auth));
  expect(await world.gormes(['auth', 'apply', 'p.gormes'])).toMatchObject({ exitCode: 0 });
});

describe('a saved plan is refused, exit 6, and nothing is changed', () => {
  const cases: readonly [
    name: string,
    said: string,
    move: (world: World) => unknown,
    args?: readonly string[],
  ][] = [
    [
      'when an entry that it rotates has another secret',
      'deepseek/a: the secret of entry #aaaaaa changed',
      (world) =>
        edit(world, (row) => {
          if (row.id === 'aaaaaa') row.access_token = world.canary('changed');
        }),
    ],
    [
      'when an entry that it removes was relabelled',
      'xai/gone: the label of entry #cccccc changed',
      (world) =>
        edit(world, (row) => {
          if (row.id === 'cccccc') row.label = 'renamed';
        }),
    ],
    [
      'when an entry with the label that it adds is there',
      'deepseek/new: entry #bbbbbb is new',
      (world) =>
        edit(world, (row) => {
          if (row.id === 'bbbbbb') row.label = 'new';
        }),
    ],
    [
      'when the setting that it changes was changed',
      'deepseek: what it sets was set otherwise',
      (world) =>
        world.home.write('config.yaml', 'credential_pool_strategies: { deepseek: random }\n'),
    ],
    [
      'when a reference gives another secret',
      'deepseek/new: its reference gives another secret',
      (world) => world.write('k2', `${world.canary('third')}\n`),
    ],
    [
      'when the declaration changed',
      'declaration: it changed',
      (world) => declare(world, `${YAML} `),
    ],
    [
      'when the declaration is gone',
      'declaration: it changed',
      (world) => writeFileSync(join(world.cwd, 'gormes.auth.yaml'), 'version: 2\n'),
    ],
    [
      'when the ledger changed',
      'ledger: an apply or another command changed what is managed',
      async (world) => {
        world.write(
          'other.yaml',
          'version: 1\nname: other\nproviders: { xai: { credentials: { stays: { api_key: "prompt:" } } } }\n',
        );
        const run = await world.gormes(['auth', 'apply', '--yes', '-f', 'other.yaml']);
        expect(run.exitCode).toBe(0);
      },
    ],
    [
      'when it was carried out already',
      'ledger: an apply or another command changed what is managed',
      (world) => world.gormes(['auth', 'apply', 'p.gormes']),
    ],
    ['in another home', 'home: it is for ', () => undefined, ['--home', '/nonexistent/elsewhere']],
  ];
  test.each(cases)('%s', async (_name, said, move, args = []) => {
    await using world = await startWorld();
    await saved(world);
    await move(world);
    const before = world.home.hash();
    const run = await world.gormes(['auth', 'apply', 'p.gormes', ...args]);
    expect(run).toMatchObject({ exitCode: 6, stdout: '' });
    expect(run.stderr).toContain(said);
    expect(run.stderr).toContain('[plan_stale]');
    expect(world.home.hash()).toBe(before);
  });
});

test('a plan file that was edited, cut, or is of another version exits 1', async () => {
  await using world = await startWorld();
  await saved(world);
  const file = join(world.cwd, 'p.gormes');
  const text = readFileSync(file, 'utf8');
  const before = world.home.hash();
  for (const [bad, said] of [
    [text.replace('"deepseek"', '"anthropic"'), 'was edited'],
    [text.slice(0, -40), 'cut short'],
    [text.replace('"format_version":1', '"format_version":2'), 'another version'],
    ['{}', 'no saved plan'],
    ['', 'no saved plan'],
  ] as const) {
    writeFileSync(file, bad);
    for (const command of ['apply', 'show']) {
      const run = await world.gormes(['auth', command, 'p.gormes']);
      expect(run).toMatchObject({ exitCode: 1, stdout: '' });
      expect(run.stderr).toContain(said);
    }
  }
  expect(world.home.hash()).toBe(before);
});

test('--out does not overwrite a file that is no plan', async () => {
  await using world = await startWorld();
  await saved(world);
  const run = await world.gormes(['auth', 'plan', '--out', 'gormes.auth.yaml']);
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('[out_exists]');
});

test('a saved plan takes no options that would make it another', async () => {
  await using world = await startWorld();
  await saved(world);
  const run = await world.gormes(['auth', 'apply', 'p.gormes', '--target', 'xai']);
  expect(run).toMatchObject({ exitCode: 64 });
});

test('a plan of a home without ledger is saved without writing to the home', async () => {
  await using world = await startWorld();
  world.write('k', `${world.canary('k')}\n`);
  declare(world, 'providers: { xai: { credentials: { a: { api_key: "file:k" } } } }');
  await world.gormes(['auth', 'plan', '--out', 'p.gormes']);
  expect(world.home.hash()).toBe('absent');
  expect(await world.gormes(['auth', 'apply', 'p.gormes'])).toMatchObject({ exitCode: 0 });
  await applied(world);
});

test('in a home that is managed already, another apply makes it stale; a look does not', async () => {
  await using world = await startWorld();
  world.write('k', `${world.canary('k')}\n`);
  const other =
    'version: 1\nname: other\nproviders: { deepseek: { credentials: { b: { api_key: "file:k" } } } }\n';
  world.write('other.yaml', other);
  declare(world, 'providers: { xai: { credentials: { a: { api_key: "file:k" } } } }');
  await applied(world);
  declare(
    world,
    'providers: { xai: { strategy: random, credentials: { a: { api_key: "file:k" } } } }',
  );
  await world.gormes(['auth', 'plan', '--out', 'p.gormes']);
  await world.gormes(['auth', 'plan']);
  await world.gormes(['auth', 'list']);
  await world.gormes(['auth', 'plan', '--out', 'q.gormes']);
  expect(await world.gormes(['auth', 'apply', 'p.gormes'])).toMatchObject({ exitCode: 0 });
  await world.gormes(['auth', 'apply', '--yes', '-f', 'other.yaml']);
  const run = await world.gormes(['auth', 'apply', 'q.gormes']);
  expect(run).toMatchObject({ exitCode: 6 });
  expect(run.stderr).toContain('ledger: ');
});
