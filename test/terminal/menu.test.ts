import { expect, test } from 'vitest';
import { awsSim } from '../internet/aws.ts';
import { KEY, startTerminal } from '../support/dialogue.ts';
import { startWorld, type World } from '../support/world.ts';

const { enter, esc, down, ctrlC, ctrlD } = KEY;
const MENU = 'What would you like to do?';

async function seeded(): Promise<World> {
  const world = await startWorld();
  world.home.seed({
    openrouter: [
      { label: 'work', key: world.canary('k1') },
      { label: 'spare', key: world.canary('k2') },
    ],
  });
  return world;
}

test('the summary comes first, and Exit leaves the home as it was', async () => {
  await using world = await seeded();
  const before = world.home.hash();
  await using run = startTerminal(world, ['auth']);
  await run.answer(MENU, down, down, down, down, enter);
  expect(await run.end()).toBe(0);
  expect(run.screen).toMatch(
    /^Credential Pool Status\n={50}\nopenrouter \(2 credentials\):\n {2}#1 {2}work .* ←\n/,
  );
  expect(world.home.hash()).toBe(before);
});

test('a key is added, reset, put in turns and removed in one go, with the commands’ own words', async () => {
  await using world = await seeded();
  const key = world.canary('k3');
  await using run = startTerminal(world, ['auth']);
  await run.answer(MENU, enter);
  await run.answer('Provider to add credential for', 'xai  xAI');
  await run.answer('xai xAI', enter);
  await run.answer('Paste your API key', key, enter);
  await run.answer('Label (optional, default: api-key-1)', 'lab', enter);
  await run.see('Added xai credential #1: "lab"');
  await run.answer(MENU, down, down, enter);
  await run.answer('Provider to reset cooldowns for', enter);
  await run.see('Reset status on 0 openrouter credentials');
  await run.answer(MENU, down, down, down, enter);
  await run.answer('Provider to set strategy for', enter);
  await run.answer('Strategy for openrouter (now fill_first)', down, enter);
  await run.see('Set openrouter strategy to: round_robin');
  await run.answer(MENU, down, enter);
  await run.answer('Provider to remove credential from', enter);
  await run.answer('Remove which credential?', down, enter);
  await run.answer('Remove openrouter credential #2 (spare)?', 'y');
  await run.see('Removed openrouter credential #2 (spare)');
  await run.answer(MENU, esc);
  expect(await run.end()).toBe(0);
  expect(world.home.pool('openrouter')).toMatchObject([{ label: 'work' }]);
  expect(world.home.pool('xai')).toMatchObject([{ label: 'lab', access_token: key }]);
  expect(world.home.read('config.yaml')).toBe(
    'credential_pool_strategies:\n  openrouter: round_robin\n',
  );
});

test.each([
  ['Ctrl-C in the menu', [], MENU, ctrlC],
  ['Ctrl-D in the menu', [], MENU, ctrlD],
  ['Ctrl-C at the provider', [[MENU, enter]], 'Provider to add credential for', ctrlC],
  [
    'Ctrl-C in the middle of a key',
    [
      [MENU, enter],
      ['Provider to add credential for', 'deepseek'],
      ['deepseek DeepSeek', enter],
      ['Paste your API key', 'sk-'],
    ],
    '▪▪▪',
    ctrlC,
  ],
  [
    'Ctrl-D at a removal',
    [
      [MENU, `${down}${enter}`],
      ['Provider to remove credential from', enter],
    ],
    'Remove which credential?',
    ctrlD,
  ],
] as const)('%s ends it with code 130 and changes nothing', async (_name, steps, last, key) => {
  await using world = await seeded();
  const before = world.home.hash();
  await using run = startTerminal(world, ['auth']);
  for (const [text, keys] of steps) await run.answer(text, keys);
  await run.answer(last, key);
  await run.see('Interrupted.');
  expect(await run.end()).toBe(130);
  expect(world.home.hash()).toBe(before);
  // The question stands there once.
  const question = last === '▪▪▪' ? 'Paste your API key' : last;
  expect(run.screen.split(question)).toHaveLength(2);
  // The cursor is there again.
  expect(run.raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(run.raw.lastIndexOf('\x1b[?25l'));
});

test('Esc goes back to the menu from every question, and nothing is changed', async () => {
  await using world = await seeded();
  const before = world.home.hash();
  await using run = startTerminal(world, ['auth']);
  await run.answer(MENU, enter);
  await run.answer('Provider to add credential for', esc);
  await run.answer(MENU, enter);
  await run.answer('Provider to add credential for', 'anthropic');
  await run.answer('anthropic Anthropic', enter);
  await run.answer('Anthropic takes API keys and logins', esc);
  await run.answer(MENU, enter);
  await run.answer('Provider to add credential for', 'deepseek');
  await run.answer('deepseek DeepSeek', enter);
  await run.answer('Paste your API key', esc);
  await run.answer(MENU, down, enter);
  await run.answer('Provider to remove credential from', esc);
  await run.answer(MENU, down, down, down, enter);
  await run.answer('Provider to set strategy for', enter);
  await run.answer('Strategy for openrouter', esc);
  await run.answer(MENU, esc);
  expect(await run.end()).toBe(0);
  expect(world.home.hash()).toBe(before);
});

test('an empty key, a word that finds nothing and a “no” leave the menu open', async () => {
  await using world = await seeded();
  const before = world.home.hash();
  await using run = startTerminal(world, ['auth']);
  await run.answer(MENU, enter);
  await run.answer('Provider to add credential for', 'no-such-thing');
  await run.answer('No matches found', enter);
  await run.answer('nothing is chosen', esc);
  await run.answer(MENU, enter);
  await run.answer('Provider to add credential for', 'deepseek');
  await run.answer('deepseek DeepSeek', enter);
  await run.answer('Paste your API key', enter);
  await run.see('No API key provided.');
  await run.answer(MENU, down, enter);
  await run.answer('Provider to remove credential from', enter);
  await run.answer('Remove which credential?', enter);
  await run.answer('Remove openrouter credential #1 (work)?', enter);
  await run.answer(MENU, esc);
  expect(await run.end()).toBe(0);
  expect(world.home.hash()).toBe(before);
});

test('it fits 60 columns without colour', async () => {
  await using world = await seeded();
  await using run = startTerminal(world, ['auth'], { columns: 60, env: { NO_COLOR: '1' } });
  await run.answer(MENU, down, down, down, enter);
  await run.answer('Provider to set strategy for', enter);
  await run.answer('Strategy for openrouter', down, down, down, enter);
  await run.see('Set openrouter strategy to: least_used');
  await run.answer(MENU, esc);
  expect(await run.end()).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what must not be there
  expect(run.raw).not.toMatch(/\x1b\[[0-9;]*[349][0-7][0-9;]*m/);
  const lines = run.screen.split('\n');
  expect(lines.filter((line) => [...line].length > 60)).toEqual([]);
});

test('a terminal that can’t move its cursor gets numbers', async () => {
  await using world = await seeded();
  await using run = startTerminal(world, ['auth'], { env: { TERM: 'dumb' } });
  await run.see('4. Set rotation strategy for a provider');
  await run.answer('Choice [1-5]:', '9', enter);
  await run.answer('Please enter 1-5', '4', enter);
  await run.answer('1. openrouter', '1', enter);
  await run.answer('Choice [1-4] (1):', '2', enter);
  await run.see('Set openrouter strategy to: round_robin');
  await run.answer('Choice [1-5]:', '5', enter);
  expect(await run.end()).toBe(0);
  expect(run.raw).not.toContain('\x1b[');
});

test('without a terminal the summary is all', async () => {
  await using world = await seeded();
  const before = world.home.hash();
  const run = await world.gormes(['auth'], { input: '5\n' });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.stdout).toMatch(/^Credential Pool Status\n={50}\nopenrouter \(2 credentials\):\n/);
  expect(JSON.parse((await world.gormes(['auth', '--json'])).stdout)).toMatchObject({
    providers: [{ provider: 'openrouter', strategy: 'fill_first' }],
  });
  expect(world.home.hash()).toBe(before);
});

test('without any credential the summary says so and creates nothing', async () => {
  await using world = await startWorld();
  expect(await world.gormes(['auth'])).toEqual({
    exitCode: 0,
    stdout: `Credential Pool Status\n${'='.repeat(50)}\n`,
    stderr: 'No credentials yet.\n',
  });
  expect(world.home.hash()).toBe('absent');
});

test('a mistyped command of the group is not taken for the menu', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'lst']);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain('there is no command "auth lst"');
  expect(run.stderr).toContain('did you mean "gormes auth list"?');
});

test('auth strategy sets and tells it, keeps comments, and refuses other words', async () => {
  await using world = await seeded();
  world.home.write('config.yaml', '# mine\nmodel: x # keep\n');
  const set = await world.gormes(['auth', 'strategy', 'or', 'round-robin']);
  expect(set).toMatchObject({ exitCode: 0, stdout: 'Set openrouter strategy to: round_robin\n' });
  expect(world.home.read('config.yaml')).toBe(
    '# mine\nmodel: x # keep\ncredential_pool_strategies:\n  openrouter: round_robin\n',
  );
  expect((await world.gormes(['auth', 'strategy', 'openrouter'])).stdout).toBe(
    'openrouter: round_robin\n',
  );
  const before = world.home.hash();
  const wrong = await world.gormes(['auth', 'strategy', 'openrouter', 'randon']);
  expect(wrong).toMatchObject({ exitCode: 64, stdout: '' });
  expect(wrong.stderr).toContain('hint: did you mean "random"?');
  expect((await world.gormes(['auth', 'strategy', 'nobody', 'random'])).exitCode).toBe(1);
  const same = await world.gormes(['auth', 'strategy', 'openrouter', 'round_robin', '--json']);
  expect(JSON.parse(same.stdout)).toEqual({
    provider: 'openrouter',
    strategy: 'round_robin',
    changed: false,
  });
  expect(world.home.hash()).toBe(before);
});

test('the identity of AWS is a row of the summary, where something points to AWS', async () => {
  const alice = {
    accessKeyId: 'AKIAALICE',
    secretAccessKey: 'aws-secret-of-alice-ssssssssssss',
    account: '123456789012',
    arn: 'arn:aws:iam::123456789012:user/alice',
  };
  await using world = await startWorld({ hosts: awsSim({ region: 'us-east-1', users: [alice] }) });
  const without = await world.gormes(['auth']);
  expect(without.stdout).toBe(`Credential Pool Status\n${'='.repeat(50)}\n`);
  expect(world.internet?.connects).toEqual([]);
  const env = {
    AWS_ACCESS_KEY_ID: alice.accessKeyId,
    AWS_SECRET_ACCESS_KEY: world.secret('aws', alice.secretAccessKey),
  };
  const run = await world.gormes(['auth'], { env });
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain(
    `bedrock (AWS SDK credential chain):\n  Auth: AWS_ACCESS_KEY_ID\n  Region: us-east-1\n  Identity: ${alice.arn}\n\n`,
  );
  const json = await world.gormes(['auth', '--json'], { env });
  expect(JSON.parse(json.stdout)).toMatchObject({ aws: { state: 'known', arn: alice.arn } });
});

test('AWS that does not answer fails nothing', async () => {
  await using world = await startWorld();
  const env = { AWS_ACCESS_KEY_ID: 'AKIAFAKE', AWS_SECRET_ACCESS_KEY: 'fake-secret-of-aws' };
  const run = await world.gormes(['auth'], { env });
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain('Identity: (could not resolve: no answer from AWS');
});
