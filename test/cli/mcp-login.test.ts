import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type McpSim, type McpSimOptions, startMcp } from '../internet/mcp.ts';
import { type OidcServer, startOidc } from '../internet/oidc.ts';
import { shownAddress } from '../support/browser.ts';
import { declare, lines, planned } from '../support/declaration.ts';
import { type Run, startWorld, type World } from '../support/world.ts';

const RESOURCE = 'https://mcp.example/mcp';
const CONFIG = `# servers of mine
mcp_servers:
  linear:
    url: ${RESOURCE}
    auth: oauth
`;

interface Setup extends AsyncDisposable {
  readonly world: World;
  readonly oidc: OidcServer;
  readonly mcp: McpSim;
}

async function setUp(more: Partial<McpSimOptions> = {}, config = CONFIG): Promise<Setup> {
  const oidc = await startOidc({ resource: RESOURCE });
  const mcp = await startMcp({
    issuer: oidc.issuer,
    accepts: (token) => oidc.accepts(token, RESOURCE),
    tools: ['search', 'create_issue', 'close_issue'],
    ...more,
  });
  const world = await startWorld({ hosts: { ...oidc.hosts, ...mcp.hosts } });
  world.home.write('config.yaml', config);
  for (const ending of ['.json', '.client.json', '.meta.json']) {
    world.allowSecretIn(tokenFile(world, ending));
  }
  return {
    world,
    oidc,
    mcp,
    [Symbol.asyncDispose]: async () => {
      await mcp[Symbol.asyncDispose]();
      await oidc[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

function tokenFile(world: World, ending: string): string {
  return join(world.home.dir, 'mcp-tokens', `linear${ending}`);
}

/** Logs in as a person who agrees, or not. */
async function logIn(
  { world, oidc }: Setup,
  args: readonly string[] = ['mcp', 'login', 'linear'],
  person: 'agrees' | 'refuses' = 'agrees',
): Promise<Run & { readonly page: string; readonly address: URL }> {
  const running = world.start(args);
  const address = await shownAddress(running);
  const page = await fetch(await oidc.browse(address, person));
  return { page: await page.text(), address: new URL(address), ...(await running.done) };
}

test('discovers, registers, logs in, stores as Hermes does, connects and counts the tools', async () => {
  await using setup = await setUp();
  const { world, mcp } = setup;
  const run = await logIn(setup);
  expect(run).toMatchObject({ exitCode: 0, stdout: '  ✓ Authenticated — 3 tools available\n' });
  expect(run.page).toContain('Logged in to linear (as.example)');
  const { searchParams } = run.address;
  expect(Object.fromEntries(searchParams)).toMatchObject({
    response_type: 'code',
    resource: RESOURCE,
    scope: 'mcp:tools offline_access',
    code_challenge_method: 'S256',
    redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
  });
  const before = Date.now() / 1000;
  const tokens = world.home.json('mcp-tokens/linear.json');
  expect(tokens).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: expect.any(Number),
    scope: expect.stringContaining('mcp:tools'),
    refresh_token: expect.any(String),
    expires_at: expect.any(Number),
  });
  expect(Number(tokens.expires_at)).toBeGreaterThan(before);
  expect(world.home.json('mcp-tokens/linear.client.json')).toMatchObject({
    client_id: searchParams.get('client_id'),
    client_name: 'Hermes Agent',
    redirect_uris: [searchParams.get('redirect_uri')],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  });
  expect(world.home.json('mcp-tokens/linear.meta.json')).toMatchObject({
    issuer: 'https://as.example',
    token_endpoint: 'https://as.example/token',
  });
  for (const ending of ['.json', '.client.json', '.meta.json']) {
    expect(statSync(tokenFile(world, ending)).mode & 0o777).toBe(0o600);
  }
  expect(statSync(join(world.home.dir, 'mcp-tokens')).mode & 0o777).toBe(0o700);
  expect(world.home.read('config.yaml')).toBe(CONFIG);
  expect(mcp.openSessions(), 'the session is ended').toBe(0);
  const secrets = [tokens.access_token, tokens.refresh_token].map(String);
  const shown = `${run.stdout}${run.stderr}${world.home.read('gormes/journal.jsonl')}`;
  for (const secret of secrets) expect(shown).not.toContain(secret);
});

test('a second login takes the place of the first; a refused one leaves it as it stands', async () => {
  await using setup = await setUp();
  const { world } = setup;
  await logIn(setup);
  const first = world.home.json('mcp-tokens/linear.json');
  const firstClient = world.home.json('mcp-tokens/linear.client.json');

  const left = `mcp-tokens/linear.json.tmp.123.${'a'.repeat(32)}`;
  world.home.write(left, 'of a run that was killed');

  const refused = await logIn(setup, undefined, 'refuses');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain('[login_denied]');
  expect(world.home.json('mcp-tokens/linear.json')).toEqual(first);

  const second = await logIn(setup, ['mcp', 'login', 'linear', '--json']);
  expect(second.exitCode).toBe(0);
  expect(JSON.parse(second.stdout)).toEqual({ server: 'linear', logged_in: true, tools: 3 });
  expect(world.home.exists(left)).toBe(false);
  const now = world.home.json('mcp-tokens/linear.json');
  expect(now.access_token).not.toBe(first.access_token);
  expect(now.refresh_token).not.toBe(first.refresh_token);
  expect(world.home.json('mcp-tokens/linear.client.json').client_id).not.toBe(
    firstClient.client_id,
  );
});

test('a server without tools says so', async () => {
  await using setup = await setUp({ tools: undefined });
  expect(await logIn(setup)).toMatchObject({
    exitCode: 0,
    stdout: '  ✓ Authenticated (server reported no tools)\n',
  });
});

test('a server that does not take the new token is told apart: the login is stored', async () => {
  await using setup = await setUp({ accepts: async () => false });
  const run = await logIn(setup);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('The login is stored.');
  expect(run.stderr).toContain('does not take the new token (HTTP 401) [mcp_unreachable]');
  expect(setup.world.home.exists('mcp-tokens/linear.json')).toBe(true);
});

const SERVERS = `mcp_servers:
  linear: { url: "https://mcp.example/mcp", auth: oauth }
  files: { command: npx, args: [files] }
  keyed: { url: "https://keyed.example", headers: { Authorization: "Bearer x" } }
  "a b": { url: "https://a.example", auth: oauth }
  a_b: { url: "https://b.example", auth: oauth }
`;

test.each([
  ['nobody', 'mcp_not_configured', 'servers with a login: linear, a b and a_b'],
  ['files', 'mcp_no_url', 'mcp_servers.files.url'],
  ['keyed', 'mcp_not_oauth', 'mcp_servers.keyed.auth'],
  ['a b', 'mcp_same_file', 'rename one of the two'],
])('a login at "%s" is refused with guidance: %s', async (name, code, hint) => {
  await using world = await startWorld();
  world.home.write('config.yaml', SERVERS);
  const before = world.home.hash();
  const run = await world.gormes(['mcp', 'login', name]);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain(`[${code}]`);
  expect(run.stderr).toContain(hint);
  expect(world.home.hash()).toBe(before);
});

test('a home without servers says how to add one; a wrong option is a usage error', async () => {
  await using world = await startWorld();
  expect((await world.gormes(['mcp', 'login', 'x'])).stderr).toContain('hint: add one');
  expect((await world.gormes(['mcp', 'login', 'x', '--timeout', 'soon'])).exitCode).toBe(64);
  expect((await world.gormes(['mcp', 'login'])).exitCode).toBe(64);
  expect(world.home.hash()).toBe('absent');
});

test('a page elsewhere can only be pasted, which needs a terminal', async () => {
  const oauth = '    oauth: { redirect_uri: "https://tunnel.example/callback" }\n';
  await using setup = await setUp({}, CONFIG + oauth);
  const run = await setup.world.gormes(['mcp', 'login', 'linear']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('[login_needs_person]');
});

test('Ctrl-C while the browser is awaited leaves the stored login as it stands', async () => {
  await using setup = await setUp();
  const { world } = setup;
  world.home.write('mcp-tokens/linear.json', '{"access_token":"old","refresh_token":"older"}');
  const before = world.home.hash();
  const running = world.start(['mcp', 'login', 'linear']);
  await shownAddress(running);
  running.child.kill('SIGINT');
  expect((await running.done).exitCode).toBe(130);
  expect(world.home.hash()).toBe(before);
});

test('a declared login is planned, waits for a person, and is made by apply', async () => {
  await using setup = await setUp();
  const { world } = setup;
  declare(world, 'mcp_servers: { linear: { state: logged_in } }\n');
  expect(lines(await planned(world))).toEqual(['mcp_login mcp:linear not_in_pool']);
  expect((await world.gormes(['auth', 'plan'])).stdout).toContain('1 needs you to log in.');
  expect((await world.gormes(['auth', 'apply', '--yes'])).exitCode).toBe(5);
  expect(world.home.exists('mcp-tokens/linear.json')).toBe(false);

  const run = await logIn(setup, ['auth', 'apply', '--yes', '--only-logins']);
  expect(run).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Apply complete'),
  });
  expect(await planned(world)).toMatchObject({ empty: true, unchanged: 1 });

  const tokens = world.home.json('mcp-tokens/linear.json');
  const { refresh_token: _gone, ...rest } = tokens;
  world.home.write('mcp-tokens/linear.json', JSON.stringify({ ...rest, expires_at: 1 }));
  expect(lines(await planned(world))).toEqual(['mcp_login mcp:linear token_expired']);
});

test('a grant whose files cannot be written waits in the inbox, and the next apply stores and binds it', async () => {
  await using setup = await setUp();
  const { world } = setup;
  declare(world, 'mcp_servers: { linear: { protect: true } }\n');
  world.home.write('mcp-tokens/linear.meta.json/in-the-way', '');
  const run = await logIn(setup, ['auth', 'apply', '--yes', '--only-logins']);
  expect(run.exitCode).toBe(4);
  const [kept = ''] = readdirSync(world.home.path('gormes/inbox'));
  world.allowSecretIn(world.home.path(`gormes/inbox/${kept}`));
  expect(world.home.exists('mcp-tokens/linear.json')).toBe(false);
  rmSync(world.home.path('mcp-tokens/linear.meta.json'), { recursive: true });

  const next = await world.gormes(['auth', 'apply', '--yes']);
  expect(next).toMatchObject({ exitCode: 0 });
  expect(next.stderr).toContain(
    'Stored the login of mcp:linear that an interrupted command had got',
  );
  expect(world.home.json('mcp-tokens/linear.json')).toHaveProperty('refresh_token');
  expect(world.home.json('gormes/ledger.json').sessions).toEqual({
    'mcp:linear': { declaration: 'test', client: expect.any(String), protect: true },
  });
  expect(readdirSync(world.home.path('gormes/inbox'))).toEqual([]);
  expect(await planned(world)).toMatchObject({ empty: true, unchanged: 1 });
});

test('a declared login is owned from the start: without its block it is ended', async () => {
  await using setup = await setUp();
  const { world } = setup;
  declare(world, 'mcp_servers: { linear: {} }\n');
  await logIn(setup, ['auth', 'apply', '--yes', '--only-logins']);
  // Renewed by hand, it stays ours.
  await logIn(setup);
  expect(await planned(world)).toMatchObject({ empty: true, drift: [] });
  declare(world, 'providers: {}');
  expect(lines(await planned(world))).toEqual(['mcp_logout mcp:linear not_declared']);
  expect(await world.gormes(['auth', 'apply', '--yes'])).toMatchObject({ exitCode: 0 });
  expect(readdirSync(world.home.path('mcp-tokens'))).toEqual([]);
  expect(await planned(world)).toMatchObject({ empty: true, unmanaged: {} });
});

test('a declared login that the home has no server for is not fulfilled', async () => {
  await using world = await startWorld();
  world.home.write('config.yaml', SERVERS);
  declare(world, 'mcp_servers: { nobody: {}, files: {}, keyed: {} }\n');
  expect(lines(await planned(world))).toEqual([
    'unknown mcp:nobody not_an_oauth_server',
    'unknown mcp:files not_an_oauth_server',
    'unknown mcp:keyed not_an_oauth_server',
  ]);
  const run = await world.gormes(['auth', 'apply', '--yes']);
  expect(run.exitCode).toBe(4);
  expect(run.stdout).toContain('config.yaml has no mcp_servers.nobody');
});
