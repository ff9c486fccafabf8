import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { aprilHome } from '../support/homes.ts';
import { startWorld, type World } from '../support/world.ts';

test('login, pool, active provider and model go; every other byte of config.yaml stays', async () => {
  await using world = await startWorld();
  world.home.write('auth.json', aprilHome.auth);
  world.home.write(
    'config.yaml',
    '# mine\nmodel:\n  default: gpt-5.2-codex # best\n  provider: openai-codex\n  base_url: "https://chatgpt.com/backend-api/codex"\nother: [1, 2]\n',
  );
  const before = world.home.auth();
  const run = await world.gormes(['logout']);
  expect(run).toEqual({
    exitCode: 0,
    stdout:
      'Logged out of OpenAI Codex.\nRun `gormes model` or configure an API key to use Hermes.\n',
    stderr: '',
  });
  const after = world.home.auth();
  expect(after.active_provider).toBeNull();
  expect(after.providers).toEqual({ spotify: (before.providers as { spotify: object }).spotify });
  expect(Object.keys(after.credential_pool as object)).toEqual(['google-gemini-cli', 'zai']);
  expect(after).toMatchObject({ some_future_key: { keep: 'me' } });
  expect(world.home.read('config.yaml')).toBe(
    '# mine\nmodel:\n  default: gpt-5.2-codex # best\n  provider: auto\n  base_url: https://openrouter.ai/api/v1\nother: [1, 2]\n',
  );
  expect((await world.gormes(['logout'])).stdout).toBe('No provider is currently logged in.\n');
});

interface Kind {
  readonly name: string;
  readonly args: readonly string[];
  readonly home: (world: World) => void;
  readonly sources: readonly string[];
}

const KINDS: readonly Kind[] = [
  {
    name: 'a variable',
    args: ['openrouter'],
    home: (world) => world.home.write('.env', `OPENROUTER_API_KEY=${world.canary('or')}\n`),
    sources: ['env:OPENROUTER_API_KEY'],
  },
  {
    name: 'two variables',
    args: ['--provider', 'zai'],
    home: (world) =>
      world.home.write(
        '.env',
        `GLM_API_KEY=${world.canary('a')}\nZAI_API_KEY=${world.canary('b')}\n`,
      ),
    sources: ['env:GLM_API_KEY', 'env:ZAI_API_KEY'],
  },
  {
    name: 'the Qwen CLI',
    args: ['qwen-oauth'],
    home: (world) =>
      void world.write('~/.qwen/oauth_creds.json', JSON.stringify({ access_token: 'q' })),
    sources: ['qwen-cli'],
  },
  {
    name: 'a custom endpoint',
    args: ['custom:lab'],
    home: (world) =>
      world.home.write(
        'config.yaml',
        'providers: { l: { name: Lab, api: http://l/v1, api_key: k } }\n',
      ),
    sources: ['config:Lab'],
  },
  {
    name: 'gh',
    args: ['copilot'],
    home: (world) => world.program('gh', { stdout: 'gho_token' }),
    sources: ['gh_cli'],
  },
];

test.each(KINDS)('$name: a logout says what comes back, and --suppress stops it', async (kind) => {
  await using world = await startWorld();
  kind.home(world);
  const provider = kind.args.at(-1) ?? '';
  await world.gormes(['auth', 'add', provider, '--type', 'api-key', '--api-key', 'k']);
  if (provider === 'qwen-oauth')
    world.home.seed({ 'qwen-oauth': [{ label: 'q', key: 'q', source: 'manual:qwen_cli' }] });
  const first = await world.gormes(['auth', 'logout', ...kind.args]);
  expect(first.exitCode).toBe(0);
  expect(first.stderr).toBe(
    `Note: ${kind.sources.join(' and ')} will be imported again; to stop that: gormes auth logout ${provider} --suppress\n`,
  );
  expect((await world.gormes(['auth', 'list', provider])).stdout).toContain(kind.sources[0]);

  const second = await world.gormes(['auth', 'logout', provider, '--suppress']);
  expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Logged out of /) });
  expect(second.stderr).toContain(`Suppressed ${kind.sources.join(' and ')}`);
  expect(world.home.auth().suppressed_sources).toEqual({ [provider]: kind.sources });
  expect((await world.gormes(['auth', 'list', provider])).stdout).toBe('');
});

test('Claude Code does not come back once nothing chooses anthropic any more', async () => {
  await using world = await startWorld();
  world.write(
    '~/.claude/.credentials.json',
    JSON.stringify({ claudeAiOauth: { accessToken: world.canary('c', 'sk-ant-oat01-') } }),
  );
  world.home.write(
    '.anthropic_oauth.json',
    JSON.stringify({ accessToken: world.canary('h', 'sk-ant-oat01-') }),
  );
  world.home.write('config.yaml', 'model: { provider: anthropic, default: claude }\n');
  world.home.seed({}, { active_provider: 'anthropic' });
  expect((await world.gormes(['auth', 'list', 'anthropic'])).stdout).toMatch(
    /hermes_pkce.*claude_code/s,
  );
  const run = await world.gormes(['auth', 'logout', 'claude']);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(world.home.exists('.anthropic_oauth.json')).toBe(false);
  expect((await world.gormes(['auth', 'list', 'anthropic'])).stdout).toBe('');
});

test('Google’s login file goes with the login', async () => {
  await using world = await startWorld();
  world.home.write('auth.json', aprilHome.auth);
  world.home.write('auth/google_oauth.json', '{}');
  await world.gormes(['auth', 'logout', 'gemini-cli']);
  expect(world.home.exists('auth/google_oauth.json')).toBe(false);
  expect(world.home.pool('google-gemini-cli')).toEqual([]);
});

test.each([
  ['in the home', undefined],
  ['where its variable says', 'elsewhere'],
])('the Nous login that profiles share ends too: %s', async (_name, dir) => {
  await using world = await startWorld();
  const tokens = { access_token: world.canary('a'), refresh_token: world.canary('r') };
  world.home.seed({}, { providers: { nous: tokens } });
  const name = 'shared/nous_auth.json';
  if (dir === undefined) world.home.write(name, JSON.stringify(tokens));
  const file =
    dir === undefined
      ? world.home.path(name)
      : world.write(`${dir}/nous_auth.json`, JSON.stringify(tokens));
  const env = dir === undefined ? {} : { HERMES_SHARED_AUTH_DIR: dirname(file) };
  const run = await world.gormes(['auth', 'logout', 'nous'], { env });
  expect(run).toMatchObject({
    exitCode: 0,
    stderr: 'Note: the nous login that all profiles share was ended too.\n',
  });
  expect(existsSync(file)).toBe(false);
});

test('spotify is logged out, and the model of another provider stays', async () => {
  await using world = await startWorld();
  world.home.write('auth.json', aprilHome.auth);
  world.home.write('config.yaml', aprilHome.config);
  const run = await world.gormes(['auth', 'logout', 'spotify']);
  expect(run.stdout).toBe('Logged out of Spotify.\nModel provider configuration was unchanged.\n');
  expect(world.home.read('config.yaml')).toBe(aprilHome.config);
  expect(Object.keys(world.home.auth().providers as object)).toEqual(['openai-codex']);
  expect(world.home.auth().active_provider).toBe('openai-codex');
});

test.each([
  ['custom:l', 'providers: { l: { name: Lab, api: http://l/v1 } }\n'],
  ['custom', 'custom_providers:\n  - { name: Lab, base_url: http://l/v1 }\n'],
])('a model that uses a custom endpoint as %s is reset with it', async (provider, customs) => {
  await using world = await startWorld();
  world.home.write(
    'config.yaml',
    `${customs}model:\n  provider: ${provider}\n  base_url: http://l/v1\n`,
  );
  await world.gormes(['auth', 'add', 'lab', '--api-key', 'k']);
  const run = await world.gormes(['auth', 'logout', 'Lab']);
  expect(run.stdout).toMatch(/^Logged out of Lab\.\nRun `gormes model`/);
  expect(world.home.read('config.yaml')).toBe(
    `${customs}model:\n  provider: auto\n  base_url: https://openrouter.ai/api/v1\n`,
  );
});

test('an old config with the provider at the top is reset there', async () => {
  await using world = await startWorld();
  world.home.write('config.yaml', 'provider: nous\nmodel: hermes-4\n');
  const run = await world.gormes(['logout']);
  expect(run.stdout).toMatch(/^Logged out of Nous Portal\./);
  expect(world.home.read('config.yaml')).toBe('provider: auto\nmodel: hermes-4\n');
});

test('logout without a name never ends API keys', async () => {
  await using world = await startWorld();
  world.home.write('config.yaml', 'model: { provider: openrouter }\n');
  world.home.seed({ openrouter: [{ label: 'a', key: world.canary('a') }] });
  const before = world.home.hash();
  expect((await world.gormes(['logout'])).stdout).toBe('No provider is currently logged in.\n');
  expect(world.home.hash()).toBe(before);
});

test('JSON is snake_case and complete', async () => {
  await using world = await startWorld();
  world.home.write('.env', `XAI_API_KEY=${world.canary('a')}\n`);
  await world.gormes(['auth', 'add', 'xai', '--api-key', 'k']);
  const run = await world.gormes(['auth', 'logout', 'xai', '--json']);
  expect(JSON.parse(run.stdout)).toEqual({
    provider: 'xai',
    name: 'xAI',
    logged_out: true,
    removed: 2,
    model: 'unchanged',
    comes_back: ['env:XAI_API_KEY'],
    suppressed: [],
    inherited: false,
    shared_ended: false,
  });
  const nobody = await world.gormes(['logout', '--json']);
  expect(JSON.parse(nobody.stdout)).toMatchObject({ provider: null, logged_out: false });
});
