import { expect, test } from 'vitest';
import { startTerminal } from '../support/dialogue.ts';
import { startWorld, type World } from '../support/world.ts';

const ADD = ['auth', 'add', 'openrouter', '--type', 'api-key', '--label', 'work'];
const DECLARED = 'providers: { openrouter: { credentials: { work: { api_key: "file:k" } } } }';

function declare(world: World, body: string, name = 'gormes.auth.yaml'): void {
  world.write('k', world.canary('k'));
  world.write(name, `version: 1\n${body}\n`);
}

function seed(world: World, label = 'work'): void {
  world.home.seed({ openrouter: [{ label, key: world.canary('seeded') }] });
}

/** What follows `Next: ` in a terminal; undefined when nothing does. */
async function nextStep(world: World, args: readonly string[]): Promise<string | undefined> {
  await using run = startTerminal(world, args, { columns: 300 });
  await run.end();
  const steps = run.screen.split('\n').filter((line) => line.startsWith('Next: '));
  expect(steps.length).toBeLessThanOrEqual(1);
  return steps[0]?.slice('Next: '.length);
}

type Prepare = (world: World) => unknown;
const nothing: Prepare = () => undefined;

const steps: readonly [
  name: string,
  prepare: Prepare,
  args: readonly string[],
  step: string | undefined,
][] = [
  [
    'validate: plan, by the same file',
    (world) => declare(world, DECLARED, 'other.yaml'),
    ['auth', 'validate', '-f', 'other.yaml'],
    'gormes auth plan -f other.yaml',
  ],
  [
    'validate of an invalid one: nothing',
    (world) => declare(world, 'providers: 1'),
    ['auth', 'validate'],
    undefined,
  ],
  [
    'plan: apply, with the same options',
    (world) => declare(world, DECLARED),
    ['auth', 'plan', '-f', 'gormes.auth.yaml', '--target', 'openrouter/*', '--max-removals', '3'],
    "gormes auth apply -f gormes.auth.yaml --target 'openrouter/*' --max-removals 3",
  ],
  [
    'plan of a file that is an argument: apply that file',
    (world) => declare(world, DECLARED, 'other.yaml'),
    ['auth', 'plan', 'other.yaml'],
    'gormes auth apply -f other.yaml',
  ],
  [
    'plan that exits 2 for its changes: apply',
    (world) => declare(world, DECLARED),
    ['auth', 'plan', '--detailed-exitcode'],
    'gormes auth apply',
  ],
  [
    'plan that is saved: its own line says it',
    (world) => declare(world, DECLARED),
    ['auth', 'plan', '--out', 'plan.gormes'],
    undefined,
  ],
  [
    'plan with nothing to do: nothing',
    (world) => declare(world, 'providers: {}'),
    ['auth', 'plan'],
    undefined,
  ],
  [
    'plan that is blocked: nothing',
    async (world) => {
      declare(world, DECLARED);
      await world.gormes(['auth', 'apply', '--yes']);
      declare(world, 'limits: { max_removals: 0 }');
    },
    ['auth', 'plan'],
    undefined,
  ],
  [
    'apply: check what came',
    (world) => declare(world, DECLARED),
    ['auth', 'apply', '--yes'],
    'gormes auth check asks the providers whether the keys work',
  ],
  [
    'apply with nothing to do: nothing',
    (world) => declare(world, 'providers: {}'),
    ['auth', 'apply', '--yes'],
    undefined,
  ],
  [
    'apply that fails: its own hint says it',
    (world) => world.write('gormes.auth.yaml', `version: 1\n${DECLARED}\n`),
    ['auth', 'apply', '--yes'],
    undefined,
  ],
  [
    'remove, no declaration: the list',
    seed,
    ['auth', 'remove', 'openrouter', 'work'],
    'gormes auth list openrouter',
  ],
  [
    'remove of what is declared: it would come back',
    (world) => {
      seed(world);
      declare(world, DECLARED);
    },
    ['auth', 'remove', 'openrouter', 'work'],
    'take openrouter/work out of gormes.auth.yaml too, or its next apply adds it again',
  ],
  [
    'remove, from the declaration too: the list',
    (world) => {
      seed(world);
      declare(world, DECLARED);
    },
    ['auth', 'remove', 'openrouter', 'work', '--save'],
    'gormes auth list openrouter',
  ],
  ['status, logged out: how to log in', nothing, ['auth', 'status', 'xai'], 'gormes auth add xai'],
  ['status, logged in: nothing', seed, ['auth', 'status', 'openrouter'], undefined],
  [
    'dump on the screen: into a file',
    seed,
    ['auth', 'dump'],
    'gormes auth dump > gormes.auth.yaml',
  ],
  ['dump of nothing: nothing', nothing, ['auth', 'dump'], undefined],
  [
    'use: the way back',
    seed,
    ['auth', 'use', 'openrouter', 'work'],
    'gormes auth use openrouter --auto lifts the pin',
  ],
  [
    'reset: who is next',
    (world) =>
      world.home.seed({
        openrouter: [{ label: 'work', key: world.canary('x'), raw: { last_status: 'exhausted' } }],
      }),
    ['auth', 'reset', 'openrouter'],
    'gormes auth explain openrouter',
  ],
  ['reset of nothing: nothing', nothing, ['auth', 'reset', 'xai'], undefined],
  [
    'a strategy: who is next',
    seed,
    ['auth', 'strategy', 'openrouter', 'random'],
    'gormes auth explain openrouter',
  ],
  ['a strategy that is only shown: nothing', seed, ['auth', 'strategy', 'openrouter'], undefined],
  ['list: nothing', seed, ['auth', 'list'], undefined],
  [
    'list with a dead login: why',
    (world) =>
      world.home.seed({
        xai: [{ label: 'a', key: world.canary('x'), raw: { last_status: 'dead' } }],
      }),
    ['auth', 'list'],
    'gormes auth explain xai',
  ],
  [
    'explain, where a declaration would change something: apply that',
    (world) => declare(world, DECLARED),
    ['auth', 'explain', 'openrouter'],
    'gormes auth apply --target openrouter',
  ],
  ['logout: the list', seed, ['auth', 'logout', 'openrouter'], 'gormes auth list'],
  [
    'show of a plan: apply it',
    async (world) => {
      declare(world, DECLARED);
      await world.gormes(['auth', 'plan', '--out', 'plan.gormes']);
    },
    ['auth', 'show', 'plan.gormes'],
    'gormes auth apply plan.gormes',
  ],
  [
    'show of a plan that does nothing: nothing',
    async (world) => {
      declare(world, 'providers: {}');
      await world.gormes(['auth', 'plan', '--out', 'plan.gormes']);
    },
    ['auth', 'show', 'plan.gormes'],
    undefined,
  ],
  [
    'trust: look up what the programs know',
    (world) =>
      declare(
        world,
        'providers: { xai: { credentials: { a: { api_key: { command: [cat, k] } } } } }',
      ),
    ['auth', 'trust', '--yes'],
    'gormes auth plan --check-secrets',
  ],
  [
    'trust of what starts nothing: nothing',
    (world) => declare(world, DECLARED),
    ['auth', 'trust', '--yes'],
    undefined,
  ],
  [
    'snapshot on the screen: what it is for',
    nothing,
    ['auth', 'snapshot'],
    'gormes auth snapshot > FILE, and where the declaration is: gormes auth plan --against FILE',
  ],
  [
    'a model: does the provider answer',
    seed,
    ['model', '--provider', 'openrouter', '--model', 'a/b'],
    'gormes auth check openrouter',
  ],
  ['setup: the list', nothing, ['setup', 'agent', '--non-interactive'], 'gormes auth list'],
  ['repair of what is whole: nothing', seed, ['auth', 'repair'], undefined],
  [
    'status of what is no pool: its own way',
    nothing,
    ['auth', 'status', 'spotify'],
    'gormes auth spotify',
  ],
];

test.each(steps)('after %s', async (_name, prepare, args, step) => {
  await using world = await startWorld();
  await prepare(world);
  expect(await nextStep(world, args)).toBe(step);
});

test.each([
  ['without a declaration: the list', nothing, 'gormes auth list openrouter'],
  [
    'that a declaration lacks: declare it',
    (world: World) => declare(world, 'providers: {}'),
    'declare openrouter/work in gormes.auth.yaml',
  ],
  [
    'that a declaration would remove: declare it, and why',
    (world: World) => declare(world, 'unmanaged: remove'),
    'declare openrouter/work in gormes.auth.yaml, or its next apply removes it',
  ],
  [
    'that a declaration ignores: the list',
    (world: World) => declare(world, 'ignore: ["openrouter/*"]'),
    'gormes auth list openrouter',
  ],
  [
    'that a declaration names: plan',
    (world: World) => declare(world, DECLARED),
    'gormes auth plan',
  ],
  [
    'beside a broken declaration: the list, and not a word of it',
    (world: World) => declare(world, 'providers: 1'),
    'gormes auth list openrouter',
  ],
] satisfies [string, Prepare, string][])('after adding a key %s', async (_name, prepare, step) => {
  await using world = await startWorld();
  await prepare(world);
  await using run = startTerminal(world, [...ADD], { columns: 300 });
  await run.answer('Paste your API key', world.canary('typed'), '\r');
  expect(await run.end()).toBe(0);
  expect(run.screen.trimEnd().split('\n').at(-1)).toBe(`Next: ${step}`);
  expect(run.screen).not.toContain('Note: ');
});

test('the home and the profile that were chosen are chosen again', async () => {
  await using world = await startWorld();
  world.home.write('profiles/lab/config.yaml', '');
  declare(world, DECLARED);
  expect(await nextStep(world, ['-p', 'lab', 'auth', 'plan'])).toBe('gormes -p lab auth apply');
  expect(await nextStep(world, ['--home', world.home.dir, 'auth', 'plan'])).toBe(
    `gormes --home ${world.home.dir} auth apply`,
  );
});

test.each([
  ['--quiet', ['--quiet', 'auth', 'plan']],
  ['--json', ['auth', 'plan', '--json']],
])('%s: no next step', async (_name, args) => {
  await using world = await startWorld();
  declare(world, DECLARED);
  expect(await nextStep(world, args)).toBeUndefined();
});

test('no next step where no terminal is', async () => {
  await using world = await startWorld();
  declare(world, DECLARED);
  const run = await world.gormes(['auth', 'plan']);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
});

test.each([
  [{}, [], '\x1b[2mNext: gormes auth apply\x1b[22m'],
  [{ NO_COLOR: '1' }, [], '\nNext: gormes auth apply\r\n'],
  [{}, ['--no-color'], '\nNext: gormes auth apply\r\n'],
])('it is dim where there is colour: %j %j', async (env, options, bytes) => {
  await using world = await startWorld();
  declare(world, DECLARED);
  await using run = startTerminal(world, [...options, 'auth', 'plan'], { env });
  await run.end();
  expect(run.raw).toContain(bytes);
  expect(run.raw.includes('\x1b[')).toBe(bytes.includes('\x1b['));
});
