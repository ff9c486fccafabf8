import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { startInTerminal } from '../support/terminal.ts';
import { startWorld, type World } from '../support/world.ts';

const CHILD = { allowSecretInChildEnv: true } as const;

/** A world with one openrouter key and a program `tool` that writes its call down. */
async function withTool(): Promise<World> {
  const world = await startWorld();
  world.home.seed({ openrouter: [{ label: 'work', key: world.canary('work') }] });
  world.program('tool', { stdout: 'out\n', stderr: 'err\n', exitCode: 0 });
  return world;
}

const exec = (...args: string[]): string[] => ['auth', 'exec', 'openrouter', '--', ...args];

test('the child has exactly the variables of the provider more, and its words as they were typed', async () => {
  await using world = await withTool();
  const run = await world.gormes(
    exec('tool', '$(touch owned)', '--json', '-p', 'a b', '--'),
    CHILD,
  );
  expect(run).toEqual({ exitCode: 0, stdout: 'out\n', stderr: 'err\n' });
  const [call] = world.calls('tool');
  expect(call?.argv).toEqual(['$(touch owned)', '--json', '-p', 'a b', '--']);
  const { OPENROUTER_API_KEY, OPENROUTER_BASE_URL, ...rest } = call?.env ?? {};
  expect(OPENROUTER_API_KEY).toBe(world.canary('work'));
  expect(OPENROUTER_BASE_URL).toBe('https://openrouter.ai/api/v1');
  expect(rest).toEqual(world.env);
});

test.each([0, 1, 2, 42, 126, 127, 128, 130, 143, 255])(
  'exit code %i is the one of the program',
  async (code) => {
    await using world = await withTool();
    expect((await world.gormes(exec('sh', '-c', `exit ${code}`))).exitCode).toBe(code);
  },
);

test.each(['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)(
  'a program that dies by %s makes gormes die by it',
  async (signal) => {
    await using world = await withTool();
    const running = world.start(exec('sh', '-c', `kill -${signal.slice(3)} $$`));
    expect((await running.done).exitCode).toBeNull();
    expect(running.child.signalCode).toBe(signal);
  },
);

/** A program that says each signal that it gets and ends at the second; dash may lose one while it forks. */
const listener = (signal: string): string =>
  `let n = 0; process.on('${signal}', () => { console.log('got', ++n); if (n === 2) process.exit(9); }); setInterval(() => {}, 1000); console.log('ready');`;

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)(
  '%s goes to the program, more than once, and gormes waits for it',
  async (signal) => {
    await using world = await withTool();
    const running = world.start(exec('node', '-e', listener(signal)));
    await running.printed('ready');
    running.child.kill(signal);
    await running.printed('got 1');
    running.child.kill(signal);
    expect(await running.done).toMatchObject({ exitCode: 9, stdout: 'ready\ngot 1\ngot 2\n' });
  },
);

test('each Ctrl-C on a terminal reaches the program once, which has the terminal', async () => {
  await using world = await withTool();
  const script = `let n = 0; process.on('SIGINT', () => { console.log('got ' + ++n + '.'); if (n === 8) setTimeout(() => process.exit(5), 300); }); setInterval(() => {}, 1000); console.log(['terminal', process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY].join(' '));`;
  const running = startInTerminal(world, exec('node', '-e', script));
  await running.shown('terminal true true true');
  for (let n = 1; n <= 8; n++) {
    running.type('\x03');
    await running.shown(`got ${n}.`);
  }
  const { exitCode, screen } = await running.done;
  expect(exitCode).toBe(5);
  expect(screen.match(/got \d+\./g)).toHaveLength(8);
});

test('standard input is the program’s', async () => {
  await using world = await withTool();
  const run = await world.gormes(exec('cat'), { input: 'typed\n' });
  expect(run.stdout).toBe('typed\n');
});

test('no file of ours is open in the program', async () => {
  await using world = await withTool();
  const listed = ['/proc/self/fd'];
  const alone = spawnSync('ls', listed, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  expect((await world.gormes(exec('ls', ...listed))).stdout).toBe(alone.stdout);
});

test('the secret is on no command line while the program runs', async () => {
  await using world = await withTool();
  const script =
    'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline 2>/dev/null; echo; done; true';
  const run = await world.gormes(exec('sh', '-c', script));
  expect(run.stdout).toContain('sh -c');
  expect(run.stdout).not.toContain(world.canary('work'));
});

test('several providers, one by its label; their other key variables are taken away', async () => {
  await using world = await startWorld();
  world.home.seed({
    zai: [{ label: 'z', key: world.canary('z') }],
    xai: [
      { label: 'first', key: world.canary('first') },
      { label: 'second', key: world.canary('second') },
    ],
  });
  world.program('tool', {});
  const env = { Z_AI_API_KEY: world.canary('other'), GLM_API_KEY: 'short', KEPT: 'yes' };
  const run = await world.gormes(['auth', 'exec', 'zai/z', 'xai/second', '--', 'tool'], {
    ...CHILD,
    env,
  });
  expect(run.exitCode).toBe(0);
  const [call] = world.calls('tool');
  expect(call?.env).toMatchObject({
    GLM_API_KEY: world.canary('z'),
    XAI_API_KEY: world.canary('second'),
    KEPT: 'yes',
  });
  expect(Object.keys(call?.env ?? {})).not.toContain('Z_AI_API_KEY');
});

test.each([
  ['anthropic', 'api_key', 'ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL'],
  ['anthropic', 'oauth', 'CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_BASE_URL'],
  ['xai-oauth', 'oauth', 'XAI_API_KEY', 'XAI_BASE_URL'],
  ['openai-codex', 'oauth', 'OPENAI_CODEX_ACCESS_TOKEN', 'HERMES_CODEX_BASE_URL'],
  ['nous', 'oauth', 'NOUS_ACCESS_TOKEN', 'NOUS_INFERENCE_BASE_URL'],
  ['google-gemini-cli', 'oauth', 'GOOGLE_GEMINI_CLI_ACCESS_TOKEN', undefined],
  ['huggingface', 'api_key', 'HF_TOKEN', 'HF_BASE_URL'],
] as const)('%s, %s: by %s', async (provider, type, secret, baseUrl) => {
  await using world = await startWorld();
  const key = world.canary(
    'k',
    provider === 'anthropic' && type === 'oauth' ? 'sk-ant-oat01-' : 'k-',
  );
  const raw: JsonObject = provider === 'google-gemini-cli' ? { base_url: null } : {};
  world.home.seed({ [provider]: [{ label: 'x', key, type, raw }] });
  world.program('tool', {});
  await world.gormes(['auth', 'exec', provider, '--', 'tool'], CHILD);
  const added = Object.entries(world.calls('tool')[0]?.env ?? {}).filter(
    ([name]) => !Object.hasOwn(world.env, name),
  );
  expect(added.map(([name]) => name).sort()).toEqual([secret, baseUrl].filter(Boolean).sort());
  expect(Object.fromEntries(added)[secret]).toBe(key);
});

test('--as gives the credential under another program’s names', async () => {
  await using world = await withTool();
  await world.gormes(['auth', 'exec', '--as', 'OPENAI', 'or', '--', 'tool'], {
    ...CHILD,
    env: { OPENROUTER_API_KEY: undefined },
  });
  expect(world.calls('tool')[0]?.env).toMatchObject({
    OPENAI_API_KEY: world.canary('work'),
    OPENAI_BASE_URL: 'https://openrouter.ai/api/v1',
  });
});

test('a program that is not there is 127, one that can’t be run 126, as in a shell', async () => {
  await using world = await withTool();
  const missing = await world.gormes(exec('no-such-program'));
  expect(missing).toMatchObject({ exitCode: 127, stdout: '' });
  expect(missing.stderr).toBe('error: there is no program "no-such-program" [command_not_found]\n');
  const file = world.write('plain.txt', 'text');
  expect((await world.gormes(exec(file))).exitCode).toBe(126);
});

test('without a usable credential nothing is started', async () => {
  await using world = await withTool();
  const run = await world.gormes(['auth', 'exec', 'openrouter', 'xai', '--', 'tool']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('[no_credentials]');
  expect(world.calls('tool')).toEqual([]);
});

test('two providers that need the same variable are refused', async () => {
  await using world = await startWorld();
  world.program('tool', {});
  world.home.seed({
    xai: [{ label: 'a', key: world.canary('a') }],
    'xai-oauth': [{ label: 'b', key: world.canary('b'), type: 'oauth' }],
  });
  const run = await world.gormes(['auth', 'exec', 'xai', 'xai-oauth', '--', 'tool']);
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('error: xai and xai-oauth both use XAI_API_KEY [variable_conflict]');
  expect(world.calls('tool')).toEqual([]);
});

test.each([
  [['openrouter'], 'the command to run stands behind --'],
  [['openrouter', '--'], 'the command to run stands behind --'],
  [['--', 'tool'], 'a provider must stand before --'],
  [['--what', 'openrouter', '--', 'tool'], 'there is no such option before --'],
  [
    ['--as', 'open ai', 'or', '--', 'tool'],
    '--as takes the beginning of a variable, such as OPENAI',
  ],
  [['--as', 'X', 'or', 'xai', '--', 'tool'], '--as goes with one provider'],
])('%j is refused as usage', async (args, message) => {
  await using world = await withTool();
  const run = await world.gormes(['auth', 'exec', ...args]);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain(message);
  expect(world.calls('tool')).toEqual([]);
});
