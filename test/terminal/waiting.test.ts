import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { codexSim } from '../internet/codex.ts';
import type { Hosts } from '../internet/internet.ts';
import { fakeJwt } from '../internet/xai.ts';
import { startTerminal } from '../support/dialogue.ts';
import { startWorld } from '../support/world.ts';

/** Hosts that answer only when they are let. */
function held(hosts: Hosts): { hosts: Hosts; letGo: () => void } {
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const slow = Object.entries(hosts).map(([name, host]): [string, Hosts[string]] => {
    const simulator = typeof host === 'function' ? { handle: host } : host;
    return [
      name,
      {
        ...simulator,
        handle: async (request) => {
          await gate;
          return await simulator.handle(request);
        },
      },
    ];
  });
  return { hosts: Object.fromEntries(slow), letGo: () => letGo() };
}

test('a refresh that takes long tells the host, until the answer is there', async () => {
  const sim = codexSim();
  const { hosts, letGo } = held(sim.hosts);
  const refresh = `first-refresh-${'f'.repeat(20)}`;
  sim.tokens.accept(refresh);
  await using world = await startWorld({ hosts });
  world.home.seed({
    'openai-codex': [
      {
        label: 'team',
        key: world.secret('access token', fakeJwt({ exp: 1000, jti: 'expired' })),
        type: 'oauth',
        source: 'manual:device_code',
        raw: { refresh_token: world.secret('refresh token', refresh) },
      },
    ],
  });
  await using run = startTerminal(world, [
    'auth',
    'report',
    'openai-codex',
    'team',
    '--status',
    '401',
  ]);
  await run.see('Waiting for auth.openai.com…');
  letGo();
  await run.see('has been refreshed.');
  expect(await run.end()).toBe(0);
  expect(run.screen).not.toContain('Waiting');
});

test('a check that takes long counts', async () => {
  const { hosts, letGo } = held({
    'openrouter.ai': () => ({ status: 200, body: JSON.stringify({ data: { label: 'x' } }) }),
  });
  await using world = await startWorld({ hosts });
  world.home.seed({ openrouter: [{ label: 'work', key: world.canary('k') }] });
  await using run = startTerminal(world, ['auth', 'check']);
  await run.see('Checked 0 of 1 credential…');
  letGo();
  await run.end();
  expect(run.screen).not.toContain('Checked');
  expect(run.screen).toContain('1 credential: 1 valid.');
});

test('a program that is asked for a secret is named, without its words', async () => {
  await using world = await startWorld();
  const fifo = `${world.cwd}/answer`;
  spawnSync('mkfifo', [fifo]);
  world.write(
    'gormes.auth.yaml',
    `version: 1\nproviders: { openrouter: { credentials: { work: { api_key: { command: [cat, ${fifo}] } } } } }\n`,
  );
  await using run = startTerminal(world, ['auth', 'apply', '--yes', '--allow-commands']);
  await run.see('Waiting for command: cat…');
  writeFileSync(fifo, world.canary('from the program'));
  expect(await run.end()).toBe(0);
  expect(run.screen).not.toContain('Waiting');
  expect(run.screen).toContain('Apply complete: 1 change made.');
});

test('the lock is told with who has it, and goes when it is had', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'a', key: world.canary('a') }] });
  mkdirSync(world.home.dir, { recursive: true, mode: 0o700 });
  const lock = [world.home.path('auth.lock'), 'sh', '-c', 'echo held; read line'];
  const holder = spawn('flock', lock, { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  await using run = startTerminal(world, ['auth', 'reset', 'xai']);
  await run.see('Waiting for the lock ');
  holder.stdin.end('\n');
  expect(await run.end()).toBe(0);
  expect(run.screen).not.toContain('Waiting');
});

test('Ctrl-C takes the line away', async () => {
  const { hosts, letGo } = held({ 'openrouter.ai': () => ({ status: 500, body: '' }) });
  await using world = await startWorld({ hosts });
  world.home.seed({ openrouter: [{ label: 'work', key: world.canary('k') }] });
  await using run = startTerminal(world, ['auth', 'check']);
  await run.see('Checked 0 of 1 credential…');
  run.press('\x03');
  expect(await run.end()).toBe(130);
  letGo();
  expect(run.screen).not.toContain('Checked');
});

test.each([
  ['--quiet', ['--quiet'], {}],
  ['a terminal that cannot move its cursor', [], { TERM: 'dumb' }],
])('%s: nothing is told', async (_name, options, env) => {
  const { hosts, letGo } = held({
    'openrouter.ai': () => ({ status: 200, body: JSON.stringify({ data: { label: 'x' } }) }),
  });
  await using world = await startWorld({ hosts });
  world.home.seed({ openrouter: [{ label: 'work', key: world.canary('k') }] });
  await using run = startTerminal(world, [...options, 'auth', 'check'], { env });
  // Another one at the same time knows when a second is over.
  await using other = startTerminal(world, ['auth', 'check']);
  await other.see('Checked 0 of 1 credential…');
  letGo();
  await Promise.all([run.end(), other.end()]);
  expect(run.raw).not.toContain('Checked');
});
