import { expect, test } from 'vitest';
import { anthropicSim } from '../internet/anthropic.ts';
import { codexSim } from '../internet/codex.ts';
import { minimaxSim } from '../internet/minimax.ts';
import { nousSim } from '../internet/nous.ts';
import { xaiSim } from '../internet/xai.ts';
import { declare, lines, planned } from '../support/declaration.ts';
import { startInTerminal } from '../support/terminal.ts';
import { startWorld } from '../support/world.ts';

test('a device-code login of auth add is stored as the only row, and its words are Hermes’', async () => {
  const sim = nousSim({ interval: 1, userCode: 'ABCD-1234' });
  await using world = await startWorld({ hosts: sim.hosts });
  const run = await world.gormes(['auth', 'add', 'nous', '--label', 'portal']);
  expect(run, run.stderr).toMatchObject({
    exitCode: 0,
    stdout: 'Saved nous OAuth device-code credentials: "portal"\n',
  });
  expect(run.stderr).toContain('ABCD-1234');
  expect(world.home.pool('nous')).toMatchObject([
    { label: 'portal', source: 'device_code', auth_type: 'oauth' },
  ]);
  expect(world.home.auth().active_provider).toBe('nous');
  expect(world.home.exists('gormes/inbox')).toBe(true);
  expect((await world.gormes(['auth', 'list', 'nous'])).stdout).toContain('#1  portal');
});

test('Codex and xAI log in by code, each beside what is there', async () => {
  const codex = codexSim({ interval: '1', email: 'me@example.com' });
  const xai = xaiSim({ interval: 1 });
  await using world = await startWorld({ hosts: { ...codex.hosts, ...xai.hosts } });
  expect((await world.gormes(['auth', 'add', 'codex'])).stdout).toBe(
    'Added openai-codex OAuth credential #1: "openai-codex-oauth-1"\n',
  );
  expect((await world.gormes(['auth', 'add', 'codex', '--label', 'second'])).stdout).toBe(
    'Added openai-codex OAuth credential #2: "second"\n',
  );
  expect((await world.gormes(['auth', 'add', 'grok-oauth'])).stdout).toMatch(
    /^Added xai-oauth OAuth credential #1/,
  );
});

test('a denied login says so and writes nothing', async () => {
  const sim = nousSim({ interval: 1 });
  sim.detours.next('token', { status: 400, body: { error: 'access_denied' } });
  await using world = await startWorld({ hosts: sim.hosts });
  const run = await world.gormes(['auth', 'add', 'nous']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('[login_denied]');
  expect(world.home.exists('auth.json')).toBe(false);
});

test('an option that the provider does not take is refused, not ignored', async () => {
  await using world = await startWorld();
  for (const args of [
    ['xai-oauth', '--portal-url', 'https://x.example'],
    ['deepseek', '--api-key', 'not-secret', '--client-id', 'x'],
    ['anthropic', '--scope', 'a b'],
  ]) {
    const run = await world.gormes(['auth', 'add', ...args]);
    expect(run, args.join(' ')).toMatchObject({ exitCode: 64, stdout: '' });
  }
  expect(world.home.hash()).toBe('absent');
});

test('apply --only-logins runs the logins of a declaration side by side', async () => {
  const nous = nousSim({ interval: 1 });
  const minimax = minimaxSim({ interval: 1000 });
  await using world = await startWorld({ hosts: { ...nous.hosts, ...minimax.hosts } });
  declare(
    world,
    `
providers:
  nous: { credentials: { portal: { type: oauth } } }
  minimax-oauth: { credentials: { mini: { type: oauth } } }
`,
  );
  expect(lines(await planned(world))).toEqual([
    'login nous/portal not_in_pool',
    'login minimax-oauth/mini not_in_pool',
  ]);
  const pending = await world.gormes(['auth', 'apply', '--yes']);
  expect(pending.exitCode).toBe(5);
  expect(pending.stdout).toContain('gormes auth apply --only-logins');
  const run = await world.gormes(['auth', 'apply', '--yes', '--only-logins']);
  expect(run, run.stdout + run.stderr).toMatchObject({ exitCode: 0 });
  expect(await world.gormes(['auth', 'plan', '--detailed-exitcode'])).toMatchObject({
    exitCode: 0,
  });
});

test('the wrong account is told before anything is written', async () => {
  const sim = codexSim({ interval: '1', email: 'bob@example.com' });
  await using world = await startWorld({ hosts: sim.hosts });
  declare(
    world,
    'providers: { openai-codex: { credentials: { team: { type: oauth, account: alice@example.com } } } }',
  );
  const run = await world.gormes(['auth', 'apply', '--yes', '--only-logins']);
  expect(run.exitCode).toBe(4);
  expect(run.stdout).toContain('[account_mismatch]');
  expect(world.home.exists('auth.json') && world.home.pool('openai-codex').length > 0).toBe(false);
});

test('a code is pasted in a terminal, without echo, and the login is stored', async () => {
  const sim = anthropicSim();
  await using world = await startWorld({ hosts: sim.hosts });
  const run = startInTerminal(world, [
    'auth',
    'add',
    'anthropic',
    '--label',
    'max',
    '--no-browser',
  ]);
  await run.shown('Paste the code');
  run.type('nonsense\r');
  await run.shown('with the # in it\r\nPaste the code');
  const url = /https:\/\/claude\.ai\S+/.exec(run.soFar())?.[0] ?? '';
  const [code = '', state] = sim.authorize(url).split('#'); // the state is in the address too
  run.type(`${world.secret('code', code)}#${state}\r`);
  const { exitCode, screen } = await run.done;
  expect(exitCode, screen).toBe(0);
  expect(screen).not.toContain('nonsense');
  expect(screen).toContain('Added anthropic OAuth credential #1: "max"');
  expect(world.home.pool('anthropic')).toMatchObject([
    { label: 'max', source: 'manual:hermes_pkce', auth_type: 'oauth' },
  ]);
});

test('Ctrl-C at the prompt of a login ends it, exit 130, and nothing is written', async () => {
  const sim = anthropicSim();
  await using world = await startWorld({ hosts: sim.hosts });
  const run = startInTerminal(world, ['auth', 'add', 'anthropic', '--no-browser']);
  await run.shown('Paste the code');
  run.type('\u0003');
  expect((await run.done).exitCode).toBe(130);
  expect(world.home.exists('auth.json')).toBe(false);
});
