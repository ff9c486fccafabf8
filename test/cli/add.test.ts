import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { zai } from '../internet/zai.ts';
import { apiKeysAndLogin, aprilHome, environmentReferences } from '../support/homes.ts';
import { startInTerminal } from '../support/terminal.ts';
import { startWorld, type World } from '../support/world.ts';

async function added(world: World, args: readonly string[]): Promise<string> {
  const run = await world.gormes(['auth', 'add', ...args]);
  expect(run).toMatchObject({ exitCode: 0 });
  return run.stdout;
}

/** What a terminal shows, without the sequences that move its cursor. */
function visible(screen: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what goes
  return screen.replace(/\u001b\[\d*[A-Za-z]/g, '').replace(/\r+\n/g, '\n');
}

test('in a terminal the key and the label are asked for, and the key is not shown', async () => {
  await using world = await startWorld();
  const key = world.canary('k');
  const run = startInTerminal(world, ['auth', 'add', 'openrouter']);
  await run.shown('Paste your API key: ');
  run.type(`${key}x\u007f\r`);
  await run.shown('Label (optional, default: api-key-1): ');
  run.type('\r');
  const { exitCode, screen } = await run.done;
  expect(exitCode).toBe(0);
  expect(visible(screen)).toBe(
    'Paste your API key: \nLabel (optional, default: api-key-1): \nAdded openrouter credential #1: "api-key-1"\nNext: gormes auth list openrouter\n',
  );
  expect(world.home.pool('openrouter')).toMatchObject([{ label: 'api-key-1', access_token: key }]);
});

test('a label that is typed is taken, and one that is given is not asked for', async () => {
  await using world = await startWorld();
  const first = startInTerminal(world, ['auth', 'add', 'xai']);
  await first.shown('API key: ');
  first.type('key-one\r');
  await first.shown('Label');
  first.type(' my lab \r');
  expect(await first.done).toMatchObject({ exitCode: 0 });
  const second = startInTerminal(world, ['auth', 'add', 'xai', '--label', 'second']);
  await second.shown('API key: ');
  second.type('key-two\r');
  const { screen } = await second.done;
  expect(screen).not.toContain('Label (');
  expect(world.home.pool('xai')).toMatchObject([{ label: 'my lab' }, { label: 'second' }]);
});

test.each([
  ['Ctrl-C at the key', ['\u0003'], 130],
  ['Ctrl-C in the middle of the key', ['sk-or-', '\u0003'], 130],
  ['Ctrl-D at the key', ['\u0004'], 130],
  ['Ctrl-C at the label', ['key\r', '\u0003'], 130],
  ['an empty key', ['\r'], 1],
])('%s leaves nothing', async (_name, keys, code) => {
  await using world = await startWorld();
  const run = startInTerminal(world, ['auth', 'add', 'openrouter']);
  await run.shown('API key: ');
  for (const [i, text] of keys.entries()) {
    if (i > 0 && keys[i - 1]?.endsWith('\r')) await run.shown('Label');
    run.type(text);
  }
  const { exitCode, screen } = await run.done;
  expect(exitCode).toBe(code);
  expect(screen).toContain(code === 1 ? 'No API key provided.\r\n' : 'Interrupted.');
  expect(screen).not.toContain('sk-or-');
  expect(world.home.hash()).toBe('absent');
});

test('a key on the command line is noted as visible in a terminal', async () => {
  await using world = await startWorld();
  const run = startInTerminal(world, ['auth', 'add', 'xai', '--api-key', 'k', '--label', 'l']);
  expect(await run.done).toMatchObject({
    exitCode: 0,
    screen: expect.stringContaining('stays in the shell history'),
  });
});

test.each([
  ['standard input', [], (key: string) => `${key}\n`],
  ['standard input by name', ['--api-key', '-'], (key: string) => `  ${key}  \r\n`],
])('the key comes from %s', async (_name, args, input) => {
  await using world = await startWorld();
  const key = world.canary('k');
  const run = await world.gormes(['auth', 'add', 'xai', ...args], { input: input(key) });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(world.home.pool('xai')).toMatchObject([{ access_token: key, source: 'manual' }]);
});

test.each([
  ['two lines', 'one\ntwo\n', 'key_refused'],
  ['an escape sequence', 'a\u001b[2Jb', 'key_refused'],
  ['more than a key can be', 'x'.repeat(70_000), 'stdin_too_large'],
])('%s on standard input are refused', async (_name, input, code) => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'add', 'xai'], { input });
  expect(run).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(code) });
  expect(world.home.hash()).toBe('absent');
});

test.each([
  ['a Codex key', ['openai-codex', '--api-key', 'k'], 'gormes auth add openai-api'],
  ['a Nous key', ['nous', '--type', 'api-key', '--api-key', 'k'], 'custom provider'],
  ['AWS', ['aws', '--api-key', 'k'], 'AWS_PROFILE'],
  ['Vertex', ['vertex'], 'GOOGLE_APPLICATION_CREDENTIALS'],
  ['Spotify', ['spotify'], 'gormes auth spotify'],
  ['Copilot ACP', ['copilot-acp'], 'gormes auth add copilot'],
  ['a classic GitHub token', ['copilot', '--api-key', 'ghp_0123456789abcdefghij'], 'github_pat_'],
  ['two meanings', ['qwen', '--api-key', 'k'], 'alibaba or qwen-oauth'],
])('%s is refused with what works instead', async (_name, args, hint) => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'add', ...args]);
  expect(run).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(hint) });
  expect(world.home.hash()).toBe('absent');
});

test.each([
  ['as the provider', (key: string) => ['auth', 'add', key]],
  ['as a command', (key: string) => ['auth', key]],
  ['as an option', (key: string) => ['auth', 'add', 'xai', `--${key}`]],
  ['behind a wrong option', (key: string) => ['auth', 'add', 'xai', '--key', key]],
  ['joined to a wrong option', (key: string) => ['auth', 'add', 'xai', `--key=${key}`]],
  ['as one argument too many', (key: string) => ['auth', 'add', 'xai', key]],
  ['with a wrong type', (key: string) => ['auth', 'add', 'xai', '--type', key]],
  ['as the label', (key: string) => ['auth', 'add', 'xai', '--label', key, '--api-key', 'k']],
  ['with a wrong number', (key: string) => ['auth', 'add', 'xai', '--timeout', key]],
  ['as the command', (key: string) => [key]],
])('a key on a wrong command line, %s, is not repeated', async (_name, args) => {
  await using world = await startWorld();
  const run = await world.gormes(args(world.canary('k')));
  expect(run.stdout).toBe('');
  expect([1, 64]).toContain(run.exitCode);
  expect(world.home.hash()).toBe('absent');
});

test.each([
  [
    'a beginning that fits two options',
    ['--in', 'x'],
    '--in may stand for --inference-url and --insecure',
  ],
  ['an option without its value', ['--label'], 'an option needs a value: --label'],
  ['an option that is none', ['--colour', 'x'], 'there is no such option: --colour'],
  ['a number that is none', ['--timeout', 'soon'], '--timeout takes a number of seconds'],
  ['a label of control characters', ['--label', 'a\nb', '--api-key', 'k'], 'no control characters'],
  ['a label that is too long', ['--label', 'x'.repeat(65), '--api-key', 'k'], '1 to 64 characters'],
])('%s is a usage error', async (_name, args, message) => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'add', 'xai', ...args]);
  expect(run).toMatchObject({ exitCode: 64, stdout: '', stderr: expect.stringContaining(message) });
  expect(world.home.hash()).toBe('absent');
});

test('a default label is never one that is taken', async () => {
  await using world = await startWorld();
  for (const key of ['a', 'b']) await added(world, ['xai', '--api-key', key]);
  await world.gormes(['auth', 'remove', 'xai', '1']);
  expect(await added(world, ['xai', '--api-key', 'c'])).toBe(
    'Added xai credential #2: "api-key-3"\n',
  );
});

test('the same label or the same secret twice is stored and noted', async () => {
  await using world = await startWorld();
  await added(world, ['xai', '--label', 'a', '--api-key', 'same-key']);
  const run = await world.gormes(['auth', 'add', 'xai', '--label', 'A', '--api-key', 'same-key']);
  expect(run.stderr).toBe(
    'Note: "a" holds the same secret.\nNote: another xai credential is called "A" too; name them by id.\n',
  );
  expect(world.home.pool('xai')).toHaveLength(2);
});

test('the position is the one that the list shows', async () => {
  await using world = await startWorld();
  world.home.write('.env', `ANTHROPIC_API_KEY=${world.canary('env')}\n`);
  expect(await added(world, ['claude', '--label', 'm', '--api-key', 'sk-ant-api03-x'])).toBe(
    'Added anthropic credential #1: "m"\n',
  );
  expect((await world.gormes(['auth', 'list'])).stdout).toBe(`anthropic (2 credentials):
  #1  m                    api_key manual ←
  #2  ANTHROPIC_API_KEY    api_key env:ANTHROPIC_API_KEY

`);
});

test('Z.AI is asked once which of its endpoints takes the key, and the answer is kept', async () => {
  const key = 'zai-key-0123456789abcdef';
  await using world = await startWorld({ hosts: zai({ keys: { [key]: ['coding-cn'] } }) });
  await added(world, ['glm', '--api-key', key]);
  expect(world.home.pool('zai')).toMatchObject([
    { base_url: 'https://open.bigmodel.cn/api/coding/paas/v4' },
  ]);
  expect(world.home.auth().providers).toMatchObject({
    zai: { detected_endpoint: { endpoint_id: 'coding-cn' } },
  });
});

test('a Kimi key goes to the host of its kind', async () => {
  await using world = await startWorld();
  await added(world, ['kimi', '--api-key', 'sk-kimi-1']);
  await added(world, ['kimi', '--api-key', 'sk-2']);
  expect(world.home.pool('kimi-coding')).toMatchObject([
    { base_url: 'https://api.kimi.com/coding' },
    { base_url: 'https://api.moonshot.ai/v1' },
  ]);
});

test('a pool whose endpoint is defined no more takes no new key', async () => {
  await using world = await startWorld();
  world.home.seed({ 'custom:gone': [{ label: 'a', key: world.canary('a') }] });
  const run = await world.gormes(['auth', 'add', 'custom:gone', '--api-key', 'k']);
  expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Unknown provider') });
  expect((await world.gormes(['auth', 'remove', 'custom:gone', 'a'])).exitCode).toBe(0);
});

test.each([
  ['API keys and a login', apiKeysAndLogin],
  ['references and a custom endpoint', environmentReferences],
  ['April', aprilHome],
])(
  'a store keeps every field and every other byte when a key is added: %s',
  async (_name, home) => {
    await using world = await startWorld();
    world.home.write('auth.json', home.auth);
    world.home.write('.env', home.env);
    world.home.write('config.yaml', home.config);
    const before = world.home.auth();
    await added(world, ['deepinfra', '--api-key', 'k']);
    const after = world.home.auth();
    const { deepinfra, ...pools } = after.credential_pool as { deepinfra: object };
    expect({ ...after, credential_pool: pools, updated_at: before.updated_at }).toEqual(before);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(deepinfra).toHaveLength(1);
    // The text too: take the new rows and the time out, and it is the old text.
    const text = world.home.read('auth.json');
    const old = home.auth.split('\n').filter((line) => !line.includes('"updated_at"'));
    const kept = text.split('\n');
    expect(old.filter((line) => !kept.includes(line) && !kept.includes(`${line},`))).toEqual([]);
    expect(world.home.read('.env')).toBe(home.env);
    expect(world.home.read('config.yaml')).toBe(home.config);
  },
);

test('a store of another shape than Hermes’ own keeps it: order, numbers, escapes', async () => {
  await using world = await startWorld();
  const text =
    '{"z":1.0,"credential_pool":{"zai":[{"id":"aaaaaa","label":"\\u00e9","source":"manual","access_token":"k","future":{"deep":[1e3,-0.0,12345678901234567890]}}]},"version":1,"a":"\\/"}';
  world.home.write('auth.json', text);
  await added(world, ['xai', '--api-key', 'k']);
  const after = world.home.read('auth.json');
  for (const part of ['"z":1.0', '"\\u00e9"', '[1e3,-0.0,12345678901234567890]', '"a":"\\/"'])
    expect(after).toContain(part);
});

test('what was written reads in Python as Hermes reads it', async () => {
  await using world = await startWorld();
  await added(world, ['xai', '--label', 'Ünïcode ✓', '--api-key', 'k']);
  const script =
    "import json,sys; d=json.load(open(sys.argv[1])); print(d['credential_pool']['xai'][0]['label'])";
  const python = spawnSync('python3', ['-c', script, world.home.path('auth.json')], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  });
  expect(python).toMatchObject({ status: 0, stdout: 'Ünïcode ✓\n' });
  // Hermes writes ASCII alone.
  expect(world.home.read('auth.json')).toMatch(/^[\n -~]*$/);
});

test('JSON says what was added, without the key', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'add', 'xai', '--json', '--label', 'l'], {
    input: world.canary('k'),
  });
  expect(JSON.parse(run.stdout)).toEqual({
    provider: 'xai',
    id: world.home.pool('xai')[0]?.id,
    label: 'l',
    index: 1,
    type: 'api_key',
    account: null,
    notes: [],
  });
});

test('a store that is no store is left as it is, and the prompt is not reached', async () => {
  await using world = await startWorld();
  world.home.write('auth.json', '[]\n');
  const run = startInTerminal(world, ['auth', 'add', 'xai']);
  const { exitCode, screen } = await run.done;
  expect(exitCode).toBe(1);
  expect(screen).not.toContain('API key: ');
  expect(world.home.read('auth.json')).toBe('[]\n');
});
