import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KEY, startTerminal } from '../support/dialogue.ts';
import { startWorld, type World } from '../support/world.ts';

const { enter, esc, down, space, ctrlC, backspace } = KEY;

/** A file as people keep it: comments, blank lines, quotes, a flow mapping, settings of others. */
const CONFIG = `# Hermes on the old laptop
model:
  default: "glm-5"   # good enough
  provider: zai

terminal:
  # docker was too slow
  backend: local     # for now
  cwd: '/srv/work'
  custom_thing: 1

display: { skin: mono, tool_progress: new }   # one line

agent:
  max_turns: 60 # see issue 12
  reasoning_effort: high
`;

async function commented(): Promise<World> {
  const world = await startWorld();
  world.home.write('config.yaml', CONFIG);
  return world;
}

test('agent: only what was answered differently changes; every other byte stays', async () => {
  await using world = await commented();
  world.home.write('.env', '# mine\nHERMES_MAX_ITERATIONS=60\nOTHER=1\n');
  await using run = startTerminal(world, ['setup', 'agent']);
  await run.answer('Max iterations', '120', enter);
  await run.answer('Tool progress mode', enter);
  await run.answer('Compression threshold', '0.8', enter);
  await run.answer('Session reset mode', down, enter);
  await run.answer('Minutes of inactivity', enter);
  await run.see('Agent Settings: agent.max_turns');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(
    `${CONFIG.replace('max_turns: 60 #', 'max_turns: 120 #')}compression:
  threshold: 0.8
  enabled: true
session_reset:
  mode: idle
  idle_minutes: 1440
`,
  );
  expect(world.home.read('.env')).toBe('# mine\nOTHER=1\n');
});

test('wrong answers are asked again, with what is wrong', async () => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['setup', 'agent'], {
    columns: 60,
    env: { NO_COLOR: '1' },
  });
  await run.answer('Max iterations', 'many', enter);
  await run.see('it takes a whole number of 1 or more');
  run.press(...Array.from({ length: 4 }, () => backspace), '0', enter);
  await run.see('it takes a whole number');
  run.press(backspace, '7', enter);
  await run.answer('Tool progress mode', enter);
  await run.answer('Compression threshold', '0.99', enter);
  await run.see('it takes a number from 0.5 to 0.95');
  run.press(...Array.from({ length: 4 }, () => backspace), '0.9', enter);
  await run.answer('Session reset mode', down, down, enter);
  await run.answer('Hour of the daily reset', '24', enter);
  await run.see('from 0 to 23');
  run.press(backspace, backspace, '5', enter);
  await run.see('written.');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(`agent:
  max_turns: 7
display:
  tool_progress: all
compression:
  threshold: 0.9
  enabled: true
session_reset:
  mode: daily
  at_hour: 5
`);
  expect(run.screen.split('\n').filter((line) => [...line].length > 60)).toEqual([]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what must not be there
  expect(run.raw).not.toMatch(/\x1b\[[0-9;]*[349][0-7][0-9;]*m/);
});

test('terminal: SSH goes to .env, the backend to both files, the default port to none', async () => {
  await using world = await commented();
  await using run = startTerminal(world, ['setup', 'terminal']);
  await run.answer('Terminal backend', down, down, down, enter);
  await run.answer('SSH host', 'gpu.example.com', enter);
  await run.answer('SSH user', 'me', enter);
  await run.answer('SSH port', enter);
  await run.answer('SSH private key (path)', '/home/me/.ssh/a b', enter);
  await run.see('terminal.backend, TERMINAL_ENV');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(CONFIG.replace('backend: local ', 'backend: ssh '));
  expect(world.home.read('.env')).toBe(
    "TERMINAL_ENV=ssh\nTERMINAL_SSH_HOST=gpu.example.com\nTERMINAL_SSH_USER=me\nTERMINAL_SSH_KEY='/home/me/.ssh/a b'\n",
  );
});

test('gateway: a token is checked, never shown, and the second platform is asked too', async () => {
  await using world = await startWorld();
  const token = world.secret('telegram', `123456:${'AbCdEfGhIj'.repeat(4)}`);
  const slack = world.secret('slack', 'xoxb-fake-slack-token-0001');
  await using run = startTerminal(world, ['setup', 'gateway']);
  await run.answer('Platforms to configure', space, down, down, space, enter);
  await run.answer('Telegram: Bot token', 'nonsense', enter);
  await run.see('a bot token is a number');
  run.press(token, enter);
  await run.answer('Telegram: Allowed users', '12, 34', enter);
  await run.answer('Telegram: Home channel', '12', enter);
  await run.answer('Slack: Bot token', slack, enter);
  await run.answer('Slack: App token', enter);
  await run.answer('Slack: Allowed users', enter);
  await run.answer('Slack: Home channel', enter);
  await run.see('written.');
  expect(await run.end()).toBe(0);
  expect(world.home.read('.env')).toBe(
    `TELEGRAM_BOT_TOKEN=${token}\nTELEGRAM_ALLOWED_USERS=12,34\nTELEGRAM_HOME_CHANNEL=12\nSLACK_BOT_TOKEN=${slack}\n`,
  );
  expect(world.home.exists('config.yaml')).toBe(false);
  // What lacks its second token is what --quick asks for, and nothing else.
  await using quick = startTerminal(world, ['setup', 'gateway', '--quick']);
  await quick.answer('Slack: App token', 'xapp-1', enter);
  await quick.see('SLACK_APP_TOKEN written.');
  expect(await quick.end()).toBe(0);
  await using again = startTerminal(world, ['setup', 'gateway', '--quick']);
  await again.see('Everything is configured! Nothing to do.');
  expect(await again.end()).toBe(0);
});

test('gateway: WhatsApp and webhooks are switched on, and what is left to Hermes is told', async () => {
  await using world = await startWorld();
  world.home.write('.env', 'WHATSAPP_ENABLED=false # not yet\n');
  const secret = world.canary('webhook');
  await using run = startTerminal(world, ['setup', 'gateway'], {
    columns: 60,
    env: { NO_COLOR: '1' },
  });
  const to = (count: number): string[] => Array.from({ length: count }, () => down);
  await run.answer('Platforms to configure', ...to(5), space, ...to(10), space, enter);
  await run.answer('WhatsApp: Whose number?', down, enter);
  await run.answer('WhatsApp: Allowed users', '+1 555', enter);
  await run.see('digits only: 15551234567');
  run.press('\x15', '15551234567', enter);
  await run.answer('WhatsApp: Home channel', enter);
  await run.answer('Webhooks: Port', '99999', enter);
  await run.see('from 1 to 65535');
  run.press('\x15', enter);
  await run.answer('Webhooks: Secret that signs requests', secret, enter);
  await run.see('Next: WhatsApp: link the phone: hermes whatsapp.');
  await run.see('Next: webhooks: each route is made by: hermes webhook subscribe NAME.');
  await run.see('Next: start the gateway: hermes gateway install');
  expect(await run.end()).toBe(0);
  expect(world.home.read('.env')).toBe(
    `WHATSAPP_ENABLED=true\nWHATSAPP_MODE=bot\nWHATSAPP_ALLOWED_USERS=15551234567\nWEBHOOK_SECRET=${secret}\nWEBHOOK_ENABLED=true\n`,
  );
  expect(run.screen.split('\n').filter((line) => [...line].length > 60)).toEqual([]);
});

test('gateway: a platform that is switched off stays off, and webhooks get no tools', async () => {
  await using world = await startWorld();
  world.home.write('.env', 'WHATSAPP_ENABLED=off\nWEBHOOK_ENABLED=true\nWEBHOOK_SECRET=s\n');
  const run = await world.gormes(['setup', '--non-interactive', '--json']);
  expect(run.exitCode).toBe(0);
  expect(world.home.read('.env')).toBe(
    'WHATSAPP_ENABLED=off\nWEBHOOK_ENABLED=true\nWEBHOOK_SECRET=s\nTERMINAL_ENV=local\n',
  );
  expect(world.home.read('config.yaml')).not.toContain('webhook');
});

test('tts: without the key it needs, a provider gives way to the free one', async () => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['setup', 'tts']);
  await run.answer('TTS provider', down, enter);
  await run.answer('API key (ELEVENLABS_API_KEY)', enter);
  await run.see('elevenlabs needs ELEVENLABS_API_KEY, so it is edge');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe('tts:\n  provider: edge\n');
});

test('a variable that is set is imported again, as Hermes’ own dialogues have it', async () => {
  await using world = await startWorld();
  world.home.seed({}, { suppressed_sources: { xai: ['env:XAI_API_KEY', 'other'] } });
  world.write('answers.json', '{"tts":{"provider":"xai","api_key":"env:MINE","voice_id":"v1"}}');
  const env = { MINE: world.canary('xai') };
  const run = await world.gormes(['setup', 'tts', '--answers', 'answers.json'], { env });
  expect(run.exitCode).toBe(0);
  expect(world.home.auth().suppressed_sources).toEqual({ xai: ['other'] });
  expect(world.home.read('config.yaml')).toBe('tts:\n  provider: xai\n  xai:\n    voice_id: v1\n');
});

test('tools: rows of others stay in the list, the set of Hermes does not', async () => {
  await using world = await startWorld();
  world.home.write(
    'config.yaml',
    'platform_toolsets:\n  cli: [hermes-cli, my-mcp] # mine\n  telegram: [web]\n',
  );
  await using run = startTerminal(world, ['setup', 'tools']);
  await run.answer('Tools for the command line', 'a', 'a', space, enter);
  await run.answer('Web search service', down, down, enter);
  await run.answer('Exa (EXA_API_KEY)', world.canary('exa'), enter);
  await run.see('written.');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(
    'platform_toolsets:\n  cli: # mine\n    - web\n    - my-mcp\n  telegram: [web]\nweb:\n  backend: exa\n',
  );
});

test('tools: the usual set stays unwritten; a key that serves two tools is asked once', async () => {
  await using world = await startWorld();
  const config = 'platform_toolsets:\n  cli: [hermes-cli, my-mcp] # mine\n';
  world.home.write('config.yaml', config);
  await using run = startTerminal(world, ['setup', 'tools']);
  await run.answer('Tools for the command line', enter);
  await run.answer('Web search service', down, enter);
  await run.answer('Firecrawl (FIRECRAWL_API_KEY)', world.canary('crawl'), enter);
  await run.answer('Browser', down, down, down, down, enter);
  await run.answer('Image generation', enter);
  await run.see('FIRECRAWL_API_KEY written.');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(
    `${config}web:\n  backend: firecrawl\nbrowser:\n  cloud_provider: firecrawl\n`,
  );
});

test('tools: an address is a question too; what is left is told', async () => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['setup', 'tools'], { columns: 60 });
  const last = [KEY.up, space];
  await run.answer('Tools for the command line', ...last, KEY.up, space, enter);
  await run.answer('Web search service', KEY.up, KEY.up, enter);
  await run.answer('SearXNG (finds only): URL', 'http://sx.example', enter);
  await run.answer('Browser', down, enter);
  await run.answer('Image generation', enter);
  await run.answer('Home Assistant (HASS_TOKEN)', world.canary('hass'), enter);
  await run.answer('Home Assistant URL', enter);
  await run.see('Next: the browser on this machine is installed by: hermes tools.');
  await run.see('Next: log in to Spotify: gormes auth spotify.');
  expect(await run.end()).toBe(0);
  expect(world.home.read('.env')).toMatch(/^SEARXNG_URL=http:\/\/sx.example\nHASS_TOKEN=\S+\n$/);
  expect(world.home.read('config.yaml')).toContain('    - homeassistant\n    - spotify\n');
});

test('a reference that fails is found before the first section is written', async () => {
  await using world = await commented();
  const before = world.home.hash();
  world.write('a.yaml', 'agent: { max_turns: 5 }\ngateway: { slack: { app_token: "env:NOPE" } }\n');
  const run = await world.gormes(['setup', '--answers', 'a.yaml']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('env:NOPE is not set');
  expect(world.home.hash()).toBe(before);
});

test('an answer in advance that nothing asks for is told', async () => {
  await using world = await startWorld();
  world.write('a.yaml', 'gateway: { telegram: { home_channel: 1 } }\nterminal: { ssh_port: 1 }');
  const run = await world.gormes(['setup', '--answers', 'a.yaml']);
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain('Note: gateway.telegram.home_channel has no effect');
  expect(run.stdout).toContain('Note: terminal.ssh_port has no effect');
});

test('the whole: sections are picked, Esc skips one, Ctrl-C keeps what was through', async () => {
  await using world = await commented();
  await using run = startTerminal(world, ['setup']);
  // Model and tools off, agent on.
  await run.answer(
    'What to set up',
    space,
    down,
    down,
    down,
    space,
    down,
    space,
    down,
    space,
    enter,
  );
  await run.answer('Terminal backend', down, enter);
  await run.answer('Docker image', esc);
  await run.see('Terminal Backend: skipped, nothing written.');
  await run.answer('Max iterations', '99', enter);
  for (const question of ['Tool progress', 'Compression', 'Session reset', 'Minutes', 'Hour'])
    await run.answer(question, enter);
  await run.see('Agent Settings: agent.max_turns');
  expect(await run.end()).toBe(0);
  const after = world.home.read('config.yaml');
  expect(after).toContain('backend: local     # for now');
  expect(after).toContain('max_turns: 99 # see issue 12');
  await using stopped = startTerminal(world, ['setup', 'terminal']);
  await stopped.answer('Terminal backend', down, enter);
  await stopped.answer('Docker image', ctrlC);
  await stopped.see('Interrupted.');
  expect(await stopped.end()).toBe(130);
  expect(world.home.read('config.yaml')).toBe(after);
});

test.each([
  ['tts', ['TTS provider']],
  ['terminal', ['Terminal backend', 'Working directory of messaging sessions']],
  ['gateway', ['Platforms to configure']],
  ['tools', ['Tools for the command line', 'Web search service', 'Browser', 'Image generation']],
  ['agent', ['Max iterations', 'Tool progress', 'Compression', 'Session reset', 'Minutes', 'Hour']],
] as const)(
  '%s, narrow and without colour: Esc and Ctrl-C write nothing, Enter goes through',
  async (section, questions) => {
    const narrow = { columns: 60, env: { NO_COLOR: '1' } };
    await using world = await commented();
    const before = world.home.hash();
    for (const [key, code, says] of [
      [esc, 0, 'skipped, nothing written.'],
      [ctrlC, 130, 'Interrupted.'],
    ] as const) {
      await using stopped = startTerminal(world, ['setup', section], narrow);
      for (const question of questions.slice(0, -1)) await stopped.answer(question, enter);
      await stopped.answer(questions.at(-1) ?? '', key);
      await stopped.see(says);
      expect(await stopped.end()).toBe(code);
      expect(world.home.hash()).toBe(before);
    }
    await using run = startTerminal(world, ['setup', section], narrow);
    for (const question of questions) await run.answer(question, enter);
    expect(await run.end()).toBe(0);
    expect(run.screen).toMatch(/(nothing to change|written)\.$/m);
    expect(run.screen.split('\n').filter((line) => [...line].length > 60)).toEqual([]);
  },
);

test('--reset asks, keeps a copy of 0600, and takes away only what setup asks', async () => {
  await using world = await commented();
  world.home.write('.env', 'TERMINAL_ENV=local\nTERMINAL_SSH_HOST=kept\n');
  await using no = startTerminal(world, ['setup', 'terminal', '--reset']);
  await no.answer("Reset to Hermes' defaults: Terminal Backend?", 'no', enter);
  await no.see('nothing was reset');
  expect(await no.end()).toBe(1);
  expect(world.home.read('config.yaml')).toBe(CONFIG);
  await using run = startTerminal(world, ['setup', 'terminal', '--reset']);
  await run.answer("Reset to Hermes' defaults: Terminal Backend?", 'yes', enter);
  await run.see('The config.yaml before is kept:');
  await run.answer('Terminal backend', ctrlC);
  expect(await run.end()).toBe(130);
  const files = readdirSync(world.home.dir);
  const copy = files.find((name) => /^config\.yaml\.bak\.\d{8}_\d{6}$/.test(name)) ?? '';
  expect(world.home.read(copy)).toBe(CONFIG);
  expect(statSync(world.home.path(copy)).mode & 0o777).toBe(0o600);
  expect(world.home.read('config.yaml')).toBe(
    CONFIG.replace(
      "  # docker was too slow\n  backend: local     # for now\n  cwd: '/srv/work'\n",
      '  # docker was too slow\n',
    ),
  );
  expect(world.home.read('.env')).toBe('TERMINAL_SSH_HOST=kept\n');
});

test('--reset without a terminal needs --yes', async () => {
  await using world = await commented();
  const before = world.home.hash();
  const refused = await world.gormes(['setup', '--reset']);
  expect(refused).toMatchObject({ exitCode: 5, stdout: '' });
  expect(refused.stderr).toContain('gormes setup --reset --yes');
  expect(world.home.hash()).toBe(before);
  const run = await world.gormes(['setup', '--reset', '--yes', '--json']);
  expect(run).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(run.stdout)).toMatchObject({
    reset: { removed: expect.arrayContaining(['terminal.backend', 'agent.max_turns']) },
    sections: [],
  });
  expect(world.home.read('config.yaml')).toContain('reasoning_effort: high');
  expect(world.home.read('config.yaml')).not.toContain('max_turns');
  const again = await world.gormes(['setup', '--reset', '--yes']);
  expect(again.stdout).toContain('Nothing to reset');
});

test('without a terminal it says which ways there are', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['setup', 'tts']);
  expect(run).toMatchObject({ exitCode: 5, stdout: '' });
  expect(run.stderr).toContain('gormes setup tts --non-interactive');
  expect(world.home.hash()).toBe('absent');
});

test('--non-interactive takes what is set, variables and defaults, and is steady', async () => {
  await using world = await commented();
  const token = world.secret('discord', 'fake-discord-token-000000001');
  const env = { DISCORD_BOT_TOKEN: token };
  const args = ['setup', '--non-interactive'];
  const run = await world.gormes(args, { env });
  expect(run).toMatchObject({ exitCode: 0 });
  expect(run.stdout).toContain('Messaging Platforms: DISCORD_BOT_TOKEN written.');
  expect(world.home.read('.env')).toBe(`TERMINAL_ENV=local\nDISCORD_BOT_TOKEN=${token}\n`);
  // The usual tools stay unwritten, so that Hermes can add to them.
  expect(world.home.read('config.yaml')).toBe(CONFIG);
  const before = world.home.read('config.yaml') + world.home.read('.env');
  const again = await world.gormes(args);
  expect(again.stdout).toContain('Terminal Backend: nothing to change.');
  expect(world.home.read('config.yaml') + world.home.read('.env')).toBe(before);
});

test('answers in advance: references, nested keys, and the model', async () => {
  await using world = await commented();
  const key = world.canary('daytona');
  world.write('key.txt', `${key}\n`);
  world.write(
    'answers.yaml',
    `model: { provider: openrouter, model: some/model }
terminal:
  backend: daytona
  daytona_api_key: file:key.txt
  container_cpu: 4
gateway:
  platforms: [slack]
  slack: { bot_token: env:MY_SLACK, app_token: env:MY_SLACK, allowed_users: [a, b] }
`,
  );
  const slack = world.secret('slack', 'xoxb-fake-slack-token-0002');
  const run = await world.gormes(['setup', '--answers', 'answers.yaml', '--json'], {
    env: { MY_SLACK: slack },
  });
  expect(run).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(run.stdout).sections.map((each: { section: string }) => each.section)).toEqual([
    'model',
    'terminal',
    'gateway',
  ]);
  const config = world.home.read('config.yaml');
  expect(config).toContain('default: some/model   # good enough\n  provider: openrouter\n');
  expect(config).toContain('backend: daytona     # for now\n');
  expect(config).toContain('container_cpu: 4\n');
  expect(world.home.read('.env')).toBe(
    `TERMINAL_ENV=daytona\nDAYTONA_API_KEY=${key}\nSLACK_BOT_TOKEN=${slack}\nSLACK_APP_TOKEN=${slack}\nSLACK_ALLOWED_USERS=a,b\n`,
  );
});

test('what a file answers is not asked; the rest is', async () => {
  await using world = await startWorld();
  world.write(
    'answers.yaml',
    'terminal: { backend: docker, container_cpu: 2, container_disk: 9000 }',
  );
  await using run = startTerminal(world, ['setup', '--answers', 'answers.yaml']);
  await run.answer('Docker image', 'my/image', enter);
  await run.answer('Route the sandbox through the egress proxy?', enter);
  await run.answer('Keep the container’s files between sessions?', 'n');
  await run.answer('Memory of the container in MB', enter);
  await run.see('written.');
  expect(await run.end()).toBe(0);
  expect(world.home.read('config.yaml')).toBe(`terminal:
  backend: docker
  docker_image: my/image
  container_persistent: false
  container_cpu: 2
  container_memory: 5120
  container_disk: 9000
`);
});

test('--quick asks for a model while there is none that works, and then no more', async () => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['setup', 'model', '--quick']);
  await run.answer('Select provider', 'deepseek');
  await run.answer('login DeepSeek', enter);
  await run.answer('Paste your API key', world.canary('k'), enter);
  await run.answer('Label', enter);
  await run.answer('Base URL', enter);
  await run.answer('Model name', 'deepseek-chat', enter);
  await run.see('Default model set to: deepseek-chat (via DeepSeek)');
  expect(await run.end()).toBe(0);
  await using again = startTerminal(world, ['setup', '--quick']);
  await again.see('Everything is configured! Nothing to do.');
  // Sections in which nothing is missing say nothing.
  expect(again.screen.trim()).toBe('Everything is configured! Nothing to do.');
  expect(await again.end()).toBe(0);
});

test.each([
  ['Esc', esc, 0, 'Nothing was chosen.'],
  ['Ctrl-C', ctrlC, 130, 'Interrupted.'],
] as const)('%s at the list of sections leaves nothing', async (_name, key, code, says) => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['setup']);
  await run.answer('What to set up', key);
  await run.see(says);
  expect(await run.end()).toBe(code);
  expect(world.home.hash()).toBe('absent');
});

test('the example of the documentation is taken as it stands', async () => {
  await using world = await startWorld();
  const docs = readFileSync(
    new URL('../../docs/reference/setup-and-model.md', import.meta.url),
    'utf8',
  );
  world.write('answers.yaml', /```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? '');
  world.write('~/.secrets/exa', world.canary('exa'));
  world.write('~/.secrets/webhook', world.canary('webhook'));
  const env = {
    ELEVENLABS_API_KEY: world.canary('eleven'),
    BOT_TOKEN: world.secret('bot', `7:${'x1Y2z3W4'.repeat(4)}`),
  };
  const run = await world.gormes(['setup', '--answers', 'answers.yaml', '--json'], { env });
  expect(run.exitCode).toBe(0);
  const { sections } = JSON.parse(run.stdout);
  expect(sections.map(({ section }: { section: string }) => section)).toEqual([
    ...['model', 'tts', 'terminal', 'gateway', 'tools', 'agent'],
  ]);
  expect(world.home.read('config.yaml')).toContain('  provider: elevenlabs\n');
  expect(world.home.read('.env')).toContain('TELEGRAM_ALLOWED_USERS=12,34\n');
});

test.each([
  ['agnt: { max_turns: 1 }', 'there is no section "agnt", did you mean "agent"?'],
  ['agent: { max_trns: 1 }', 'there is no key of agent "max_trns", did you mean "max_turns"?'],
  ['agent: { max_turns: none }', 'agent.max_turns: it takes a whole number'],
  ['terminal: { backend: dokcer }', 'terminal.backend: did you mean "docker"?'],
  ['terminal: { daytona_api_key: dtn_literal_1 }', 'write env:NAME, file:PATH or prompt:'],
  ['terminal: { daytona_api_key: "op://a/b/c" }', 'write env:NAME, file:PATH or prompt:'],
  ['gateway: { telegram: { bot_tokn: env:X } }', 'did you mean "telegram.bot_token"?'],
  ['tools: { cli: [web, flie] }', 'tools.cli: flie: did you mean "file"?'],
  ['model: { model: 5 }', 'model.model: it takes a text'],
  ['[1, 2]', 'it holds no sections'],
  ['a: [', 'not valid YAML'],
])('answers %s are refused, all before anything is written', async (yaml, says) => {
  await using world = await commented();
  const before = world.home.hash();
  world.write('answers.yaml', yaml);
  const run = await world.gormes(['setup', '--answers', 'answers.yaml']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain(says);
  expect(run.stderr).not.toContain('dtn_literal_1');
  expect(world.home.hash()).toBe(before);
});

test.each([
  [['setup', 'terminl'], 64],
  [['setup', '--quick', '--reconfigure'], 64],
  [['setup', '--answers', 'missing.yaml'], 1],
  [['setup', '--quick'], 5],
] as const)('%j is refused', async (args, code) => {
  await using world = await startWorld();
  expect(await world.gormes(args)).toMatchObject({ exitCode: code, stdout: '' });
  expect(world.home.hash()).toBe('absent');
});

test('a config.yaml that is not understood is left alone', async () => {
  await using world = await startWorld();
  world.home.write('config.yaml', 'terminal: [\n');
  const before = world.home.hash();
  const run = await world.gormes(['setup', 'terminal', '--non-interactive']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('[config_not_understood]');
  expect(world.home.hash()).toBe(before);
});
