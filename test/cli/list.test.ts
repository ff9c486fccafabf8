import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apiKeysAndLogin, aprilHome, environmentReferences } from '../support/homes.ts';
import { startWorld, type World } from '../support/world.ts';

const HOMES = [
  ['API keys and a login', apiKeysAndLogin],
  ['references and a custom endpoint', environmentReferences],
  ['April', aprilHome],
] as const;

test.each(HOMES)('no reading command writes to a home: %s', async (_name, home) => {
  await using world = await startWorld();
  world.home.write('auth.json', home.auth);
  world.home.write('.env', home.env);
  world.home.write('config.yaml', home.config);
  for (const name of ['gh', 'copilot', 'security', 'aws']) world.program(name, {});
  const before = world.home.hash();
  for (const args of [
    ['auth', 'list'],
    ['auth', 'list', '--json'],
    ['auth', 'list', 'openai-codex'],
    ['auth', 'status', 'openai-codex'],
    ['auth', 'status', 'zai'],
    ['auth', 'status', 'spotify'],
    ['auth', 'status', 'bedrock'],
    ['auth', 'status', 'copilot-acp'],
    ['auth', 'reset', 'xai'],
    ['auth', 'logout', 'minimax'],
  ]) {
    expect(await world.gormes(args)).toMatchObject({ exitCode: 0 });
  }
  expect(world.home.hash()).toBe(before);
  expect(world.calls()).toEqual([]);
});

test('a home that is not there is not made', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'list']);
  expect(run).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: 'No credentials yet. Add one: gormes auth add openrouter\n',
  });
  await world.gormes(['auth', 'status', 'openrouter']);
  await world.gormes(['auth', 'reset', 'openrouter']);
  await world.gormes(['auth', 'remove', 'openrouter', '1']);
  await world.gormes(['logout']);
  expect(world.home.hash()).toBe('absent');
});

test('what the environment would add is listed without being stored', async () => {
  await using world = await startWorld({ env: { XAI_API_KEY: 'k1', GLM_API_KEY: 'k2' } });
  expect((await world.gormes(['auth', 'list'])).stdout).toBe(`xai (1 credentials):
  #1  XAI_API_KEY          api_key env:XAI_API_KEY ←

zai (1 credentials):
  #1  GLM_API_KEY          api_key env:GLM_API_KEY ←

`);
  expect(world.home.hash()).toBe('absent');
});

const strategies: [strategy: string, marked: string][] = [
  ['fill_first', 'a'],
  ['round_robin', 'a'],
  ['random', 'a'],
  ['least_used', 'b'],
];

test.each(strategies)('the mark follows the strategy: %s marks %s', async (strategy, marked) => {
  await using world = await startWorld();
  world.home.write('config.yaml', `credential_pool_strategies: { xai: ${strategy} }\n`);
  world.home.seed({
    xai: [
      { label: 'a', key: world.canary('a'), raw: { request_count: 5 } },
      { label: 'b', key: world.canary('b'), raw: { request_count: 2 } },
      { label: 'c', key: '', source: 'env:XAI_API_KEY' },
    ],
  });
  const run = await world.gormes(['auth', 'list', 'xai', '--json']);
  const { providers } = JSON.parse(run.stdout);
  expect(providers).toMatchObject([{ provider: 'xai', strategy }]);
  const current = providers[0].credentials.filter((each: { current: boolean }) => each.current);
  expect(current).toMatchObject([{ label: marked }]);
});

test('the only credential waits a minute, and the list says so', async () => {
  await using world = await startWorld();
  const raw = {
    last_status: 'exhausted',
    last_status_at: Date.now() / 1000,
    last_error_code: 429,
  };
  world.home.seed({ xai: [{ label: 'a', key: world.canary('a'), raw }] });
  expect((await world.gormes(['auth', 'list'])).stdout).toMatch(
    / {2}#1 {2}a {20}api_key manual rate-limited \(429\) \((?:1m 0s|5\ds) left\)\n/,
  );
});

test('control characters of the store do not reach the terminal', async () => {
  await using world = await startWorld();
  const raw = {
    last_status: 'dead',
    last_error_reason: 'x\u001b]0;y\u0007',
    source: 'manual:\u202e',
  };
  world.home.seed({ xai: [{ label: 'a\u001b[2J', key: world.canary('a'), raw }] });
  const { stdout } = await world.gormes(['auth', 'list']);
  expect(stdout).toContain('a\\x1b[2J');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});

const GH_VARIABLES = ['COPILOT_GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN'];

test('gh is asked when copilot is named and no variable is set, without tokens in its environment', async () => {
  await using world = await startWorld({
    env: { OPENROUTER_API_KEY: 'other', COPILOT_GH_HOST: 'h.example' },
  });
  world.program('gh', { stdout: `${world.canary('gh', 'gho_')}\n` });
  expect((await world.gormes(['auth', 'list', 'github'])).stdout).toBe(`copilot (1 credentials):
  #1  gh auth token        api_key gh_cli ←

`);
  expect((await world.gormes(['auth', 'status', 'copilot'])).stdout).toBe('copilot: logged in\n');
  const calls = world.calls('gh');
  expect(calls).toHaveLength(2);
  for (const call of calls) {
    expect(call.argv).toEqual(['auth', 'token', '--hostname', 'h.example']);
    expect(Object.keys(call.env)).not.toContain('OPENROUTER_API_KEY');
  }
  expect(world.home.hash()).toBe('absent');
});

test.each(GH_VARIABLES)('gh is not asked when %s is set', async (name) => {
  await using world = await startWorld({ env: { [name]: 'gho_x' } });
  world.program('gh', { stdout: 'gho_y' });
  expect((await world.gormes(['auth', 'list', 'copilot'])).stdout).toContain(`env:${name}`);
  expect(world.calls('gh')).toEqual([]);
});

test('gh is not asked by other commands, nor when it is suppressed', async () => {
  await using world = await startWorld();
  world.program('gh', { stdout: 'gho_y' });
  world.home.seed({}, { suppressed_sources: { copilot: ['gh_cli'] } });
  await world.gormes(['auth', 'list']);
  await world.gormes(['auth', 'list', 'copilot']);
  await world.gormes(['auth', 'status', 'openrouter']);
  expect(world.calls('gh')).toEqual([]);
});

test.each([
  ['fails', { exitCode: 1, stderr: 'not logged in' }],
  ['says nothing', { stdout: '\n' }],
  ['says too much', { stdout: 'x'.repeat(10_000) }],
  ['has a token of a kind that Copilot refuses', { stdout: 'ghp_classic' }],
])('a gh that %s is no credential', async (_name, reply) => {
  await using world = await startWorld();
  world.program('gh', reply);
  expect(await world.gormes(['auth', 'list', 'copilot'])).toMatchObject({
    exitCode: 0,
    stdout: '',
  });
});

async function withProfile(): Promise<World> {
  const world = await startWorld();
  mkdirSync(world.home.path('profiles/work'), { recursive: true });
  world.home.seed({
    openrouter: [
      { label: 'root-1', key: world.canary('one'), id: 'aaaaaa' },
      { label: 'root-2', key: world.canary('two'), id: 'bbbbbb' },
    ],
    xai: [{ label: 'x', key: world.canary('x') }],
  });
  return world;
}

const LISTED = `openrouter (2 credentials):
  #1  root-1               api_key manual (default profile) ←
  #2  root-2               api_key manual (default profile)

xai (1 credentials):
  #1  x                    api_key manual (default profile) ←

`;

test.each([
  ['before the command', ['-p', 'work', 'auth', 'list']],
  ['in it', ['auth', '--profile', 'Work', 'list']],
  ['behind it', ['auth', 'list', '--profile=work']],
])('a profile shows what it uses of the default profile: -p %s', async (_name, args) => {
  await using world = await withProfile();
  const before = world.home.hash();
  expect(await world.gormes(args)).toMatchObject({ exitCode: 0, stdout: LISTED });
  expect(world.home.hash()).toBe(before);
});

test('inherited entries are not changed from a profile', async () => {
  await using world = await withProfile();
  const before = world.home.hash();
  for (const verb of ['remove', 'reset']) {
    expect(await world.gormes(['-p', 'work', 'auth', verb, 'openrouter', 'root-2'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: this openrouter credential stands in the default profile and is only used here [inherited_entry]
hint: gormes -p default auth ${verb} openrouter bbbbbb
`,
    });
  }
  expect(await world.gormes(['-p', 'work', 'auth', 'logout', 'openrouter'])).toMatchObject({
    exitCode: 0,
    stdout: 'No auth state found for OpenRouter.\n',
    stderr: expect.stringContaining('gormes -p default auth logout openrouter'),
  });
  expect(world.home.hash()).toBe(before);
  expect(
    await world.gormes(['-p', 'work', 'auth', 'status', 'openrouter', '--json']),
  ).toMatchObject({
    stdout: expect.stringContaining('"logged_in": true'),
  });
  const run = await world.gormes(['-p', 'default', 'auth', 'remove', 'openrouter', 'bbbbbb']);
  expect(run).toMatchObject({ exitCode: 0, stdout: 'Removed openrouter credential #2 (root-2)\n' });
});

test('a profile that gets an entry of its own no longer uses the inherited ones, and copies none', async () => {
  await using world = await withProfile();
  const root = world.home.read('auth.json');
  const run = await world.gormes(['-p', 'work', 'auth', 'add', 'or', '--label', 'own'], {
    input: world.canary('own'),
  });
  expect(run).toMatchObject({
    exitCode: 0,
    stdout: 'Added openrouter credential #1: "own"\n',
    stderr: expect.stringContaining('no longer used here'),
  });
  expect(world.home.read('auth.json')).toBe(root);
  const own = world.home.json('profiles/work/auth.json');
  expect(own.credential_pool).toMatchObject({ openrouter: [{ label: 'own' }] });
  expect(own.credential_pool).not.toHaveProperty('xai');
  expect(
    (await world.gormes(['-p', 'work', 'auth', 'list'])).stdout,
  ).toBe(`openrouter (1 credentials):
  #1  own                  api_key manual ←

xai (1 credentials):
  #1  x                    api_key manual (default profile) ←

`);
});

test('a profile that is not there is refused in the words of Hermes', async () => {
  await using world = await startWorld();
  expect(await world.gormes(['auth', 'list', '-p', 'gone'])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: "Error: Profile 'gone' does not exist. Create it with: hermes profile create gone\n",
  });
  expect(world.home.hash()).toBe('absent');
});

test('JSON holds everything but the secret', async () => {
  await using world = await startWorld();
  const raw = {
    last_status: 'exhausted',
    last_error_code: 429,
    last_error_reset_at: 4_102_444_800,
    expires_at_ms: 4_102_444_800_000,
  };
  world.home.seed({ xai: [{ label: 'a', key: world.canary('a'), id: 'aaaaaa', raw }] });
  const run = await world.gormes(['auth', 'list', '--json']);
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual({
    providers: [
      {
        provider: 'xai',
        strategy: 'fill_first',
        credentials: [
          {
            index: 1,
            id: 'aaaaaa',
            label: 'a',
            type: 'api_key',
            source: 'manual',
            status: 'cooling',
            failure: 'rate-limited',
            retry_at: '2100-01-01T00:00:00.000Z',
            expires_at: '2100-01-01T00:00:00.000Z',
            base_url: 'https://api.x.ai/v1',
            current: false,
            pinned: false,
            inherited: false,
          },
        ],
      },
    ],
  });
  const empty = await world.gormes(['auth', 'list', 'zai', '--json']);
  expect(JSON.parse(empty.stdout)).toEqual({ providers: [] });
});

test('an empty list names what is suppressed', async () => {
  await using world = await startWorld({ env: { XAI_API_KEY: 'k' } });
  world.home.seed({}, { suppressed_sources: { xai: ['env:XAI_API_KEY'] } });
  expect(await world.gormes(['auth', 'list', 'grok'])).toEqual({
    exitCode: 0,
    stdout: '',
    stderr:
      'No credentials for xai. Add one: gormes auth add xai\nSuppressed: env:XAI_API_KEY; adding one lifts that.\n',
  });
});

test('a pool that Hermes made under an alias is listed, and emptied by that name', async () => {
  await using world = await startWorld();
  world.home.seed({
    fw: [{ label: 'a', key: world.canary('a') }],
    fireworks: [{ label: 'b', key: world.canary('b') }],
  });
  expect((await world.gormes(['auth', 'list', 'fw'])).stdout).toMatch(/^fw \(1 credentials\)/);
  await world.gormes(['auth', 'add', 'fw', '--api-key', 'k', '--label', 'c']);
  expect(world.home.pool('fireworks')).toMatchObject([{ label: 'b' }, { label: 'c' }]);
  await world.gormes(['auth', 'remove', 'fw', '1']);
  expect(world.home.pool('fw')).toEqual([]);
  expect((await world.gormes(['auth', 'list', 'fw'])).stdout).toMatch(/^fireworks \(2/);
});

test.each([
  ['no name', ['auth', 'list', '-p'], '-p needs a value'],
  ['no name of a profile', ['-p', '../x', 'auth', 'list'], '-p takes the name of a profile'],
  ['a reserved name', ['--profile=root', 'auth', 'list'], '--profile takes the name of a profile'],
])('-p with %s is a usage error', async (_name, args, message) => {
  await using world = await startWorld();
  const run = await world.gormes(args);
  expect(run).toMatchObject({ exitCode: 64, stdout: '', stderr: expect.stringContaining(message) });
});

test('equal labels are told apart by their ids, and only those', async () => {
  await using world = await startWorld();
  world.home.seed({
    xai: [
      { label: 'work', id: 'aaaaaa', key: world.canary('a') },
      { label: 'Work ', id: 'bbbbbb', key: world.canary('b') },
      { label: 'home', id: 'cccccc', key: world.canary('c') },
    ],
    zai: [{ label: 'work', key: world.canary('d') }],
  });
  expect((await world.gormes(['auth', 'list'])).stdout).toBe(`xai (3 credentials):
  #1  work [id:aaaaaa]     api_key manual ←
  #2  Work  [id:bbbbbb]    api_key manual
  #3  home                 api_key manual

zai (1 credentials):
  #1  work                 api_key manual ←

`);
  expect((await world.gormes(['auth', 'explain', 'xai'])).stdout).toBe(`xai  fill_first
→ work [id:aaaaaa]   next
  Work  [id:bbbbbb]  when 1 other before it can't be used
  home               when 2 others before it can't be used
`);
  expect((await world.gormes(['auth', 'check', 'xai'])).stdout).toContain(
    '  work [id:aaaaaa]   unknown',
  );
});
