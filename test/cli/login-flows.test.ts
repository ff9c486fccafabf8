import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { anthropicSim } from '../internet/anthropic.ts';
import { codexSim } from '../internet/codex.ts';
import { googleSim } from '../internet/google.ts';
import type { Hosts } from '../internet/internet.ts';
import { minimaxSim } from '../internet/minimax.ts';
import { reset, truncated, wrongJson } from '../internet/misbehave.ts';
import { nousSim } from '../internet/nous.ts';
import type { SimReply } from '../internet/simulator.ts';
import { xaiSim } from '../internet/xai.ts';
import { declare, lines, planned } from '../support/declaration.ts';
import { startInTerminal } from '../support/terminal.ts';
import { startWorld, type World } from '../support/world.ts';

/** A device-code login against its simulator: which answers can go wrong, and what is stored. */
interface Flow {
  readonly provider: string;
  readonly source: string;
  /** Each refuses one login: what the server says, and the code of our error. */
  readonly refusals: readonly (readonly [
    name: string,
    endpoint: string,
    reply: SimReply,
    code: string,
  ])[];
  readonly sim: () => {
    readonly hosts: Hosts;
    readonly detours: { next(endpoint: never, ...replies: SimReply[]): void };
  };
}

const denied: SimReply = { status: 400, body: { error: 'access_denied' } };
const expired: SimReply = { status: 400, body: { error: 'expired_token' } };
const half = truncated('{"access_token": "x');

const flows: readonly Flow[] = [
  {
    provider: 'nous',
    source: 'device_code',
    sim: () => nousSim({ interval: 1 }),
    refusals: [
      ['denied', 'token', denied, 'login_denied'],
      ['expired', 'token', expired, 'login_expired'],
      ['no JSON', 'device', wrongJson, 'login_failed'],
      ['no JSON for tokens', 'token', wrongJson, 'login_failed'],
      [
        'a redirect',
        'device',
        { status: 302, headers: { location: 'https://evil.example/' } },
        'login_failed',
      ],
    ],
  },
  {
    provider: 'xai-oauth',
    source: 'manual:device_code',
    sim: () => xaiSim({ interval: 1 }),
    refusals: [
      ['denied', 'token', denied, 'login_denied'],
      ['expired', 'token', expired, 'login_expired'],
      ['no JSON', 'discovery', wrongJson, 'login_failed'],
      ['half an answer', 'device', half, 'network_failed'],
    ],
  },
  {
    provider: 'openai-codex',
    source: 'manual:device_code',
    sim: () => codexSim({ interval: '1' }),
    refusals: [
      ['no JSON', 'usercode', wrongJson, 'login_failed'],
      ['refused', 'exchange', { status: 400, body: { error: 'invalid_grant' } }, 'login_failed'],
      ['a lost connection', 'exchange', reset, 'network_failed'],
    ],
  },
  {
    provider: 'minimax-oauth',
    source: 'oauth',
    sim: () => minimaxSim({ interval: 1000 }),
    refusals: [
      ['no JSON', 'code', wrongJson, 'login_failed'],
      ['denied', 'token', { body: { status: 'error' } }, 'login_denied'],
    ],
  },
];

test.each(flows)(
  '$provider: logs in by code and stores one row',
  async ({ provider, source, sim }) => {
    await using world = await startWorld({ hosts: sim().hosts });
    const run = await world.gormes(['auth', 'add', provider, '--label', 'mine']);
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    expect(world.home.pool(provider)).toMatchObject([
      { label: 'mine', source, auth_type: 'oauth', priority: 0 },
    ]);
    const status = await world.gormes(['auth', 'status', provider, '--exit-code']);
    expect(status).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('logged in') });
  },
);

const refused = flows.flatMap((flow) =>
  flow.refusals.map((refusal) => ({ flow, name: refusal[0], refusal })),
);

test.each(refused)(
  '$flow.provider: $name ends the login with a clear error, nothing written',
  async ({ flow, refusal }) => {
    const [, endpoint, reply, code] = refusal;
    const sim = flow.sim();
    // The simulators name their endpoints by types of their own. A lost one is asked again twice.
    sim.detours.next(endpoint as never, reply, reply, reply);
    await using world = await startWorld({ hosts: sim.hosts });
    const run = await world.gormes(['auth', 'add', flow.provider]);
    expect(run, run.stderr).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain(`[${code}]`);
    expect(run.stderr).not.toContain('café');
    expect(world.home.exists('auth.json')).toBe(false);
  },
);

test.each(flows)('$provider: without a network the login says so, exit 1', async ({ provider }) => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'add', provider]);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('[network_failed]');
  expect(world.home.exists('auth.json')).toBe(false);
});

/** Follows the address that a browser login printed, as a browser would. */
async function followed(world: World, args: readonly string[], authorize: (url: string) => string) {
  const run = world.start(args);
  await run.printed('code_challenge');
  const address = /https:\/\/accounts\.google\.com\S+/.exec(run.soFar())?.[0] ?? '';
  const page = await fetch(authorize(address));
  return { page: await page.text(), status: page.status, run: await run.done };
}

test('google-gemini-cli: a browser comes back to the loopback listener, and the page says how it ended', async () => {
  const sim = googleSim({
    clientSecret: 'fake-client-secret',
    email: 'me@example.com',
    project: 'p1',
  });
  await using world = await startWorld({
    hosts: sim.hosts,
    env: { HERMES_GEMINI_CLIENT_SECRET: 'fake-client-secret' },
  });
  const args = ['auth', 'add', 'google-gemini-cli', '--no-browser'];
  const { page, status, run } = await followed(world, args, (url) => sim.authorize(url));
  expect(run, run.stderr).toMatchObject({ exitCode: 0 });
  expect(status).toBe(200);
  expect(page).toContain('Google');
  expect(world.home.pool('google-gemini-cli')).toMatchObject([
    { label: 'me@example.com', source: 'manual:google_pkce' },
  ]);
});

test('google-gemini-cli: a person who says no is told so on the page and in the terminal', async () => {
  const sim = googleSim({ clientSecret: 'fake-client-secret' });
  await using world = await startWorld({
    hosts: sim.hosts,
    env: { HERMES_GEMINI_CLIENT_SECRET: 'fake-client-secret' },
  });
  const refuse = (address: string): string => {
    const asked = new URL(address).searchParams;
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('state', asked.get('state') ?? '');
    return back.href;
  };
  const args = ['auth', 'add', 'google-gemini-cli', '--no-browser'];
  const { run } = await followed(world, args, refuse);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('[login_denied]');
  expect(world.home.exists('auth.json')).toBe(false);
});

test.each([
  ['a refused code', { status: 400, body: { error: 'invalid_grant' } }, 'login_failed'],
  ['no JSON', wrongJson, 'login_failed'],
  ['a lost connection', reset, 'network_failed'],
] as const)(
  'anthropic: %s at the exchange ends the login, nothing written',
  async (_name, reply, code) => {
    const sim = anthropicSim();
    sim.detours.next('token', reply, reply, reply);
    await using world = await startWorld({ hosts: sim.hosts });
    const run = startInTerminal(world, ['auth', 'add', 'anthropic', '--no-browser']);
    await run.shown('Paste the code');
    const url = /https:\/\/claude\.ai\S+/.exec(run.soFar())?.[0] ?? '';
    const [pasted = '', state] = sim.authorize(url).split('#');
    run.type(`${world.secret('code', pasted)}#${state}\r`);
    const { exitCode, screen } = await run.done;
    expect(exitCode, screen).toBe(1);
    expect(screen).toContain(`[${code}]`);
    expect(world.home.exists('auth.json')).toBe(false);
  },
);

test('qwen-oauth: the login of its own program is taken over; without one it says what to do', async () => {
  await using world = await startWorld();
  const missing = await world.gormes(['auth', 'add', 'qwen-oauth']);
  expect(missing).toMatchObject({ exitCode: 1, stdout: '' });
  expect(missing.stderr).toContain('hint: ');
  world.write(
    '~/.qwen/oauth_creds.json',
    JSON.stringify({
      access_token: world.canary('qwen access'),
      refresh_token: world.canary('qwen refresh'),
      token_type: 'Bearer',
      resource_url: 'portal.qwen.ai',
      expiry_date: Date.now() + 3_600_000,
    }),
  );
  const run = await world.gormes(['auth', 'add', 'qwen-oauth', '--label', 'mine']);
  expect(run, run.stderr).toMatchObject({ exitCode: 0 });
  expect(world.home.pool('qwen-oauth')).toMatchObject([{ label: 'mine', source: 'qwen-cli' }]);
  expect(world.home.read('auth.json'), 'borrowed: the token stays in its own file').not.toContain(
    'sk-or',
  );
});

test('google-gemini-cli: without a client secret it says where one can come from', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'add', 'google-gemini-cli', '--no-browser']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('[google_client_secret_missing]');
});

const WATCH = new URL('../support/watch-files.mjs', import.meta.url).href;

test('a Codex login does not touch the files of the Codex program; --import, on request, does', async () => {
  const sim = codexSim({ interval: '1' });
  await using world = await startWorld({ hosts: sim.hosts });
  world.write('~/.codex/auth.json', '{}');
  const log = `${world.cwd}/touched`;
  const env = {
    NODE_OPTIONS: `--import ${WATCH}`,
    WATCH_DIR: `${world.userHome}/.codex`,
    WATCH_LOG: log,
  };
  const run = await world.gormes(['auth', 'add', 'openai-codex'], { env });
  expect(run, run.stderr).toMatchObject({ exitCode: 0 });
  expect(existsSync(log), 'no file of it was opened or looked at').toBe(false);
  const copied = await world.gormes(['auth', 'add', 'openai-codex', '--import'], { env });
  expect(copied).toMatchObject({ exitCode: 1, stdout: '' });
  expect(readFileSync(log, 'utf8'), 'the watch sees what there is to see').toContain(
    '.codex/auth.json',
  );
});

test('apply logs in by two codes and by one paste in one run', async () => {
  const nous = nousSim({ interval: 1 });
  const xai = xaiSim({ interval: 1 });
  const anthropic = anthropicSim();
  await using world = await startWorld({
    hosts: { ...nous.hosts, ...xai.hosts, ...anthropic.hosts },
  });
  declare(
    world,
    `
providers:
  nous: { credentials: { portal: { type: oauth } } }
  xai-oauth: { credentials: { grok: { type: oauth } } }
  anthropic: { credentials: { max: { type: oauth } } }
`,
  );
  const run = startInTerminal(world, ['auth', 'apply', '--yes', '--no-browser']);
  await run.shown('Paste the code');
  const url = /https:\/\/claude\.ai\S+/.exec(run.soFar())?.[0] ?? '';
  const [code = '', state] = anthropic.authorize(url).split('#');
  run.type(`${world.secret('code', code)}#${state}\r`);
  const { exitCode, screen } = await run.done;
  expect(exitCode, screen).toBe(0);
  expect(screen).toContain('Apply complete');
  expect(lines(await planned(world))).toEqual([]);
});

test.each([
  ['xai-oauth', xaiSim],
  ['minimax-oauth', minimaxSim],
] as const)(
  '%s: no token, and no code of a device, shows anywhere but in the store',
  async (provider, sim) => {
    const access = `access-${'a1B2'.repeat(12)}`;
    const refresh = `refresh-${'c3D4'.repeat(12)}`;
    const { hosts } = sim({
      access: () => access,
      refresh: () => refresh,
      interval: provider === 'xai-oauth' ? 1 : 1000,
    });
    await using world = await startWorld({ hosts });
    world.secret('access token', access);
    world.secret('refresh token', refresh);
    const run = await world.gormes(['auth', 'add', provider, '--debug', '--json']);
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    expect(JSON.stringify(world.home.auth())).toContain(access);
    expect((await world.gormes(['auth', 'list', '--json', '--debug'])).exitCode).toBe(0);
  },
);
