import { expect, test } from 'vitest';
import { copilotSim } from '../internet/copilot.ts';
import type { Hosts } from '../internet/internet.ts';
import { bearer, type Handler, refuseUnless } from '../internet/simulator.ts';
import { xaiSim } from '../internet/xai.ts';
import { KEY, startTerminal } from '../support/dialogue.ts';
import { startWorld, type World } from '../support/world.ts';

const { enter, esc, down, ctrlC } = KEY;

const CONFIG = `# how I work
model:
  default: old-model  # since May
  provider: xai
  base_url: https://api.x.ai/v1
  api_mode: codex_responses

# not to be touched
display: { tool_progress: new }
`;

/** A provider's list of models behind a key. */
function listed(host: string, key: string, models: readonly string[]): Hosts {
  return {
    [host]: (request) => {
      refuseUnless(request.method === 'GET' && request.path.endsWith('/models'), 'GET …/models');
      if (bearer(request) !== key) return { status: 401, body: { error: 'no' } };
      return { body: { data: models.map((id) => ({ id })) } };
    },
  };
}

async function withKey(provider: string, hosts: (key: string) => Hosts): Promise<World> {
  const canary = `canary-of-${provider}`;
  const key = `sk-${Buffer.from(canary).toString('hex').repeat(2)}`;
  const world = await startWorld({ hosts: hosts(key) });
  world.secret(canary, key);
  world.home.seed({ [provider]: [{ label: 'work', key }] });
  return world;
}

test('a ready provider: its own list, searched, and only the keys of the choice change', async () => {
  await using world = await withKey('deepseek', (key) =>
    listed('api.deepseek.com', key, ['deepseek-chat', 'deepseek-reasoner']),
  );
  world.home.write('config.yaml', CONFIG);
  await using run = startTerminal(world, ['model']);
  await run.see('Current model: old-model');
  await run.see('Active provider: xai');
  await run.answer('Select provider', 'ready deepseek');
  await run.answer('ready DeepSeek', enter);
  await run.answer('Use existing credentials', enter);
  await run.answer('Base URL', enter);
  await run.answer('Select default model (2 models)', 'reas');
  await run.answer('deepseek-reasoner', enter);
  await run.see('Default model set to: deepseek-reasoner (via DeepSeek)');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(`# how I work
model:
  default: deepseek-reasoner  # since May
  provider: deepseek
  base_url: https://api.deepseek.com/v1

# not to be touched
display: { tool_progress: new }
`);
  expect(world.home.exists('.env')).toBe(false);
});

function priced(maker: string): object {
  const model = (name: string, input: string, output: string, context?: number): object => ({
    id: `${maker}/${name}`,
    pricing: { prompt: input, completion: output },
    ...(context === undefined ? {} : { context_length: context }),
  });
  return {
    data: [
      model('plain', '0.000003', '0.000015', 200_000),
      model('dear', '0.00003', '0.00018', 1_000_000),
      model('gift', '0', '0'),
    ],
  };
}

test.each([
  [80, 'lab', 'lab/plain $3.00 $15.00 200k'],
  [60, 'a-lab-with-a-rather-long-name', 'plain ($3.00 in, $15.00 out per Mtok, 200k'],
] as const)(
  'at %d columns prices are shown, a dear model is asked about again',
  async (columns, maker, row) => {
    await using world = await withKey('openrouter', (key) => ({
      'openrouter.ai': (request) =>
        bearer(request) === key ? { body: priced(maker) } : { status: 401, body: 'no' },
    }));
    await using run = startTerminal(world, ['model', '--provider', 'or'], {
      columns,
      env: { NO_COLOR: '1' },
    });
    await run.answer('Use existing credentials', enter);
    await run.see('Select default model (3 models');
    await run.answer(row, down, enter);
    await run.answer('/dear is dear: $30.00 in, $180.00 out per Mtok. Use it?', enter);
    await run.answer('Select default model', 'dear');
    await run.answer('/dear', enter);
    await run.answer('Use it?', 'y');
    await run.see(`Default model set to: ${maker}/dear (via OpenRouter)`);
    expect(await run.end()).toBe(0);
    expect(world.home.read('config.yaml')).toContain(`default: ${maker}/dear\n`);
    expect(run.screen.split('\n').filter((line) => [...line].length > columns)).toEqual([]);
  },
);

test('Copilot lists the models of the account’s plan', async () => {
  const github = 'gho_fake0123456789abcdefABCDEF0123456789';
  const made = 'tid=fake-copilot-token-0001;exp=1';
  const copilot = copilotSim({ tokens: { [github]: made } });
  await using world = await startWorld({
    hosts: {
      ...copilot.hosts,
      'api.individual.githubcopilot.com': (request) => {
        refuseUnless(request.path === '/models', '/models');
        refuseUnless(bearer(request) === made, 'the exchanged token');
        refuseUnless(request.headers['editor-version'] === 'vscode/1.104.1', 'Editor-Version');
        refuseUnless(request.headers['copilot-integration-id'] === 'vscode-chat', 'integration');
        return {
          body: {
            data: [
              { id: 'gpt-of-the-plan', capabilities: { type: 'chat' } },
              { id: 'embedder', capabilities: { type: 'embeddings' } },
            ],
          },
        };
      },
    },
  });
  world.secret('github', github);
  world.secret('copilot', made);
  world.home.seed({ copilot: [{ label: 'gh', key: github }] });
  await using run = startTerminal(world, ['model', '--provider', 'github']);
  await run.answer('Use existing credentials', enter);
  await run.answer('Select default model (1 model)', enter);
  await run.see('Default model set to: gpt-of-the-plan (via GitHub Copilot)');
  expect(await run.end()).toBe(0);
});

test('a provider without a key asks for one, which goes to the pool', async () => {
  const key = 'sk-fake-of-a-new-key-0123456789abcdef';
  await using world = await startWorld({
    hosts: listed('api.deepseek.com', key, ['deepseek-chat']),
  });
  world.secret('new key', key);
  await using run = startTerminal(world, ['model', '--provider', 'deepseek']);
  await run.see('No DeepSeek credential yet.');
  await run.answer('Paste your API key', key, enter);
  await run.answer('Label (optional, default: api-key-1)', enter);
  await run.see('Added deepseek credential #1: "api-key-1"');
  await run.answer('Base URL', enter);
  await run.answer('Select default model (1 model)', enter);
  await run.see('Default model set to: deepseek-chat (via DeepSeek)');
  expect(await run.end()).toBe(0);
  expect(world.home.pool('deepseek')).toMatchObject([{ access_token: key }]);
  expect(world.home.read('config.yaml')).not.toContain(key);
  expect(world.home.exists('.env')).toBe(false);
});

test.each([
  ['an empty key', enter, 1, 'No API key provided.'],
  ['Esc', esc, 0, 'No change.'],
  ['Ctrl-C', ctrlC, 130, 'Interrupted.'],
] as const)('%s at the key leaves nothing', async (_name, keys, code, says) => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['model', '--provider', 'deepseek']);
  await run.answer('Paste your API key', keys);
  await run.see(says);
  expect(await run.end()).toBe(code);
  expect(world.home.hash()).toBe('absent');
});

test('a provider that takes a login runs it, and its models follow', async () => {
  const sim = xaiSim({ interval: 1, claims: { email: 'me@example.com' } });
  const models: Handler = (request) => {
    refuseUnless(request.path === '/v1/models', 'the list of models');
    bearer(request);
    return { body: { data: [{ id: 'grok-9' }] } };
  };
  await using world = await startWorld({ hosts: { ...sim.hosts, 'api.x.ai': models } });
  await using run = startTerminal(world, ['model', '--provider', 'grok-oauth', '--no-browser']);
  await run.see('credential yet.');
  await run.answer('Label / account name (optional)', enter);
  await run.see('Waiting for you in a browser');
  await run.see('Added xai-oauth OAuth credential #1');
  await run.answer('Select default model (1 model)', enter);
  await run.see('Default model set to: grok-9');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(
    'model:\n  default: grok-9\n  provider: xai-oauth\n  base_url: https://api.x.ai/v1\n',
  );
  expect(world.home.auth().active_provider).toBe('xai-oauth');
});

test('Ctrl-C while a login waits for its person leaves nothing', async () => {
  const sim = xaiSim({ interval: 5, pending: 100 });
  await using world = await startWorld({ hosts: sim.hosts });
  await using run = startTerminal(world, ['model', '--provider', 'xai-oauth', '--no-browser']);
  await run.answer('Label / account name (optional)', enter);
  await run.answer('Waiting for you in a browser', ctrlC);
  await run.see('Interrupted.');
  expect(await run.end()).toBe(130);
  expect(world.home.hash()).toBe('absent');
});

test('a saved endpoint is removed from the file on request, and its credentials stay', async () => {
  await using world = await startWorld();
  world.home.write(
    'config.yaml',
    'providers:\n  lab: { api: http://lab.example/v1 } # GPU\n  # the other\n  den: { api: http://den.example/v1 }\n',
  );
  world.home.seed({ 'custom:lab': [{ label: 'k', key: world.canary('k') }] });
  await using run = startTerminal(world, ['model']);
  await run.answer('Select provider', 'remove');
  await run.answer('Remove a saved custom endpoint', enter);
  await run.answer('Remove which endpoint?', enter);
  await run.answer('Remove "lab" from config.yaml?', 'y');
  await run.see('Its credentials stay: gormes auth list custom:lab');
  await run.answer('Select provider', esc);
  await run.see('No change.');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).not.toContain('lab.example');
  expect(world.home.read('config.yaml')).toContain('  # the other\n  den: {');
  expect(world.home.pool('custom:lab')).toHaveLength(1);
});

test('offline: the names of the snapshot, and one that is typed', async () => {
  await using world = await startWorld();
  world.home.seed({ zai: [{ label: 'work', key: world.canary('k') }] });
  await using run = startTerminal(world, ['model', '--provider', 'glm']);
  await run.answer('Use existing credentials', enter);
  await run.answer('Select Z.AI / GLM endpoint', down, down, enter);
  await run.see("The list of models can't be had:");
  await run.answer('Select default model', 'nothing like that');
  await run.answer('Enter a name', enter);
  await run.answer('Model name', 'glm-9', enter);
  await run.see('Default model set to: glm-9 (via Z.AI / GLM)');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(
    'model:\n  default: glm-9\n  provider: zai\n  base_url: https://api.z.ai/api/coding/paas/v4\n',
  );
  // The variable wins over the file in Hermes, so the endpoint stands there too.
  expect(world.home.read('.env')).toBe('GLM_BASE_URL=https://api.z.ai/api/coding/paas/v4\n');
});

test('a custom endpoint: wrong answers are asked again, the twin with /v1 is found', async () => {
  const key = 'lab-key-0123456789abcdef-secret';
  await using world = await startWorld({
    hosts: {
      'lab.example.com': (request) => {
        if (request.path !== '/v1/models') return { status: 404, body: 'no' };
        return bearer(request) === key
          ? { body: { data: [{ id: 'qwen3-32b' }, { id: 'llama\u001b[31m' }] } }
          : { status: 401, body: 'no' };
      },
    },
  });
  world.secret('lab', key);
  world.home.write('config.yaml', '# mine\n');
  await using run = startTerminal(world, ['model'], { columns: 60, env: { NO_COLOR: '1' } });
  await run.answer('Select provider', 'custom end');
  await run.answer('Custom endpoint (enter URL manually)', enter);
  await run.answer('API base URL', 'lab.example.com', enter);
  await run.see('an endpoint begins with http:// or https://');
  run.press('\x15', 'https://lab.example.com', enter);
  await run.answer('API key (optional)', key, enter);
  await run.see('Verified at https://lab.example.com/v1 instead');
  await run.answer('API compatibility mode', down, enter);
  await run.answer('Select model', enter);
  await run.answer('Display name', 'openrouter', enter);
  await run.see('"openrouter" is another provider');
  run.press('\x15', 'My Lab', enter);
  await run.see('Default model set to: qwen3-32b (via My Lab)');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(`# mine
providers:
  my-lab:
    name: My Lab
    api: https://lab.example.com/v1
    transport: chat_completions
    default_model: qwen3-32b
model:
  default: qwen3-32b
  provider: custom:my-lab
`);
  expect(world.home.pool('custom:my-lab')).toMatchObject([
    { access_token: key, base_url: 'https://lab.example.com/v1' },
  ]);
  expect(run.screen.split('\n').filter((line) => [...line].length > 60)).toEqual([]);
});

test.each([
  ['at the provider', []],
  ['at the credentials', [['Select provider', `ready${enter}`]]],
  [
    'at the base URL',
    [
      ['Select provider', `ready${enter}`],
      ['Use existing credentials', enter],
    ],
  ],
  [
    'at the model',
    [
      ['Select provider', `ready${enter}`],
      ['Use existing credentials', enter],
      ['Base URL', enter],
    ],
  ],
] as const)('Esc %s changes nothing and says so; Ctrl-C ends with 130', async (where, steps) => {
  const asks = { provider: 'Select provider', credentials: 'credentials', URL: 'Base URL' };
  const last = asks[where.split(' ').at(-1) as keyof typeof asks] ?? 'Select default model';
  for (const [key, code, says] of [
    [esc, 0, 'No change.'],
    [ctrlC, 130, 'Interrupted.'],
  ] as const) {
    await using world = await withKey('deepseek', (secret) =>
      listed('api.deepseek.com', secret, ['deepseek-chat']),
    );
    world.home.write('config.yaml', CONFIG);
    const before = world.home.hash();
    await using run = startTerminal(world, ['model']);
    for (const [text, keys] of steps) await run.answer(text, keys);
    await run.answer(last, key);
    await run.see(says);
    expect(await run.end()).toBe(code);
    expect(world.home.hash()).toBe(before);
  }
});

test('without a terminal it says what Hermes says, and what works', async () => {
  await using world = await startWorld();
  expect(await world.gormes(['model'])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `Error: 'gormes model' requires an interactive terminal.
It cannot be run through a pipe or non-interactive subprocess.
Run it directly in your terminal instead.
hint: or say it all: gormes model --provider PROVIDER --model MODEL
`,
  });
  expect(world.home.hash()).toBe('absent');
});

/** What one choice by options leaves in the files. */
async function chosen(
  world: World,
  args: readonly string[],
): Promise<{ config: string; env: string }> {
  const run = await world.gormes(['model', ...args]);
  expect(run).toMatchObject({ exitCode: 0 });
  expect(run.stdout).toMatch(/^Default model set to: m \(via .*\)\n$/);
  const read = (name: string): string => (world.home.exists(name) ? world.home.read(name) : '');
  return { config: read('config.yaml'), env: read('.env') };
}

test.each([
  ['openrouter', 'https://openrouter.ai/api/v1', 'api_mode: chat_completions', null],
  ['anthropic', undefined, undefined, null],
  ['nous', 'https://inference-api.nousresearch.com/v1', undefined, 'nous'],
  ['openai-codex', 'https://chatgpt.com/backend-api/codex', undefined, 'openai-codex'],
  ['minimax-oauth', 'https://api.minimax.io/anthropic', undefined, 'minimax-oauth'],
  ['copilot-acp', 'acp://copilot', 'api_mode: chat_completions', null],
  ['bedrock', 'https://bedrock-runtime.us-east-1.amazonaws.com', undefined, null],
  ['deepseek', 'https://api.deepseek.com/v1', undefined, null],
] as const)('%s by options: what belongs to it is written', async (id, url, mode, active) => {
  await using world = await startWorld();
  world.home.write('config.yaml', CONFIG);
  world.home.seed({}, { active_provider: 'xai-oauth' });
  world.home.write('.env', '# kept\nOPENAI_BASE_URL=http://old.example\n');
  const { config, env } = await chosen(world, ['--provider', id, '--model', 'm']);
  const lines = [`model:`, `  default: m  # since May`, `  provider: ${id}`];
  if (url !== undefined) lines.push(`  base_url: ${url}`);
  if (mode !== undefined) lines.push(`  ${mode}`);
  expect(config).toContain(`# how I work\n${lines.join('\n')}\n`);
  expect(config).toContain('# not to be touched\ndisplay: { tool_progress: new }\n');
  expect(env).toBe('# kept\nOPENAI_BASE_URL=\n');
  expect(world.home.auth().active_provider).toBe(active);
});

test('Vertex takes project and region from variables, and says when there is none', async () => {
  await using world = await startWorld();
  const args = ['--provider', 'vertex', '--model', 'm'];
  const none = await world.gormes(['model', ...args]);
  expect(none).toMatchObject({ exitCode: 64, stdout: '' });
  expect(none.stderr).toContain('set VERTEX_PROJECT_ID');
  world.home.write('.env', 'VERTEX_PROJECT_ID=p1\n');
  const { config } = await chosen(world, args);
  expect(config).toContain('vertex:\n  project_id: p1\n  region: global\n');
});

test('Bedrock keeps the region that the file has, and asks for it in a terminal', async () => {
  await using world = await startWorld();
  world.home.write('config.yaml', 'bedrock:\n  region: eu-west-1 # near\n');
  const args = ['--provider', 'bedrock', '--model', 'm'];
  const { config } = await chosen(world, args);
  expect(config).toContain('region: eu-west-1 # near\n');
  expect(config).toContain('base_url: https://bedrock-runtime.eu-west-1.amazonaws.com\n');
  await using run = startTerminal(world, ['model', '--provider', 'aws']);
  await run.see('AWS Bedrock: set AWS_PROFILE');
  await run.answer('AWS region', 'eu-north-1', enter);
  await run.answer('Select default model', esc);
  await run.see('No change.');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(config);
});

test('another model of one’s own Azure resource stays at its endpoint', async () => {
  await using world = await startWorld();
  const url = 'https://me.openai.azure.com/openai/v1';
  const first = ['--provider', 'azure', '--base-url', url, '--model', 'm'];
  await chosen(world, [...first, '--api-mode', 'codex_responses']);
  expect(world.home.read('.env')).toBe(`AZURE_FOUNDRY_BASE_URL=${url}\n`);
  world.home.write('.env', '');
  const { config } = await chosen(world, ['--provider', 'azure', '--model', 'm']);
  expect(config).toBe(`model:\n  default: m\n  provider: azure-foundry\n  base_url: ${url}\n`);
});

test('saved endpoints are named as the file has them', async () => {
  await using world = await startWorld();
  world.home.write(
    'config.yaml',
    'custom_providers:\n- name: Lab\n  base_url: http://lab.example/v1 # GPU\n  api_mode: anthropic_messages\n',
  );
  const list = await chosen(world, ['--provider', 'lab', '--model', 'm']);
  expect(list.config).toBe(
    'custom_providers:\n- name: Lab\n  base_url: http://lab.example/v1 # GPU\n  api_mode: anthropic_messages\nmodel:\n  default: m\n  provider: custom\n  base_url: http://lab.example/v1\n  api_mode: anthropic_messages\n',
  );
  const other = ['--provider', 'lab', '--base-url', 'http://other.example/v1', '--model', 'm'];
  expect(await world.gormes(['model', ...other])).toMatchObject({ exitCode: 64, stdout: '' });
  const again = ['--provider', 'custom', '--base-url', 'http://lab.example/v1/', '--model', 'm'];
  expect((await chosen(world, again)).config).toBe(list.config);
});

test.each([
  [['--provider', 'openruter', '--model', 'm'], 1, 'did you mean "openrouter"?'],
  [['--provider', 'spotify', '--model', 'm'], 1, 'answers no model request'],
  [['--provider', 'azure', '--model', 'm'], 64, 'has no endpoint of its own'],
  [['--provider', 'custom', '--model', 'm'], 64, 'needs its address'],
  [['--provider', 'xai', '--model', '  '], 64, 'this is no name of a model'],
  [['--provider', 'xai', '--model', 'm', '--base-url', 'ftp://x'], 64, 'begins with http'],
  [['--provider', 'xai', '--model', 'm', '--base-url', 'https://u:pw@x.ai'], 64, 'no name and'],
  [['--model', 'm'], 64, '--model needs --provider'],
  [['--provider', 'xai', '--api-mode', 'soap', '--model', 'm'], 64, 'choose from'],
  [['--base-url', 'https://x.ai'], 64, 'need --model'],
] as const)('%j is refused and writes nothing', async (args, code, says) => {
  await using world = await startWorld();
  const run = await world.gormes(['model', ...args]);
  expect(run).toMatchObject({ exitCode: code, stdout: '' });
  expect(run.stderr).toContain(says);
  expect(run.stderr).not.toContain('pw@');
  expect(world.home.hash()).toBe('absent');
});

test('--json tells the choice, before and after', async () => {
  await using world = await startWorld();
  expect(JSON.parse((await world.gormes(['model', '--json'])).stdout)).toEqual({
    model: null,
    provider: null,
    provider_id: null,
    base_url: null,
  });
  expect(world.home.hash()).toBe('absent');
  const set = await world.gormes(['model', '--provider', 'or', '--model', 'm', '--json']);
  expect(JSON.parse(set.stdout)).toMatchObject({
    model: 'm',
    provider: 'openrouter',
    base_url: 'https://openrouter.ai/api/v1',
    notes: ['Note: openrouter has no usable credential yet: gormes auth add openrouter'],
  });
  expect(JSON.parse((await world.gormes(['model', '--json'])).stdout)).toMatchObject({
    model: 'm',
    provider: 'openrouter',
  });
});
