import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { ACTION_ORDER } from '../../src/plan/change.ts';
import { REASONS_OF } from '../../src/plan/reasons.ts';
import { applied, declare, lines, planned } from '../support/declaration.ts';
import { startWorld, type World } from '../support/world.ts';

// One scenario for each row of the table of actions (docs/reference/plans.md): home and declaration before, the
// plan, apply, the home after, and an empty plan (`applied` expects it). Logins that a person completes
// are tested where a simulated provider answers.

interface Scenario {
  /** Writes home and files. */
  readonly home: (world: World) => void;
  /** Declarations, applied one after the other; the plan is that of the last. */
  readonly declared: readonly string[];
  /** Something that happens outside before the last one. */
  readonly outside?: (world: World) => void;
  readonly plan: readonly string[];
  readonly drift?: readonly string[];
  /** More options of the last apply. */
  readonly args?: readonly string[];
  readonly after: (world: World) => void;
}

function key(world: World, name: string): string {
  const text = world.canary(name);
  world.write(name, `${text}\n`);
  return text;
}

function labels(world: World, provider: string): unknown[] {
  return [...world.home.pool(provider)]
    .sort((a, b) => Number(a.priority) - Number(b.priority))
    .map((row) => row.label);
}

/** Labels of the pins that stand in the ledger, by provider. */
function pinned(world: World): Record<string, unknown> {
  const { pins } = world.home.json('gormes/ledger.json');
  return Object.fromEntries(
    Object.entries((pins ?? {}) as JsonObject).map(([id, pin]) => [id, (pin as JsonObject).label]),
  );
}

const one = 'providers: { xai: { credentials: { a: { api_key: "file:k" } } } }';
const withStay = (world: World): void => {
  key(world, 'k');
  world.home.seed({ xai: [{ label: 'stay', key: world.canary('stay') }] });
};

function spotify(world: World): void {
  const login = { client_id: 'c', refresh_token: world.canary('spotify') };
  world.home.seed({}, { providers: { spotify: login } });
}

function mcp(world: World): void {
  const file = 'mcp-tokens/linear.json';
  world.home.write(
    'config.yaml',
    'mcp_servers: { linear: { url: "https://m.example", auth: oauth } }',
  );
  world.allowSecretIn(join(world.home.dir, file));
  world.home.write(file, JSON.stringify({ access_token: world.canary('mcp') }));
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'add: a key that is not there': {
    home: (world) => void key(world, 'k'),
    declared: [one],
    plan: ['add xai/a not_in_pool'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['a']),
  },
  'add: a variable of the provider, which is not copied': {
    home: (world) => world.home.write('.env', `XAI_API_KEY=${world.canary('own')}\n`),
    declared: ['providers: { xai: { credentials: { mine: { api_key: "env:XAI_API_KEY" } } } }'],
    plan: ['add xai/mine not_in_pool'],
    after: (world) => {
      expect(world.home.pool('xai')).toMatchObject([{ label: 'mine', source: 'env:XAI_API_KEY' }]);
      expect(world.home.pool('xai')[0]).not.toHaveProperty('access_token');
    },
  },
  'add: a variable again, after its block was gone for a while': {
    home: (world) => world.home.write('.env', `XAI_API_KEY=${world.canary('own')}\n`),
    declared: [
      'providers: { xai: { credentials: { mine: { api_key: "env:XAI_API_KEY" } } } }',
      'limits: { keep_one_usable: false }\nproviders: {}',
      'providers: { xai: { credentials: { mine: { api_key: "env:XAI_API_KEY" } } } }',
    ],
    plan: ['add xai/mine not_in_pool'],
    after: (world) => {
      expect(labels(world, 'xai')).toEqual(['mine']);
      expect(world.home.json('gormes/ledger.json').tombstones).toEqual([]);
      expect(world.home.json('gormes/ledger.json').suppressions).toEqual({});
    },
  },
  'import: a login that another program keeps': {
    home: (world) => {
      const token = world.canary('qwen');
      world.write(
        '~/.qwen/oauth_creds.json',
        JSON.stringify({
          access_token: token,
          refresh_token: world.canary('qwen refresh'),
          token_type: 'Bearer',
          expiry_date: Date.now() + 3_600_000,
        }),
      );
    },
    declared: ['providers: { qwen-oauth: { credentials: { qwen: { type: import } } } }'],
    plan: ['import qwen-oauth/qwen not_in_pool'],
    after: (world) =>
      expect(world.home.pool('qwen-oauth')).toMatchObject([{ label: 'qwen', source: 'qwen-cli' }]),
  },
  'rotate: another secret': {
    home: (world) => void key(world, 'k'),
    declared: [one, one],
    outside: (world) => void world.write('k', `${world.canary('next')}\n`),
    plan: ['rotate xai/a secret_rotated'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['a']),
  },
  'relabel: the live label differs': {
    home: (world) => void key(world, 'k'),
    declared: [one, one],
    outside: (world) => edit(world, 'xai', (row) => ({ ...row, label: 'theirs' })),
    plan: ['relabel xai/a label_changed'],
    drift: ['xai/a relabelled'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['a']),
  },
  'reorder: under fill_first the declared order': {
    home: (world) => {
      key(world, 'k');
      key(world, 'k2');
    },
    declared: [
      'providers: { xai: { credentials: { a: { api_key: "file:k" }, b: { api_key: "file:k2" } } } }',
      'providers: { xai: { credentials: { b: { api_key: "file:k2" }, a: { api_key: "file:k" } } } }',
    ],
    plan: ['reorder xai order_changed'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['b', 'a']),
  },
  'reorder: of two entries with one label, the one that an old copy brought back has no place': {
    home: (world) => {
      withStay(world);
      key(world, 'k2');
      key(world, 'k3');
    },
    declared: [
      one,
      one.replace('file:k', 'file:k2'),
      'providers: { xai: { credentials: { a: { api_key: "file:k2" }, b: { api_key: "file:k3" } } } }',
    ],
    // It stands before the entry that replaced it.
    outside: (world) =>
      edit(world, 'xai', (row) => ({ ...row, priority: Number(row.priority) + 1 }), [
        { ...ghost(world), priority: 0 },
      ]),
    plan: ['add xai/b not_in_pool', 'reorder xai order_changed', 'remove xai/a resurrected'],
    drift: ['xai/a resurrected'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['a', 'b', 'stay']),
  },
  'reorder: what is ignored keeps its place': {
    home: (world) => {
      const [a, b] = [key(world, 'k'), key(world, 'k2')];
      const fixed = world.canary('fixed');
      world.home.seed({
        xai: [
          { label: 'a', key: a },
          { label: 'fixed', key: fixed },
          { label: 'b', key: b },
          { label: 'fixed', key: world.canary('fixed 2'), id: 'ffffff' },
        ],
      });
    },
    declared: [
      'ignore: [xai/fixed]\nproviders: { xai: { credentials: { b: { api_key: "file:k2" }, a: { api_key: "file:k" } } } }',
    ],
    plan: ['adopt xai/b label_matches', 'adopt xai/a label_matches', 'reorder xai order_changed'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['b', 'fixed', 'a', 'fixed']),
  },
  'strategy: how the next one is picked': {
    home: () => undefined,
    declared: ['providers: { xai: { strategy: least_used } }'],
    plan: ['strategy xai strategy_changed'],
    after: (world) => expect(world.home.read('config.yaml')).toContain('xai: least_used'),
  },
  'use: a pin waits for the key that it pins, and is lifted with its line': {
    home: (world) => void key(world, 'k'),
    declared: ['providers: { xai: { pin: a, credentials: { a: { api_key: "file:k" } } } }'],
    plan: ['add xai/a not_in_pool', 'use xai/a pin_changed'],
    after: (world) => expect(pinned(world)).toEqual({ xai: 'a' }),
  },
  'use: the line is gone': {
    home: (world) => void key(world, 'k'),
    declared: ['providers: { xai: { pin: a, credentials: { a: { api_key: "file:k" } } } }', one],
    plan: ['use xai pin_dropped'],
    after: (world) => expect(pinned(world)).toEqual({}),
  },
  'use: the whole block is gone, with its key': {
    home: withStay,
    declared: [
      'providers: { xai: { pin: a, credentials: { a: { api_key: "file:k" } } } }',
      'providers: {}',
    ],
    plan: ['use xai pin_dropped', 'remove xai/a not_declared'],
    after: (world) => expect(pinned(world)).toEqual({}),
  },
  'use: another one, for a custom provider': {
    home: (world) => {
      key(world, 'k');
      key(world, 'k2');
    },
    declared: ['a', 'b'].map(
      (pin) =>
        `custom_providers: { lab: { base_url: https://lab.example/v1, pin: ${pin}, credentials: { a: { api_key: "file:k" }, b: { api_key: "file:k2" } } } }`,
    ),
    plan: ['use custom:lab/b pin_changed'],
    after: (world) => expect(pinned(world)).toEqual({ 'custom:lab': 'b' }),
  },
  'endpoint: a custom provider is defined': {
    home: () => undefined,
    declared: ['custom_providers: { lab: { base_url: https://lab.example/v1 } }'],
    plan: ['endpoint custom:lab not_defined'],
    after: (world) => expect(world.home.read('config.yaml')).toContain('https://lab.example/v1'),
  },
  'endpoint: of one credential': {
    home: (world) => void key(world, 'k'),
    declared: [
      one,
      'providers: { xai: { credentials: { a: { api_key: "file:k", base_url: https://x.example/v1 } } } }',
    ],
    plan: ['endpoint xai/a endpoint_changed'],
    after: (world) =>
      expect(world.home.pool('xai')).toMatchObject([{ base_url: 'https://x.example/v1' }]),
  },
  'undefine: the block of a definition of ours is gone': {
    home: () => undefined,
    declared: ['custom_providers: { lab: { base_url: https://lab.example/v1 } }', 'providers: {}'],
    plan: ['undefine custom:lab not_declared'],
    after: (world) => expect(world.home.read('config.yaml')).not.toContain('lab'),
  },
  'model: what Hermes uses': {
    home: () => undefined,
    declared: ['model: { provider: xai, default: grok }'],
    plan: ['model model model_changed'],
    after: (world) => expect(world.home.read('config.yaml')).toContain('default: grok'),
  },
  'suppress: a source goes with its entry': {
    home: (world) => world.home.write('.env', `GLM_API_KEY=${world.canary('glm')}\n`),
    declared: ['providers: { zai: { sources: { "env:GLM_API_KEY": suppress } } }'],
    plan: ['suppress zai#env:GLM_API_KEY source_declared_suppressed'],
    after: (world) =>
      expect(world.home.auth().suppressed_sources).toEqual({ zai: ['env:GLM_API_KEY'] }),
  },
  'unsuppress: our line is gone': {
    home: () => undefined,
    declared: ['providers: { zai: { sources: { "env:GLM_API_KEY": suppress } } }', 'providers: {}'],
    plan: ['unsuppress zai#env:GLM_API_KEY suppression_dropped'],
    after: (world) => expect(world.home.auth()).not.toHaveProperty('suppressed_sources'),
  },
  'remove: our block is gone': {
    home: withStay,
    declared: [one, 'providers: {}'],
    plan: ['remove xai/a not_declared'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['stay']),
  },
  'remove: declared absent, though nobody managed it': {
    home: withStay,
    declared: ['providers: { xai: { credentials: { stay: { state: absent } } } }'],
    plan: ['remove xai/stay declared_absent'],
    after: (world) => expect(labels(world, 'xai')).toEqual([]),
  },
  'remove: unmanaged, but not what is ignored or forgotten': {
    home: (world) =>
      world.home.seed({
        xai: ['a', 'b', 'c', 'd'].map((label) => ({ label, key: world.canary(label) })),
      }),
    declared: ['unmanaged: remove\nignore: [xai/b]\nforget: [xai/c]\nproviders: {}'],
    plan: ['remove xai/a unmanaged', 'remove xai/d unmanaged'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['b', 'c']),
    args: ['--allow-empty', 'xai'],
  },
  'remove: unmanaged, what a variable offers: it is suppressed, and stays in its file': {
    home: (world) => world.home.write('.env', `XAI_API_KEY=${world.canary('own')}\n`),
    declared: ['unmanaged: remove\nproviders: {}'],
    plan: ['remove xai/XAI_API_KEY unmanaged'],
    args: ['--allow-empty', 'xai'],
    after: (world) => {
      expect(world.home.auth().suppressed_sources).toEqual({ xai: ['env:XAI_API_KEY'] });
      expect(world.home.read('.env')).toContain('XAI_API_KEY=');
    },
  },
  'remove: what we removed and an old copy brought back': {
    home: withStay,
    declared: [one, 'providers: {}', 'providers: {}'],
    outside: (world) => edit(world, 'xai', (row) => row, [ghost(world)]),
    plan: ['remove xai/a resurrected'],
    drift: ['xai/a resurrected'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['stay']),
  },
  'remove: what an old copy brought back, though another label asks for its secret by now': {
    home: withStay,
    declared: [
      one,
      'providers: {}',
      'providers: { xai: { strategy: random, credentials: { b: { api_key: "file:k" } } } }',
    ],
    outside: (world) => edit(world, 'xai', (row) => row, [ghost(world)]),
    plan: ['add xai/b not_in_pool', 'strategy xai strategy_changed', 'remove xai/a resurrected'],
    drift: ['xai/a resurrected'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['stay', 'b']),
  },
  'logout: our block of a single login is gone': {
    home: spotify,
    declared: ['providers: { spotify: {} }', 'providers: {}'],
    plan: ['logout spotify not_declared'],
    after: (world) => expect(world.home.auth().providers).toEqual({}),
  },
  'logout: declared, though nobody managed it': {
    home: spotify,
    declared: ['providers: { spotify: { state: logged_out } }'],
    plan: ['logout spotify declared_absent'],
    after: (world) => expect(world.home.auth().providers).toEqual({}),
  },
  'mcp_logout: our block of an MCP server is gone': {
    home: mcp,
    declared: ['mcp_servers: { linear: {} }', 'providers: {}'],
    plan: ['mcp_logout mcp:linear not_declared'],
    after: (world) => expect(world.home.exists('mcp-tokens/linear.json')).toBe(false),
  },
  'adopt: a single login that is live': {
    home: spotify,
    declared: ['providers: { spotify: {} }'],
    plan: ['adopt spotify login_matches'],
    after: (world) =>
      expect(world.home.json('gormes/ledger.json').sessions).toHaveProperty('spotify'),
  },
  'adopt: an entry with the declared label': {
    home: (world) => world.home.seed({ xai: [{ label: 'a', key: key(world, 'k') }] }),
    declared: [one],
    plan: ['adopt xai/a label_matches'],
    after: (world) => expect(world.home.json('gormes/ledger.json').entries).toHaveProperty('xai/a'),
  },
  'adopt: with another secret, then rotate': {
    home: (world) => {
      key(world, 'k');
      world.home.seed({ xai: [{ label: 'a', key: world.canary('other') }] });
    },
    declared: [one],
    plan: ['adopt xai/a label_matches', 'rotate xai/a secret_rotated'],
    after: (world) => expect(labels(world, 'xai')).toEqual(['a']),
  },
  'move: the entry stays and gets its new label': {
    home: (world) => void key(world, 'k'),
    declared: [
      one,
      'moved: [{ from: xai/a, to: xai/b }]\nproviders: { xai: { credentials: { b: { api_key: "file:k" } } } }',
    ],
    plan: ['move xai/a declared_moved', 'relabel xai/b label_changed'],
    after: (world) => {
      expect(labels(world, 'xai')).toEqual(['b']);
      expect(Object.keys(world.home.json('gormes/ledger.json').entries as object)).toEqual([
        'xai/b',
      ]);
    },
  },
  'adopt: an entry that nobody managed, by the label that it moved from': {
    home: (world) => world.home.seed({ xai: [{ label: 'a', id: 'aaaaaa', key: key(world, 'k') }] }),
    declared: [
      'moved: [{ from: xai/a, to: xai/b }]\nproviders: { xai: { credentials: { b: { api_key: "file:k" } } } }',
    ],
    plan: ['adopt xai/b declared_moved', 'relabel xai/b label_changed'],
    after: (world) => expect(world.home.pool('xai')).toMatchObject([{ id: 'aaaaaa', label: 'b' }]),
  },
  'adopt: a login that nobody managed, by the label that it moved from': {
    home: (world) =>
      world.home.seed({
        anthropic: [
          {
            label: 'default',
            type: 'oauth',
            source: 'manual:hermes_pkce',
            key: world.canary('access'),
            raw: { refresh_token: world.canary('refresh'), expires_at_ms: 4102444800000 },
          },
        ],
      }),
    declared: [
      'moved: [{ from: claude/default, to: anthropic/max }]\nproviders: { anthropic: { credentials: { max: { type: oauth } } } }',
    ],
    plan: ['adopt anthropic/max declared_moved', 'relabel anthropic/max label_changed'],
    after: (world) => expect(labels(world, 'anthropic')).toEqual(['max']),
  },
  'forget: managed no longer, and left': {
    home: (world) => void key(world, 'k'),
    declared: [one, 'forget: [xai/a]\nproviders: {}'],
    plan: ['forget xai/a declared_forgotten'],
    after: (world) => {
      expect(labels(world, 'xai')).toEqual(['a']);
      expect(world.home.json('gormes/ledger.json').entries).toEqual({});
    },
  },
  'forget: gone already, so that the ledger claims nothing that comes later': {
    home: (world) => void key(world, 'k'),
    declared: [one, 'providers: {}'],
    outside: (world) => edit(world, 'xai', () => undefined),
    plan: ['forget xai/a entry_gone'],
    drift: ['xai/a gone'],
    after: (world) => expect(world.home.json('gormes/ledger.json').entries).toEqual({}),
  },
};

test('every action of a plan has a scenario', () => {
  const told = Object.keys(SCENARIOS).map((name) => name.split(':')[0]);
  // Below, and where a person completes a login: login-flows, mcp-login.
  const elsewhere = ['login', 'relogin', 'mcp_login', 'blocked', 'unknown'];
  const planned = ACTION_ORDER.filter((action) =>
    REASONS_OF[action].some((r) => r !== 'requested'),
  );
  expect(new Set([...told, ...elsewhere])).toEqual(new Set(planned));
});

/** Changes the rows of a pool as another process would. */
function edit(
  world: World,
  provider: string,
  change: (row: JsonObject) => JsonObject | undefined,
  more: readonly JsonObject[] = [],
): void {
  const rows = world.home.pool(provider).flatMap((row) => change(row) ?? []);
  const auth = world.home.auth();
  const pools = { ...(auth.credential_pool as JsonObject), [provider]: [...rows, ...more] };
  world.home.write('auth.json', JSON.stringify({ ...auth, credential_pool: pools }, null, 2));
}

/** The entry that an apply removed, as an old copy holds it: the ledger knows its id. */
function ghost(world: World): JsonObject {
  const [tombstone] = world.home.json('gormes/ledger.json').tombstones as JsonObject[];
  return {
    id: tombstone?.id ?? '',
    label: 'a',
    auth_type: 'api_key',
    priority: 5,
    source: 'manual',
    access_token: world.canary('k'),
  };
}

test.each(Object.entries(SCENARIOS))('%s', async (_name, scenario) => {
  await using world = await startWorld();
  scenario.home(world);
  const last = scenario.declared.length - 1;
  for (const [index, yaml] of scenario.declared.entries()) {
    declare(world, yaml);
    if (index < last) await applied(world);
  }
  scenario.outside?.(world);
  const plan = await planned(world, scenario.args);
  expect(lines(plan)).toEqual(scenario.plan);
  expect(plan.drift.map(({ address, cause }) => `${address} ${cause}`)).toEqual(
    scenario.drift ?? [],
  );
  await applied(world, scenario.args);
  scenario.after(world);
});

test('blocked: two live entries have the declared label; nothing is applied', async () => {
  await using world = await startWorld();
  key(world, 'k');
  world.home.seed({
    xai: [
      { label: 'a', key: world.canary('1'), id: 'aaaaaa' },
      { label: 'a', key: world.canary('2'), id: 'bbbbbb' },
    ],
  });
  declare(world, one);
  const before = world.home.hash();
  expect(lines(await planned(world))).toEqual(['blocked xai/a ambiguous_label']);
  const run = await world.gormes(['auth', 'apply', '--yes']);
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toContain(
    'hint: remove or relabel all but one: gormes auth remove xai aaaaaa',
  );
  expect(world.home.hash()).toBe(before);
});

test('blocked: another declaration manages what is declared absent; --take-over removes it', async () => {
  await using world = await startWorld();
  withStay(world);
  declare(world, one);
  await applied(world);
  const absent = 'providers: { xai: { credentials: { a: { state: absent } } } }';
  world.write('gormes.auth.yaml', `version: 1\nname: other\n${absent}`);
  expect(lines(await planned(world))).toEqual(['blocked xai/a other_declaration']);
  const run = await world.gormes(['auth', 'apply', '--yes']);
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toContain('managed by another declaration (test)');
  expect(labels(world, 'xai')).toEqual(['a', 'stay']);
  await applied(world, ['--take-over']);
  expect(labels(world, 'xai')).toEqual(['stay']);
});

test('blocked: more removals than the limit, and the option that lifts it', async () => {
  await using world = await startWorld();
  world.home.seed({
    xai: ['a', 'b', 'c'].map((label) => ({ label, key: world.canary(label) })),
  });
  declare(
    world,
    'limits: { max_removals: 1 }\nproviders: { xai: { credentials: { a: { state: absent }, b: { state: absent } } } }',
  );
  const run = await world.gormes(['auth', 'apply', '--yes']);
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toContain('--max-removals 2');
  await world.gormes(['auth', 'apply', '--yes', '--max-removals', '2']);
  expect(labels(world, 'xai')).toEqual(['c']);
});

test('unknown: a reference that fails leaves the rest of the plan alone', async () => {
  await using world = await startWorld();
  key(world, 'k');
  declare(
    world,
    'providers: { xai: { credentials: { a: { api_key: "file:none" }, b: { api_key: "file:k" } } } }',
  );
  expect(lines(await planned(world))).toEqual([
    'add xai/b not_in_pool',
    'unknown xai/a reference_failed',
  ]);
  expect(await world.gormes(['auth', 'apply', '--yes'])).toMatchObject({ exitCode: 4 });
  expect(labels(world, 'xai')).toEqual(['b']);
});

test('login and relogin: planned with their reason, pending without a person', async () => {
  await using world = await startWorld();
  const login = (label: string, raw: JsonObject) => ({
    label,
    key: world.canary(label),
    type: 'oauth' as const,
    source: 'manual:hermes_pkce',
    raw,
  });
  world.home.seed({
    anthropic: [
      login('dead', { last_status: 'dead', last_status_at: 1 }),
      login('old', { expires_at_ms: Date.now() - 60_000 }),
      login('fine', { expires_at_ms: Date.now() - 60_000, refresh_token: world.canary('refresh') }),
    ],
  });
  declare(
    world,
    'providers: { anthropic: { strategy: random, credentials: { dead: { type: oauth }, old: { type: oauth }, fine: { type: oauth }, new: { type: oauth } } } }',
  );
  const plan = await planned(world);
  expect(lines(plan).filter((line) => line.includes('log'))).toEqual([
    'login anthropic/new not_in_pool',
    'relogin anthropic/dead token_dead',
    'relogin anthropic/old token_expired',
  ]);
  expect(await world.gormes(['auth', 'apply', '--yes', '--no-input'])).toMatchObject({
    exitCode: 5,
  });
});

test('a rotation that an old copy undid is said and done again', async () => {
  await using world = await startWorld();
  key(world, 'k');
  declare(world, one);
  await applied(world);
  const old = world.home.read('auth.json');
  const next = world.canary('next');
  world.write('k', `${next}\n`);
  await applied(world);
  // A process that honours the lock, and writes the pool that it read long ago.
  world.home.write('auth.json', old);
  const plan = await planned(world);
  expect(lines(plan)).toEqual(['add xai/a not_in_pool', 'remove xai/a resurrected']);
  expect(plan.drift).toMatchObject([
    { address: 'xai/a', cause: 'lost_write' },
    { address: 'xai/a', cause: 'resurrected' },
  ]);
  await applied(world);
  expect(world.home.pool('xai')).toMatchObject([{ label: 'a', access_token: next }]);
});

test('a login that Hermes deleted because it was dead is told with its time and reason', async () => {
  await using world = await startWorld();
  world.home.seed(
    {
      nous: [{ label: 'portal', key: world.canary('nous'), type: 'oauth', source: 'device_code' }],
    },
    {
      providers: {
        nous: { access_token: world.canary('nous'), refresh_token: world.canary('nous refresh') },
      },
    },
  );
  declare(world, 'providers: { nous: { credentials: { portal: { type: oauth } } } }');
  await applied(world);
  world.home.write(
    'auth.json',
    JSON.stringify({
      version: 1,
      providers: {
        nous: {
          last_auth_error: { code: 'refresh_token_reused', at: '2026-08-10T14:02:00+00:00' },
        },
      },
      credential_pool: { nous: [] },
    }),
  );
  const gone = 'gone: pruned by Hermes \\(refresh_token_reused\\), dead since 2026-08-10';
  const plan = await world.gormes(['auth', 'plan'], { env: { TZ: 'Asia/Tokyo' } });
  expect(plan.stdout).toMatch(new RegExp(`${gone} 23:02 \\((?:in )?\\d+ (?:h|days)`));
  // What machines read is the same wherever it is made.
  for (const form of ['--json', '--markdown']) {
    const told = await world.gormes(['auth', 'plan', form], { env: { TZ: 'Asia/Tokyo' } });
    expect(told.stdout).toMatch(new RegExp(`${gone} 14:02 UTC`));
  }
  expect(lines(await planned(world))).toEqual(['login nous/portal not_in_pool']);
});

test('a move that leaves an entry where it is says why', async () => {
  await using world = await startWorld();
  world.home.seed({
    xai: [
      { label: 'a', key: world.canary('a') },
      { label: 'b', key: key(world, 'k') },
    ],
  });
  declare(
    world,
    'moved: [{ from: xai/a, to: xai/b }]\nproviders: { xai: { credentials: { b: { api_key: "file:k" } } } }',
  );
  const plan = await planned(world);
  expect(lines(plan)).toEqual(['adopt xai/b label_matches', 'reorder xai order_changed']);
  expect(plan).toMatchObject({
    notes: [
      { address: 'xai/a', code: 'not_moved', detail: 'not moved: xai/b is another credential' },
    ],
  });
});

test('a move from a label that stands twice is blocked, with the label', async () => {
  await using world = await startWorld();
  world.home.seed({
    xai: [
      { label: 'a', id: 'aaaaaa', key: world.canary('1') },
      { label: 'a', id: 'bbbbbb', key: world.canary('2') },
    ],
  });
  key(world, 'k');
  declare(
    world,
    'moved: [{ from: xai/a, to: xai/b }]\nproviders: { xai: { credentials: { b: { api_key: "file:k" } } } }',
  );
  expect(await planned(world)).toMatchObject({
    changes: [
      {
        action: 'blocked',
        address: 'xai/b',
        reason: 'ambiguous_label',
        detail: '2 live credentials have the label "a"',
      },
    ],
  });
});

test('an entry that a person added by hand is not removed for having the secret of a gone one', async () => {
  await using world = await startWorld();
  const secret = key(world, 'k');
  declare(world, one);
  await applied(world);
  edit(world, 'xai', () => undefined);
  await world.gormes(['auth', 'add', 'xai', '--type', 'api-key', '--label', 'mine'], {
    input: secret,
  });
  declare(world, 'providers: {}');
  expect(lines(await planned(world))).toEqual(['forget xai/a entry_gone']);
  await applied(world);
  expect(labels(world, 'xai')).toEqual(['mine']);
});

test('a suppression that was lifted outside is not ours any more, when a person sets it again', async () => {
  await using world = await startWorld();
  declare(world, 'providers: { zai: { sources: { "env:GLM_API_KEY": suppress } } }');
  await applied(world);
  const lifted = JSON.stringify({ version: 1, providers: {}, credential_pool: {} });
  world.home.write('auth.json', lifted);
  declare(world, 'providers: {}');
  expect(lines(await planned(world))).toEqual(['forget zai#env:GLM_API_KEY entry_gone']);
  await applied(world);
  world.home.write(
    'auth.json',
    lifted.replace('}}', '},"suppressed_sources":{"zai":["env:GLM_API_KEY"]}}'),
  );
  expect(await planned(world)).toMatchObject({ empty: true });
});
