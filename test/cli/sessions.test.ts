import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { applied, declare, lines, planned } from '../support/declaration.ts';
import { startWorld, type World } from '../support/world.ts';

// Logins outside the pool, of Spotify and of MCP servers, under a declaration: whose they are, and how
// they end. How they begin is tested where a simulated server answers.

const BOTH = 'providers: { spotify: {} }\nmcp_servers: { linear: {} }';
const NEITHER = 'providers: {}';

/** A home with a Spotify login and one at an MCP server. */
function seed(world: World, more: { readonly client?: string } = {}): void {
  const client = more.client ?? 'client-1';
  world.home.seed(
    {},
    {
      providers: {
        spotify: {
          client_id: client,
          access_token: world.canary('spotify'),
          refresh_token: world.canary('spotify refresh'),
          scope: 'user-library-read',
        },
      },
    },
  );
  world.home.write(
    'config.yaml',
    `# mine
mcp_servers:
  linear: { url: "https://mcp.example/mcp", auth: oauth }
  notion: { url: "https://notion.example/mcp", auth: oauth }
`,
  );
  seedMcp(world, 'linear', client);
}

function seedMcp(world: World, server: string, client: string): void {
  const at = `mcp-tokens/${server}`;
  const tokens = {
    access_token: world.canary(server),
    refresh_token: world.canary(`${server} refresh`),
  };
  world.allowSecretIn(`${world.home.dir}/${at}.json`);
  world.home.write(`${at}.json`, JSON.stringify(tokens));
  world.home.write(`${at}.client.json`, JSON.stringify({ client_id: client }));
  world.home.write(`${at}.meta.json`, '{}');
}

function mcpFiles(world: World, server: string): string[] {
  return ['.json', '.client.json', '.meta.json'].filter((ending) =>
    world.home.exists(`mcp-tokens/${server}${ending}`),
  );
}

function managed(world: World): JsonObject {
  return (world.home.json('gormes/ledger.json').sessions ?? {}) as JsonObject;
}

/** A declared login of each kind, adopted. */
async function adopted(world: World, declared = BOTH): Promise<void> {
  seed(world);
  declare(world, declared);
  await applied(world);
}

test('a declared login that is live is adopted; its client tells it from another one', async () => {
  await using world = await startWorld();
  seed(world);
  declare(world, BOTH);
  expect(lines(await planned(world))).toEqual([
    'adopt spotify login_matches',
    'adopt mcp:linear login_matches',
  ]);
  await applied(world);
  expect(managed(world)).toEqual({
    spotify: { declaration: 'test', client: 'client-1' },
    'mcp:linear': { declaration: 'test', client: 'client-1' },
  });
  expect(await planned(world)).toMatchObject({ empty: true, unchanged: 2, unmanaged: {} });

  seed(world, { client: 'client-2' });
  const plan = await planned(world);
  expect(lines(plan)).toEqual(['adopt spotify login_matches', 'adopt mcp:linear login_matches']);
  expect(plan.drift.map(({ address, cause }) => `${address} ${cause}`)).toEqual([
    'mcp:linear rebound',
    'spotify rebound',
  ]);
  await applied(world);
});

test('a block that is gone logs out, and the ledger lets go', async () => {
  await using world = await startWorld();
  await adopted(world);
  declare(world, NEITHER);
  const plan = await planned(world);
  expect(lines(plan)).toEqual([
    'logout spotify not_declared',
    'mcp_logout mcp:linear not_declared',
  ]);
  expect((await world.gormes(['auth', 'plan'])).stdout).toMatch(
    /- login +log out +the stored login +no longer declared/,
  );
  expect((await world.gormes(['auth', 'plan', '--diff'])).stdout).toContain('-  login: linear\n');
  const config = world.home.read('config.yaml');
  await applied(world);
  expect(world.home.auth().providers).toEqual({});
  expect(mcpFiles(world, 'linear')).toEqual([]);
  expect(world.home.read('config.yaml')).toBe(config);
  expect(managed(world)).toEqual({});
});

test('what nobody declared is counted and stays; unmanaged: remove ends it, but not what is ignored', async () => {
  await using world = await startWorld();
  seed(world);
  seedMcp(world, 'notion', 'client-3');
  declare(world, NEITHER);
  expect(await planned(world)).toMatchObject({ empty: true, unmanaged: { spotify: 1, mcp: 2 } });
  declare(world, 'unmanaged: remove\nignore: ["mcp:n*"]\nforget: [spotify]');
  expect(lines(await planned(world))).toEqual(['mcp_logout mcp:linear unmanaged']);
  await applied(world);
  expect(mcpFiles(world, 'notion')).toHaveLength(3);
  expect(world.home.auth().providers).toHaveProperty('spotify');
});

test('state: logged_out is a person’s word, whoever made the login', async () => {
  await using world = await startWorld();
  seed(world);
  declare(
    world,
    'providers: { spotify: { state: logged_out } }\nmcp_servers: { linear: { state: logged_out }, gone: { state: logged_out } }',
  );
  expect(lines(await planned(world))).toEqual([
    'logout spotify declared_absent',
    'mcp_logout mcp:linear declared_absent',
  ]);
  await applied(world);
  expect(world.home.auth().providers).toEqual({});
  expect(mcpFiles(world, 'linear')).toEqual([]);
});

test('forget: managed no longer, and left', async () => {
  await using world = await startWorld();
  await adopted(world);
  declare(world, 'forget: [spotify, "mcp:linear"]');
  expect(lines(await planned(world))).toEqual([
    'forget spotify declared_forgotten',
    'forget mcp:linear declared_forgotten',
  ]);
  await applied(world);
  expect(mcpFiles(world, 'linear')).toHaveLength(3);
  expect(managed(world)).toEqual({});
});

test('gone already: the ledger claims nothing that a person makes later', async () => {
  await using world = await startWorld();
  await adopted(world);
  // Hermes ended the one, and somebody logged in anew at the other.
  world.home.write('auth.json', '{"version":1,"providers":{},"credential_pool":{}}');
  seedMcp(world, 'linear', 'client-2');
  declare(world, NEITHER);
  const plan = await planned(world);
  expect(lines(plan)).toEqual(['forget spotify entry_gone', 'forget mcp:linear entry_gone']);
  expect(plan.drift.map(({ address, cause }) => `${address} ${cause}`)).toEqual(['spotify gone']);
  await applied(world);
  expect(mcpFiles(world, 'linear')).toHaveLength(3);
});

test('protect: true outlives its block, and a limit counts logouts and removals together', async () => {
  await using world = await startWorld();
  await adopted(
    world,
    'providers: { spotify: { protect: true } }\nmcp_servers: { linear: { protect: true } }',
  );
  declare(world, NEITHER);
  expect(lines(await planned(world))).toEqual([
    'blocked spotify protected',
    'blocked mcp:linear protected',
  ]);
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'apply', '--yes']);
  expect(run).toMatchObject({ exitCode: 1 });
  expect(run.stdout).toContain('hint: declare mcp:linear with protect: false first');
  expect(world.home.hash()).toBe(before);

  declare(world, BOTH);
  expect(lines(await planned(world))).toEqual([
    'adopt spotify protection_changed',
    'adopt mcp:linear protection_changed',
  ]);
  await applied(world);
  const providers = world.home.auth().providers ?? {};
  world.home.seed({ xai: [{ label: 'old', key: world.canary('old') }] }, { providers });
  declare(
    world,
    'limits: { max_removals: 2 }\nproviders: { xai: { credentials: { old: { state: absent } } } }',
  );
  expect(lines(await planned(world))).toEqual([
    'blocked xai/old too_many_removals',
    'blocked spotify too_many_removals',
    'blocked mcp:linear too_many_removals',
  ]);
  await applied(world, ['--max-removals', '3']);
  expect(world.home.auth().providers).toEqual({});
});

test('another declaration’s login is neither adopted nor ended, but with --take-over', async () => {
  await using world = await startWorld();
  await adopted(world);
  const other = (yaml: string): void => {
    world.write('gormes.auth.yaml', `version: 1\nname: other\n${yaml}`);
  };
  other(NEITHER);
  expect(await planned(world)).toMatchObject({ empty: true, unmanaged: {} });
  other('providers: { spotify: {} }\nmcp_servers: { linear: { state: logged_out } }');
  expect(lines(await planned(world))).toEqual([
    'blocked spotify other_declaration',
    'blocked mcp:linear other_declaration',
  ]);
  expect(lines(await planned(world, ['--take-over']))).toEqual([
    'adopt spotify other_declaration',
    'mcp_logout mcp:linear declared_absent',
  ]);
  await applied(world, ['--take-over']);
  expect(managed(world)).toEqual({ spotify: { declaration: 'other', client: 'client-1' } });
});

test('auth spotify logout ends what is managed; the next plan says that it is gone', async () => {
  await using world = await startWorld();
  await adopted(world, 'providers: { spotify: {} }');
  await world.gormes(['auth', 'spotify', 'logout']);
  expect(managed(world)).toEqual({});
  expect(lines(await planned(world))).toEqual(['login spotify not_in_pool']);
});

test('a logout that was saved is refused once somebody logged in anew', async () => {
  await using world = await startWorld();
  await adopted(world);
  declare(world, NEITHER);
  await world.gormes(['auth', 'plan', '--out', 'plan']);
  seedMcp(world, 'linear', 'client-2');
  const stale = await world.gormes(['auth', 'apply', 'plan']);
  expect(stale.exitCode).toBe(6);
  expect(stale.stderr).toContain('mcp:linear');
  expect(mcpFiles(world, 'linear')).toHaveLength(3);
  seedMcp(world, 'linear', 'client-1');
  expect(await world.gormes(['auth', 'apply', 'plan'])).toMatchObject({ exitCode: 0 });
  expect(mcpFiles(world, 'linear')).toEqual([]);
});

test('a snapshot tells whose a login is, so that it can be planned against elsewhere', async () => {
  await using world = await startWorld();
  await adopted(world, `${BOTH}\nforget: [xai/none]`);
  const snapshot = (await world.gormes(['auth', 'snapshot'])).stdout;
  world.write('snapshot.json', snapshot);
  declare(world, 'mcp_servers: { notion: {}, nobody: {} }');
  const plan = await planned(world, ['--against', 'snapshot.json']);
  expect(lines(plan)).toEqual([
    'mcp_login mcp:notion not_in_pool',
    'logout spotify not_declared',
    'mcp_logout mcp:linear not_declared',
    'unknown mcp:nobody not_an_oauth_server',
  ]);
  // One that an older gormes took knows nothing of MCP servers.
  const { mcp_servers: _unknown, ...rest } = JSON.parse(snapshot);
  world.write('snapshot.json', JSON.stringify(rest));
  expect(lines(await planned(world, ['--against', 'snapshot.json']))).toEqual([
    'logout spotify not_declared',
    'unknown mcp:notion not_checkable',
    'unknown mcp:nobody not_checkable',
  ]);
});

test('dump declares them; the next plan only adopts', async () => {
  await using world = await startWorld();
  seed(world);
  const dump = await world.gormes(['auth', 'dump']);
  expect(dump.stderr).toBe('0 credentials and 2 logins outside the pool declared.\n');
  world.write('gormes.auth.yaml', dump.stdout);
  expect(lines(await planned(world))).toEqual([
    'adopt spotify login_matches',
    'adopt mcp:linear login_matches',
  ]);
  await applied(world);
});

test('servers that share a file: nobody can say whose login it is', async () => {
  await using world = await startWorld();
  world.home.write(
    'config.yaml',
    `mcp_servers:
  "a b": { url: "https://a.example", auth: oauth }
  a_b: { url: "https://b.example", auth: oauth }
`,
  );
  seedMcp(world, 'a_b', 'client-1');
  declare(world, 'unmanaged: remove\nmcp_servers: { a_b: { state: logged_out } }');
  expect(lines(await planned(world))).toEqual(['unknown mcp:a_b not_an_oauth_server']);
  expect(await world.gormes(['auth', 'apply', '--yes'])).toMatchObject({ exitCode: 4 });
  expect(mcpFiles(world, 'a_b')).toHaveLength(3);
});

test('a token file that cannot be read stops nothing until somebody speaks of its server', async () => {
  await using world = await startWorld();
  seed(world);
  world.home.write('mcp-tokens/notion.json/in-the-way', '');
  declare(world, 'mcp_servers: { linear: {} }');
  expect(lines(await planned(world))).toEqual(['adopt mcp:linear login_matches']);
  declare(world, 'mcp_servers: { notion: {} }');
  const run = await world.gormes(['auth', 'plan']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('[not_a_file]');
  // Nor does a file of settings that is broken, while nothing of it is needed.
  world.home.write('config.yaml', 'display: [');
  declare(world, NEITHER);
  expect(await planned(world)).toMatchObject({ empty: true, unmanaged: { spotify: 1 } });
});

test.each([
  [
    'both protected and logged out',
    'providers: { spotify: { state: logged_out, protect: true } }',
    'field_conflict',
  ],
  [
    'an MCP server, too',
    'mcp_servers: { x: { state: logged_out, protect: true } }',
    'field_conflict',
  ],
  ['declared and forgotten', 'forget: ["mcp:x"]\nmcp_servers: { x: {} }', 'forget_declared'],
  ['declared and ignored', 'ignore: ["mcp:*"]\nmcp_servers: { x: {} }', 'declared_and_ignored'],
  ['declared and ignored', 'ignore: [spotify]\nproviders: { spotify: {} }', 'declared_and_ignored'],
  ['a word that is none', 'mcp_servers: { x: { state: absent } }', 'not_allowed'],
  ['moved', 'moved: [{ from: spotify, to: xai/x }]', 'bad_address'],
])('%s is refused', async (_name, yaml, code) => {
  await using world = await startWorld();
  declare(world, yaml);
  const run = await world.gormes(['auth', 'validate', '--format', 'json']);
  expect(run.exitCode).toBe(3);
  expect(run.stdout).toContain(`"${code}"`);
});

test('mcp logout deletes the stored login, keeps the server, and says what comes back', async () => {
  await using world = await startWorld();
  await adopted(world);
  const config = world.home.read('config.yaml');
  expect(await world.gormes(['mcp', 'logout', 'linear'])).toEqual({
    exitCode: 0,
    stdout: 'Logged out of linear.\n',
    stderr:
      'Note: nothing was revoked at linear.\n' +
      'Note: the declaration test manages this login; its next apply logs in again.\n',
  });
  expect(mcpFiles(world, 'linear')).toEqual([]);
  expect(world.home.read('config.yaml')).toBe(config);
  expect(managed(world)).not.toHaveProperty('mcp:linear');
  const again = await world.gormes(['mcp', 'logout', 'linear', '--json']);
  expect(JSON.parse(again.stdout)).toEqual({ server: 'linear', logged_out: false });
  const { changes } = JSON.parse((await world.gormes(['auth', 'history', '--json'])).stdout);
  expect(changes.at(-1)).toMatchObject({
    action: 'mcp_logout',
    address: 'mcp:linear',
    reason: 'requested',
    result: 'done',
  });
});

test('mcp logout takes what a server left that is gone, and no login of another', async () => {
  await using world = await startWorld();
  seed(world);
  seedMcp(world, 'gone', 'client-4');
  expect(await world.gormes(['mcp', 'logout', 'gone'])).toMatchObject({ exitCode: 0 });
  expect(mcpFiles(world, 'gone')).toEqual([]);
  // This name gives the file of a server that is there.
  for (const name of ['linear!', 'nothing'])
    expect(await world.gormes(['mcp', 'logout', name])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        `error: no MCP server is called "${name}" in config.yaml [mcp_not_configured]\n` +
        'hint: servers with a login: linear and notion\n',
    });
  expect(mcpFiles(world, 'linear')).toHaveLength(3);
});

test.each([
  ['logout', ['logout', 'mcp:linear']],
  ['auth logout', ['auth', 'logout', 'mcp']],
])('%s leads to the command for MCP servers', async (_name, args) => {
  await using world = await startWorld();
  const run = await world.gormes(args);
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('gormes mcp login NAME, or mcp logout NAME');
});
