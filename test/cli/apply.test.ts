import { expect, test } from 'vitest';
import { applied, declare, lines, planned } from '../support/declaration.ts';
import { startWorld } from '../support/world.ts';

test('an empty home gets keys, a custom endpoint, a strategy and a model', async () => {
  await using world = await startWorld();
  const key = world.canary('stored');
  const own = world.canary('own variable');
  world.write('work.key', `${key}\n`);
  world.home.write('.env', `OPENROUTER_API_KEY=${own}\n`);
  declare(
    world,
    `
model: { provider: openrouter, default: vendor/model }
providers:
  openrouter:
    strategy: round_robin
    credentials:
      personal: { api_key: "env:OPENROUTER_API_KEY" }
      work: { api_key: "file:work.key" }
custom_providers:
  lab:
    name: "Lab (GPU)"
    base_url: https://lab.example/v1
    api_mode: chat_completions
    credentials: { k1: { api_key: "file:work.key" } }
`,
  );
  expect(lines(await planned(world))).toEqual([
    'endpoint custom:lab-(gpu) not_defined',
    'add openrouter/personal not_in_pool',
    'add openrouter/work not_in_pool',
    'add custom:lab-(gpu)/k1 not_in_pool',
    'strategy openrouter strategy_changed',
    'model model model_changed',
  ]);
  expect(world.home.exists('auth.json'), 'plan writes nothing').toBe(false);

  await applied(world);
  expect(world.home.pool('openrouter')).toMatchObject([
    { label: 'personal', source: 'env:OPENROUTER_API_KEY', priority: 0 },
    { label: 'work', source: 'manual', priority: 1, access_token: key },
  ]);
  expect(world.home.pool('openrouter')[0], 'a borrowed secret is not stored').not.toHaveProperty(
    'access_token',
  );
  expect(world.home.pool('custom:lab-(gpu)')).toMatchObject([
    { label: 'k1', base_url: 'https://lab.example/v1' },
  ]);
  expect(world.home.read('config.yaml')).toBe(`providers:
  lab-gpu:
    name: "Lab (GPU)"
    api: https://lab.example/v1
    transport: chat_completions
credential_pool_strategies:
  openrouter: round_robin
model:
  provider: openrouter
  default: vendor/model
`);
});

test('a changed secret becomes a new entry in the place of the old one', async () => {
  await using world = await startWorld();
  world.write('k', `${world.canary('before')}\n`);
  declare(world, 'providers: { deepseek: { credentials: { a: { api_key: "file:k" } } } }');
  await applied(world);
  const [before] = world.home.pool('deepseek');
  const next = world.canary('after');
  world.write('k', `${next}\n`);
  expect(lines(await planned(world))).toEqual(['rotate deepseek/a secret_rotated']);
  await applied(world);
  const after = world.home.pool('deepseek');
  expect(after).toMatchObject([{ label: 'a', access_token: next, priority: 0 }]);
  expect(after[0]?.id).not.toBe(before?.id);
});

test('an entry that the declaration drops is removed, one that nobody declared stays', async () => {
  await using world = await startWorld();
  world.home.seed({ deepseek: [{ label: 'by-hand', key: world.canary('by hand') }] });
  world.write('k', `${world.canary('ours')}\n`);
  declare(world, 'providers: { deepseek: { credentials: { a: { api_key: "file:k" } } } }');
  await applied(world);
  declare(world, 'providers: {}');
  const plan = await planned(world);
  expect(lines(plan)).toEqual(['remove deepseek/a not_declared']);
  expect(plan.unmanaged).toEqual({ deepseek: 1 });
  await applied(world);
  expect(world.home.pool('deepseek')).toMatchObject([{ label: 'by-hand', priority: 0 }]);
});

test('the last usable credential is not removed because its block was dropped', async () => {
  await using world = await startWorld();
  world.write('k', `${world.canary('only')}\n`);
  declare(world, 'providers: { deepseek: { credentials: { a: { api_key: "file:k" } } } }');
  await applied(world);
  declare(world, 'providers: {}');
  const before = world.home.hash();
  const blocked = await world.gormes(['auth', 'apply', '--yes']);
  expect(blocked.exitCode).toBe(1);
  expect(blocked.stdout).toContain('--allow-empty deepseek');
  expect(world.home.hash()).toBe(before);
  await applied(world, ['--allow-empty', 'deepseek']);
  expect(world.home.pool('deepseek')).toEqual([]);
});

test('declared absent is the word of a person: removed, with its effect shown', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'old', key: world.canary('old') }] });
  declare(world, 'providers: { xai: { credentials: { old: { state: absent } } } }');
  const plan = await planned(world);
  expect(plan.changes).toMatchObject([
    {
      action: 'remove',
      address: 'xai/old',
      effect: { usable_before: 1, usable_after: 0, model_uses: false },
    },
  ]);
  await applied(world);
  expect(world.home.pool('xai')).toEqual([]);
});

test('a protected entry stays although its block is gone', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'other', key: world.canary('other') }] });
  world.write('k', `${world.canary('kept')}\n`);
  declare(
    world,
    'providers: { xai: { credentials: { a: { api_key: "file:k", protect: true } } } }',
  );
  await applied(world);
  declare(world, 'providers: {}');
  const run = await world.gormes(['auth', 'apply', '--yes']);
  expect(run).toMatchObject({ exitCode: 1 });
  expect(run.stdout).toContain('protected');
  expect(world.home.pool('xai')).toHaveLength(2);
});

test('an entry with the declared label is adopted, not doubled', async () => {
  await using world = await startWorld();
  const key = world.canary('same');
  world.home.seed({ groq: [] });
  world.home.seed({
    deepseek: [
      { label: 'a', key },
      { label: 'b', key: world.canary('other') },
    ],
  });
  world.write('k', `${key}\n`);
  declare(world, 'providers: { deepseek: { credentials: { a: { api_key: "file:k" } } } }');
  expect(lines(await planned(world))).toEqual(['adopt deepseek/a label_matches']);
  const before = world.home.read('auth.json');
  await applied(world);
  expect(world.home.read('auth.json'), 'adopting is a matter of the ledger').toBe(before);
});

test('the same secret under another label is adopted and relabelled', async () => {
  await using world = await startWorld();
  const key = world.canary('same');
  world.home.seed({ deepseek: [{ label: 'api-key-1', key }] });
  world.write('k', `${key}\n`);
  declare(world, 'providers: { deepseek: { credentials: { work: { api_key: "file:k" } } } }');
  expect(lines(await planned(world))).toEqual([
    'adopt deepseek/work secret_matches',
    'relabel deepseek/work label_changed',
  ]);
  await applied(world);
  expect(world.home.pool('deepseek')).toMatchObject([{ label: 'work', access_token: key }]);
});

test('under fill_first the declared order becomes the priority, undeclared ones behind', async () => {
  await using world = await startWorld();
  world.home.seed({
    deepseek: [
      { label: 'stray', key: world.canary('stray') },
      { label: 'b', key: world.canary('b') },
      { label: 'a', key: world.canary('a') },
    ],
  });
  declare(
    world,
    'providers: { deepseek: { credentials: { a: { api_key: "prompt:" }, b: { api_key: "prompt:" } } } }',
  );
  expect(lines(await planned(world))).toEqual([
    'adopt deepseek/a label_matches',
    'adopt deepseek/b label_matches',
    'reorder deepseek order_changed',
  ]);
  await applied(world);
  const list = await world.gormes(['auth', 'list', 'deepseek', '--json']);
  const labels = JSON.parse(list.stdout).providers[0].credentials.map(
    (entry: { label: string }) => entry.label,
  );
  expect(labels).toEqual(['a', 'b', 'stray']);
});

test('a suppressed source loses its entry and does not come back; dropping the line allows it again', async () => {
  await using world = await startWorld();
  world.home.write('.env', `GLM_API_KEY=${world.canary('glm')}\n`);
  declare(world, 'providers: { zai: { sources: { "env:GLM_API_KEY": suppress } } }');
  expect(lines(await planned(world))).toEqual([
    'suppress zai#env:GLM_API_KEY source_declared_suppressed',
  ]);
  await applied(world);
  expect((await world.gormes(['auth', 'list', 'zai'])).stdout).toBe('');
  expect(world.home.auth().suppressed_sources).toEqual({ zai: ['env:GLM_API_KEY'] });
  expect(world.home.read('.env'), 'the variable itself stays').toContain('GLM_API_KEY=');
  declare(world, 'providers: {}');
  expect(lines(await planned(world))).toEqual([
    'unsuppress zai#env:GLM_API_KEY suppression_dropped',
  ]);
  await applied(world);
  expect((await world.gormes(['auth', 'list', 'zai'])).stdout).toContain('GLM_API_KEY');
});

test('a reference that fails fails its own change only, exit 4', async () => {
  await using world = await startWorld();
  world.write('k', `${world.canary('good')}\n`);
  declare(
    world,
    'providers: { deepseek: { credentials: { a: { api_key: "env:MISSING_ONE" }, b: { api_key: "file:k" } } } }',
  );
  const run = await world.gormes(['auth', 'apply', '--yes']);
  expect(run.exitCode).toBe(4);
  expect(run.stdout).toContain('env:MISSING_ONE is not set');
  expect(world.home.pool('deepseek')).toMatchObject([{ label: 'b' }]);
});

test('a prompt without a terminal stays pending, exit 5, and the rest is done', async () => {
  await using world = await startWorld();
  world.write('k', `${world.canary('good')}\n`);
  declare(
    world,
    'providers: { deepseek: { credentials: { a: { api_key: "prompt:" }, b: { api_key: "file:k" } } } }',
  );
  const run = await world.gormes(['auth', 'apply', '--yes', '--no-input']);
  expect(run.exitCode).toBe(5);
  expect(world.home.pool('deepseek')).toMatchObject([{ label: 'b' }]);
});

test('without --yes and without a terminal nothing is applied, exit 5', async () => {
  await using world = await startWorld();
  world.write('k', `${world.canary('good')}\n`);
  declare(world, 'providers: { deepseek: { credentials: { a: { api_key: "file:k" } } } }');
  const run = await world.gormes(['auth', 'apply']);
  expect(run.exitCode).toBe(5);
  expect(run.stderr).toContain('gormes auth apply --yes');
  expect(world.home.hash()).toBe('absent');
});

test('nothing to do exits 0 without a question', async () => {
  await using world = await startWorld();
  declare(world, 'providers: {}');
  expect(await world.gormes(['auth', 'apply'])).toMatchObject({ exitCode: 0 });
  expect(world.home.hash()).toBe('absent');
});

test('--target takes every name of a provider, and says what names nothing', async () => {
  await using world = await startWorld();
  world.home.seed({ zai: [{ label: 'live', key: world.canary('live') }] });
  world.write('k', `${world.canary('k')}\n`);
  declare(world, 'providers: { grok: { credentials: { a: { api_key: "file:k" } } } }');
  expect(lines(await planned(world, ['--target', 'grok/a']))).toEqual(['add xai/a not_in_pool']);
  const targets = ['xai', 'xai/*', 'z.ai/live', 'mcp', 'xia', 'xai/b', 'xai/b*'];
  const run = await world.gormes([
    'auth',
    'plan',
    ...targets.flatMap((target) => ['--target', target]),
  ]);
  expect(run.stderr).toBe(
    ['xia', 'xai/b', 'xai/b*']
      .map((name) => `warning: --target ${name} names nothing that is declared, managed or live\n`)
      .join(''),
  );
});

test('--target leaves everything else alone', async () => {
  await using world = await startWorld();
  world.write('k', `${world.canary('k')}\n`);
  declare(
    world,
    'providers: { deepseek: { credentials: { a: { api_key: "file:k" } } }, xai: { credentials: { b: { api_key: "file:k" } } } }',
  );
  expect(lines(await planned(world, ['--target', 'xai/*']))).toEqual(['add xai/b not_in_pool']);
  expect(await world.gormes(['auth', 'apply', '--yes', '--target', 'xai'])).toMatchObject({
    exitCode: 0,
  });
  expect(world.home.exists('auth.json')).toBe(true);
  expect(world.home.pool('deepseek')).toEqual([]);
});

test('an entry that a running Hermes writes back is named and removed again', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'other', key: world.canary('other') }] });
  world.write('k', `${world.canary('gone')}\n`);
  declare(world, 'providers: { xai: { credentials: { a: { api_key: "file:k" } } } }');
  await applied(world);
  const old = world.home.read('auth.json');
  declare(world, 'providers: {}');
  await applied(world);
  world.home.write('auth.json', old);
  const plan = await planned(world);
  expect(lines(plan)).toEqual(['remove xai/a resurrected']);
  expect(plan.drift).toMatchObject([{ address: 'xai/a', cause: 'resurrected' }]);
  await applied(world);
  expect(world.home.pool('xai')).toHaveLength(1);
});

test('apply --json streams one event a line', async () => {
  await using world = await startWorld();
  world.write('k', `${world.canary('k')}\n`);
  declare(world, 'providers: { xai: { credentials: { b: { api_key: "file:k" } } } }');
  const run = await world.gormes(['auth', 'apply', '--yes', '--json']);
  const events = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event);
  expect(events).toEqual(['plan', 'done', 'end']);
});

test('a login is planned and shown, and stays pending', async () => {
  await using world = await startWorld();
  declare(world, 'providers: { nous: { credentials: { portal: { type: oauth } } } }');
  expect(lines(await planned(world))).toEqual(['login nous/portal not_in_pool']);
  const run = await world.gormes(['auth', 'apply', '--yes', '--no-input']);
  expect(run.exitCode).toBe(5);
});
