import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { startWorld, type World } from '../support/world.ts';

/** A removal by source (pool-store §11): what is cleaned, printed and suppressed. */
interface Step {
  readonly name: string;
  readonly provider: string;
  readonly target: string;
  readonly home: (world: World) => void;
  readonly env?: Readonly<Record<string, string>>;
  /** Lines below `Removed …`. */
  readonly lines: readonly string[];
  readonly suppressed: readonly string[];
  /** What must hold afterwards. */
  readonly after?: (world: World) => void;
}

const FUTURE = '2099-01-01T00:00:00+00:00';

function logins(world: World, provider: string, state: JsonObject): void {
  world.home.seed({}, { providers: { [provider]: state, spotify: { client_id: 'stays' } } });
}

const ended =
  (provider: string) =>
  (world: World): void =>
    expect(world.home.auth().providers).toEqual(
      provider === '' ? {} : { spotify: { client_id: 'stays' } },
    );

const STEPS: readonly Step[] = [
  {
    name: 'a variable in .env: every line of it goes, the rest stays byte for byte',
    provider: 'openrouter',
    target: 'OPENROUTER_API_KEY',
    home: (world) =>
      world.home.write(
        '.env',
        `# keys\nOPENROUTER_API_KEY=${world.canary('a')}\n\n  export OPENROUTER_API_KEY="${world.canary('b')}"\nOTHER = x # kept\n#OPENROUTER_API_KEY=old\n`,
      ),
    lines: [
      'Cleared OPENROUTER_API_KEY from .env',
      'Suppressed env:OPENROUTER_API_KEY — it will not be re-seeded even if the variable is re-exported later.',
    ],
    suppressed: ['env:OPENROUTER_API_KEY'],
    after: (world) =>
      expect(world.home.read('.env')).toBe('# keys\n\nOTHER = x # kept\n#OPENROUTER_API_KEY=old\n'),
  },
  {
    name: 'a variable of the shell',
    provider: 'openrouter',
    target: '1',
    home: () => {},
    env: { OPENROUTER_API_KEY: 'sk-or-of-the-shell' },
    lines: [
      'Note: OPENROUTER_API_KEY is still set in your shell environment (not in ~/.hermes/.env).',
      '  Unset it there (shell profile, systemd EnvironmentFile, launchd plist, etc.) or it will keep being visible to Hermes.',
      '  The pool entry is now suppressed — Hermes will ignore OPENROUTER_API_KEY until you run `gormes auth add openrouter`.',
    ],
    suppressed: ['env:OPENROUTER_API_KEY'],
  },
  {
    name: 'a variable that is set nowhere',
    provider: 'xai',
    target: 'x',
    home: (world) => world.home.seed({ xai: [{ label: 'x', key: '', source: 'env:XAI_API_KEY' }] }),
    lines: [
      'Suppressed env:XAI_API_KEY — it will not be re-seeded even if the variable is re-exported later.',
    ],
    suppressed: ['env:XAI_API_KEY'],
  },
  {
    name: 'a variable that feeds two providers',
    provider: 'alibaba',
    target: '1',
    home: (world) => world.home.write('.env', `DASHSCOPE_API_KEY=${world.canary('a')}\n`),
    lines: [
      'Cleared DASHSCOPE_API_KEY from .env',
      'Note: alibaba-coding-plan took its key from DASHSCOPE_API_KEY too.',
      'Suppressed env:DASHSCOPE_API_KEY — it will not be re-seeded even if the variable is re-exported later.',
    ],
    suppressed: ['env:DASHSCOPE_API_KEY'],
  },
  {
    name: 'copilot: all sources at once, .env untouched',
    provider: 'copilot',
    target: 'GH_TOKEN',
    home: (world) => world.home.write('.env', `GH_TOKEN=${world.canary('gh', 'gho_')}\n`),
    lines: [
      'Suppressed all copilot token sources (gh_cli + env vars) — they will not be re-seeded.',
      'Note: Your gh CLI / shell environment is unchanged.',
      'Run `gormes auth add copilot` to re-enable if needed.',
    ],
    suppressed: ['gh_cli', 'env:COPILOT_GITHUB_TOKEN', 'env:GH_TOKEN', 'env:GITHUB_TOKEN'],
    after: (world) => expect(world.home.read('.env')).toMatch(/^GH_TOKEN=gho_/),
  },
  {
    name: 'copilot: the token of gh, which is not stored',
    provider: 'copilot',
    target: 'gh auth token',
    home: (world) => world.program('gh', { stdout: `${world.canary('gh', 'gho_')}\n` }),
    lines: [
      'Suppressed all copilot token sources (gh_cli + env vars) — they will not be re-seeded.',
      'Note: Your gh CLI / shell environment is unchanged.',
      'Run `gormes auth add copilot` to re-enable if needed.',
    ],
    suppressed: ['gh_cli', 'env:COPILOT_GITHUB_TOKEN', 'env:GH_TOKEN', 'env:GITHUB_TOKEN'],
  },
  {
    name: 'the login of Claude Code, whose file stays',
    provider: 'anthropic',
    target: 'claude_code',
    home: (world) => {
      world.write(
        '~/.claude/.credentials.json',
        JSON.stringify({ claudeAiOauth: { accessToken: world.canary('c', 'sk-ant-oat01-') } }),
      );
      world.home.write('config.yaml', 'model: { provider: anthropic }\n');
    },
    lines: [
      'Suppressed claude_code credential — it will not be re-seeded.',
      'Note: Claude Code credentials still live in ~/.claude/.credentials.json',
      'Run `gormes auth add anthropic` to re-enable if needed.',
    ],
    suppressed: ['claude_code'],
  },
  {
    name: 'Hermes’ own Anthropic login, whose file goes',
    provider: 'anthropic',
    target: 'hermes_pkce',
    home: (world) => {
      world.home.write(
        '.anthropic_oauth.json',
        JSON.stringify({ accessToken: world.canary('c', 'sk-ant-oat01-') }),
      );
      world.home.write('config.yaml', 'model: { provider: anthropic }\n');
    },
    lines: ['Cleared Hermes Anthropic OAuth credentials'],
    suppressed: ['hermes_pkce'],
    after: (world) => expect(world.home.exists('.anthropic_oauth.json')).toBe(false),
  },
  {
    name: 'the nous login',
    provider: 'nous',
    target: '1',
    home: (world) => logins(world, 'nous', { access_token: world.canary('n') }),
    lines: ['Cleared nous OAuth tokens from auth store'],
    suppressed: ['device_code'],
    after: ended('nous'),
  },
  {
    name: 'the codex login',
    provider: 'openai-codex',
    target: 'device_code',
    home: (world) => logins(world, 'openai-codex', { tokens: { access_token: world.canary('n') } }),
    lines: [
      'Cleared openai-codex OAuth tokens from auth store',
      'Suppressed openai-codex device_code source — it will not be re-seeded.',
      'Note: Codex CLI credentials still live in ~/.codex/auth.json',
      'Run `gormes auth add openai-codex` to re-enable if needed.',
    ],
    suppressed: ['device_code'],
    after: ended('openai-codex'),
  },
  {
    name: 'another codex account: the shared login stays, which Hermes ends',
    provider: 'openai-codex',
    target: 'second',
    home: (world) =>
      world.home.seed(
        {
          'openai-codex': [
            {
              label: 'second',
              key: world.canary('second'),
              type: 'oauth',
              source: 'manual:device_code',
              raw: { refresh_token: world.canary('refresh2') },
            },
          ],
        },
        {
          providers: {
            'openai-codex': {
              tokens: { access_token: world.canary('n'), refresh_token: world.canary('refresh1') },
            },
          },
        },
      ),
    lines: [
      'Note: Codex CLI credentials still live in ~/.codex/auth.json',
      'Run `gormes auth add openai-codex` to re-enable if needed.',
    ],
    suppressed: [],
    after: (world) => {
      expect(world.home.auth().providers).toHaveProperty('openai-codex');
      expect(world.home.pool('openai-codex')).toMatchObject([{ source: 'device_code' }]);
    },
  },
  {
    name: 'the codex account that the shared login belongs to ends it, with its row',
    provider: 'openai-codex',
    target: 'mine',
    home: (world) =>
      world.home.seed(
        {
          'openai-codex': [
            { label: 'seeded', key: world.canary('n'), type: 'oauth', source: 'device_code' },
            {
              label: 'mine',
              key: world.canary('n'),
              type: 'oauth',
              source: 'manual:device_code',
              raw: { refresh_token: world.canary('refresh1') },
            },
          ],
        },
        {
          providers: {
            'openai-codex': {
              tokens: { access_token: world.canary('n'), refresh_token: world.canary('refresh1') },
            },
          },
        },
      ),
    lines: [
      'Cleared openai-codex OAuth tokens from auth store',
      'Note: Codex CLI credentials still live in ~/.codex/auth.json',
      'Run `gormes auth add openai-codex` to re-enable if needed.',
    ],
    suppressed: [],
    after: (world) => expect(world.home.pool('openai-codex')).toEqual([]),
  },
  {
    name: 'the xai login',
    provider: 'xai-oauth',
    target: '1',
    home: (world) => logins(world, 'xai-oauth', { tokens: { access_token: world.canary('n') } }),
    lines: [
      'Cleared xai-oauth OAuth tokens from auth store',
      'Run `gormes model` → xAI Grok OAuth (SuperGrok / Premium+) to re-authenticate if needed.',
    ],
    suppressed: ['device_code'],
    after: ended('xai-oauth'),
  },
  {
    name: 'the minimax login',
    provider: 'minimax-oauth',
    target: 'oauth',
    home: (world) =>
      logins(world, 'minimax-oauth', { access_token: world.canary('n'), expires_at: FUTURE }),
    lines: ['Cleared minimax-oauth OAuth tokens from auth store'],
    suppressed: ['oauth'],
    after: ended('minimax-oauth'),
  },
  {
    name: 'the login of the Qwen CLI, whose file stays',
    provider: 'qwen-oauth',
    target: '1',
    home: (world) =>
      void world.write(
        '~/.qwen/oauth_creds.json',
        JSON.stringify({ access_token: world.canary('q'), expiry_date: 4_000_000_000_000 }),
      ),
    lines: [
      'Suppressed qwen-cli credential — it will not be re-seeded.',
      'Note: Qwen CLI credentials still live in ~/.qwen/oauth_creds.json',
      'Run `gormes auth add qwen-oauth` to re-enable if needed.',
    ],
    suppressed: ['qwen-cli'],
  },
  {
    name: 'the key of a custom endpoint, whose definition stays',
    provider: 'custom:lab',
    target: 'Lab',
    home: (world) =>
      world.home.write(
        'config.yaml',
        `providers: # mine\n  lab: { name: Lab, api: http://l/v1, api_key: ${world.canary('k')} }\n`,
      ),
    lines: [
      'Suppressed config:Lab — it will not be re-seeded.',
      'Note: The underlying value in config.yaml is unchanged.  Edit it directly if you want to remove the credential from disk.',
    ],
    suppressed: ['config:Lab'],
    after: (world) => expect(world.home.read('config.yaml')).toContain('# mine'),
  },
  {
    name: 'the key of the model',
    provider: 'custom:lab',
    target: 'model_config',
    home: (world) =>
      world.home.write(
        'config.yaml',
        `model: { provider: custom, base_url: http://l/v1, api_key: ${world.canary('k')} }\nproviders:\n  lab: { name: Lab, api: http://l/v1 }\n`,
      ),
    lines: [
      'Suppressed model_config — it will not be re-seeded.',
      'Note: The underlying value in config.yaml is unchanged.  Edit it directly if you want to remove the credential from disk.',
    ],
    suppressed: ['model_config'],
  },
  ...['manual', 'manual:hermes_pkce', 'manual:device_code'].map(
    (source): Step => ({
      name: `an entry of source ${source}: nothing more`,
      provider: source === 'manual:device_code' ? 'xai-oauth' : 'anthropic',
      target: 'm',
      home: (world) =>
        world.home.seed({
          [source === 'manual:device_code' ? 'xai-oauth' : 'anthropic']: [
            { label: 'm', key: world.canary('k'), source },
          ],
        }),
      lines: [],
      suppressed: [],
    }),
  ),
];

test.each(STEPS)('$name', async (step) => {
  await using world = await startWorld(step.env ? { env: step.env } : {});
  step.home(world);
  const { provider, target } = step;
  const run = await world.gormes(['auth', 'remove', provider, target]);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  const [head, ...lines] = run.stdout.trimEnd().split('\n');
  expect(head).toMatch(new RegExp(`^Removed ${provider} credential #\\d \\(.+\\)$`));
  expect(lines).toEqual(step.lines);
  const suppressed = world.home.auth().suppressed_sources ?? {};
  expect(suppressed).toEqual(step.suppressed.length > 0 ? { [provider]: step.suppressed } : {});
  step.after?.(world);

  // It does not come back: not when listed, not when something else is written.
  const entries = async (): Promise<string> =>
    (await world.gormes(['auth', 'list', provider])).stdout;
  const listed = await entries();
  expect(listed).not.toContain(`  ${target} `);
  await world.gormes(['auth', 'add', 'deepseek', '--api-key', 'k']);
  await world.gormes(['auth', 'reset', provider]);
  expect(await entries()).toBe(listed);
});

test('adding to a provider lifts its suppressions, so that its sources count again', async () => {
  await using world = await startWorld();
  world.home.write('.env', `GH_TOKEN=${world.canary('gh', 'gho_')}\n`);
  await world.gormes(['auth', 'remove', 'copilot', '1']);
  expect((await world.gormes(['auth', 'list', 'copilot'])).stdout).toBe('');
  await world.gormes(['auth', 'add', 'copilot', '--api-key', 'github_pat_1']);
  expect(world.home.auth()).not.toHaveProperty('suppressed_sources');
  expect((await world.gormes(['auth', 'list', 'copilot'])).stdout).toContain('env:GH_TOKEN');
});

test('the entries behind the removed one move up, in the list and in the store', async () => {
  await using world = await startWorld();
  const labels = ['a', 'b', 'c'];
  world.home.seed({ xai: labels.map((label) => ({ label, key: world.canary(label) })) });
  await world.gormes(['auth', 'remove', 'xai', '1']);
  expect(world.home.pool('xai')).toMatchObject([
    { label: 'b', priority: 0 },
    { label: 'c', priority: 1 },
  ]);
});

test('a target that looks like a key is not repeated', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'a', key: world.canary('a') }] });
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'remove', 'xai', world.canary('a')]);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(world.home.hash()).toBe(before);
});

test('a variable whose line opens a quote that it does not close is left, and nothing is removed', async () => {
  await using world = await startWorld();
  world.home.write('.env', 'XAI_API_KEY="abc\ndef"\n');
  const before = world.home.read('.env');
  const run = await world.gormes(['auth', 'remove', 'xai', '1']);
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('env_not_understood');
  expect(world.home.read('.env')).toBe(before);
});

test('JSON says what was removed and what to know', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'a', key: world.canary('a'), id: 'aaaaaa' }] });
  const run = await world.gormes(['auth', 'remove', 'xai', 'a', '--json']);
  expect(JSON.parse(run.stdout)).toEqual({
    provider: 'xai',
    id: 'aaaaaa',
    label: 'a',
    index: 1,
    notes: [],
  });
});

test.each(['toString', '__proto__', 'XAI-lab'])(
  'a pool that only the store knows, "%s", is reached by its name',
  async (name) => {
    await using world = await startWorld();
    const row = { id: 'aaaaaa', label: 'a', auth_type: 'api_key', priority: 0, source: 'manual' };
    const pool = JSON.stringify([{ ...row, access_token: world.canary('odd') }]);
    world.home.write(
      'auth.json',
      `{"version":1,"providers":{},"credential_pool":{"${name}":${pool}}}`,
    );
    const listed = await world.gormes(['auth', 'list', name]);
    expect(listed.stdout).toContain(`${name} (1 credentials):`);
    const removed = await world.gormes(['auth', 'remove', name, '1']);
    expect(removed).toMatchObject({ exitCode: 0, stdout: `Removed ${name} credential #1 (a)\n` });
  },
);

test('under round_robin a position is refused, with the id of what stands there', async () => {
  await using world = await startWorld();
  world.home.write('config.yaml', 'credential_pool_strategies: { xai: round_robin }\n');
  world.home.seed({
    xai: [
      { label: 'a', id: 'aaaaaa', key: world.canary('a') },
      { label: 'b', id: 'bbbbbb', key: world.canary('b') },
      { label: '3', id: 'cccccc', key: world.canary('c') },
    ],
  });
  expect((await world.gormes(['auth', 'list', 'xai'])).stdout).toContain('  #2  b ');
  // Another program takes one meanwhile.
  await world.gormes(['auth', 'token', 'xai'], { allowSecretOnStdout: true });
  for (const target of ['2', '#2'])
    expect(await world.gormes(['auth', 'remove', 'xai', target])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'error: positions move under round_robin: #2 of xai is "3" now [positions_move]\n' +
        'hint: to remove that one: gormes auth remove xai cccccc\n',
    });
  expect(await world.gormes(['auth', 'remove', 'xai', '3'])).toMatchObject({ exitCode: 0 });
  expect(await world.gormes(['auth', 'remove', 'xai', 'B'])).toMatchObject({ exitCode: 0 });
  // The last one stands where it stands.
  expect(await world.gormes(['auth', 'remove', 'xai', '1'])).toMatchObject({ exitCode: 0 });
  expect(world.home.pool('xai')).toEqual([]);
});
