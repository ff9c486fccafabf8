import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { type SpotifyOptions, type SpotifySim, spotifySim } from '../internet/spotify.ts';
import { freePort, shownAddress } from '../support/browser.ts';
import { declare, lines, planned } from '../support/declaration.ts';
import { aprilHome } from '../support/homes.ts';
import { type Running, startWorld, type World } from '../support/world.ts';

const CLIENT_ID = '0123456789abcdef0123456789abcdef';
const SCOPES = 'user-read-playback-state user-modify-playback-state';

interface Setup extends AsyncDisposable {
  readonly world: World;
  readonly sim: SpotifySim;
  readonly redirectUri: string;
}

/** A world in which Spotify knows one app. */
async function setUp(more: Partial<SpotifyOptions> = {}): Promise<Setup> {
  const redirectUri = `http://127.0.0.1:${await freePort()}/spotify/callback`;
  const sim = spotifySim({ clientId: CLIENT_ID, redirectUri, ...more });
  const world = await startWorld({ hosts: sim.hosts });
  return { world, sim, redirectUri, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

/** Logs in as a person in a browser does, and remembers the tokens as secrets of the world. */
async function agree({ world, sim }: Setup, running: Running): Promise<string> {
  const reply = await fetch(sim.authorize(await shownAddress(running)));
  for (const { accessToken, refreshToken } of sim.tokens.issued) {
    world.secret('access token', accessToken);
    world.secret('refresh token', refreshToken);
  }
  return await reply.text();
}

function appOptions({ redirectUri }: Setup): string[] {
  return ['--client-id', CLIENT_ID, '--redirect-uri', redirectUri];
}

test('a login in the browser becomes the one session of the home', async () => {
  await using setup = await setUp();
  const { world, sim } = setup;
  world.home.seed(
    { openrouter: [{ label: 'work', key: world.canary('k') }] },
    {
      active_provider: 'nous',
      some_future_key: { keep: 'me' },
    },
  );
  const running = world.start(['auth', 'spotify', ...appOptions(setup)]);
  expect(await agree(setup, running)).toContain('Logged in to Spotify');
  const run = await running.done;
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toBe(
    'Spotify login successful!\n  Auth state: ~/.hermes/auth.json\n  Provider state saved under providers.spotify\n',
  );
  expect(run.stderr).toContain(`Client ID: ${CLIENT_ID}\nRedirect URI: ${setup.redirectUri}\n`);
  const auth = world.home.auth();
  expect(auth).toMatchObject({ active_provider: 'nous', some_future_key: { keep: 'me' } });
  expect(auth.providers).toEqual({
    spotify: {
      client_id: CLIENT_ID,
      redirect_uri: setup.redirectUri,
      accounts_base_url: 'https://accounts.spotify.com',
      api_base_url: 'https://api.spotify.com/v1',
      scope: expect.stringMatching(/^user-modify-playback-state .* user-library-modify$/),
      granted_scope: expect.stringMatching(/^user-modify-playback-state /),
      token_type: 'Bearer',
      access_token: sim.tokens.issued[0]?.accessToken,
      refresh_token: sim.tokens.issued[0]?.refreshToken,
      obtained_at: expect.stringMatching(/^\d{4}-.*\+00:00$/),
      expires_at: expect.stringMatching(/^\d{4}-.*\+00:00$/),
      expires_in: 3600,
      auth_type: 'oauth_pkce',
    },
  });
  expect(world.home.pool('spotify')).toEqual([]);

  const status = await world.gormes(['auth', 'spotify', 'status', '--json']);
  expect(JSON.parse(status.stdout)).toMatchObject({ logged_in: true, client_id: CLIENT_ID });
  const out = await world.gormes(['auth', 'spotify', 'logout']);
  expect(out).toMatchObject({ exitCode: 0 });
  expect(out.stdout).toContain('Logged out of Spotify.');
  expect(world.home.auth()).toMatchObject({ active_provider: 'nous', providers: {} });
  expect((await world.gormes(['auth', 'spotify', 'status'])).stdout).toBe('spotify: logged out\n');
  expect((await world.gormes(['auth', 'spotify', 'logout'])).stdout).toBe(
    'No auth state found for Spotify.\n',
  );
});

test('--json prints the status and nothing else on stdout', async () => {
  await using setup = await setUp();
  const running = setup.world.start(['auth', 'spotify', 'login', ...appOptions(setup), '--json']);
  await agree(setup, running);
  const run = await running.done;
  expect(run.exitCode).toBe(0);
  expect(JSON.parse(run.stdout)).toMatchObject({
    provider: 'spotify',
    logged_in: true,
    redirect_uri: setup.redirectUri,
  });
});

test('settings come from the option, else .env, else the environment, else the stored login', async () => {
  await using setup = await setUp({ scope: SCOPES });
  const { world, redirectUri } = setup;
  world.home.write(
    'auth.json',
    aprilHome.auth.replaceAll('http://127.0.0.1:43827/spotify/callback', redirectUri),
  );
  const asked = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const running = world.start(['auth', 'spotify', ...args], { env });
    const { searchParams } = new URL(await shownAddress(running));
    running.child.kill('SIGINT');
    expect((await running.done).exitCode).toBe(130);
    return Object.fromEntries(searchParams);
  };
  expect(await asked([])).toMatchObject({
    client_id: CLIENT_ID,
    redirect_uri: redirectUri,
    scope: SCOPES,
  });
  expect(await asked([], { SPOTIFY_CLIENT_ID: 'f'.repeat(32) })).toMatchObject({
    client_id: 'f'.repeat(32),
  });
  world.home.write('.env', `HERMES_SPOTIFY_CLIENT_ID=${'a'.repeat(32)}\n`);
  expect(await asked([], { HERMES_SPOTIFY_CLIENT_ID: 'f'.repeat(32) })).toMatchObject({
    client_id: 'a'.repeat(32),
  });
  expect(
    await asked(['--client-id', 'b'.repeat(32), '--scope', 'user-library-read user-library-read']),
  ).toMatchObject({ client_id: 'b'.repeat(32), scope: 'user-library-read' });
});

test('a refused login leaves the old one as it stands', async () => {
  await using setup = await setUp({ scope: SCOPES });
  const { world, redirectUri } = setup;
  world.home.write('auth.json', aprilHome.auth);
  const before = world.home.hash();
  const running = world.start(['auth', 'spotify', '--redirect-uri', redirectUri]);
  const state = new URL(await shownAddress(running)).searchParams.get('state') ?? '';
  await fetch(`${redirectUri}?${new URLSearchParams({ error: 'access_denied', state })}`);
  const run = await running.done;
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('[login_denied]');
  expect(world.home.hash()).toBe(before);
});

test('without a client id and without a terminal it says how to get one, and nothing is written', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'spotify']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('[spotify_client_id_missing]');
  expect(run.stderr).toContain('gormes auth spotify --client-id ID');
  expect(world.home.hash()).toBe('absent');
});

test('a redirect URI that no listener can serve is refused before anything is asked', async () => {
  await using world = await startWorld();
  for (const uri of ['https://127.0.0.1:1/x', 'http://example.com:80/x', 'http://127.0.0.1/x']) {
    const run = await world.gormes([
      'auth',
      'spotify',
      '--client-id',
      'a'.repeat(32),
      '--redirect-uri',
      uri,
    ]);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('[spotify_redirect_invalid]');
  }
});

test('a port that is taken ends the login with the name of what has it', async () => {
  await using setup = await setUp();
  const { world, redirectUri } = setup;
  const other = createServer();
  await new Promise<void>((resolve) =>
    other.listen(Number(new URL(redirectUri).port), '127.0.0.1', resolve),
  );
  const run = await world.gormes(['auth', 'spotify', ...appOptions(setup)]);
  await new Promise((resolve) => other.close(resolve));
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('[callback_port_taken]');
});

test.each([
  ['another word', ['frobnicate'], 1, 'Unknown Spotify auth action: frobnicate\n'],
  ['an empty --timeout', ['--timeout='], 64, '--timeout takes a number of seconds'],
  ['a --timeout of letters', ['--timeout', 'soon'], 64, '--timeout takes a number of seconds'],
  ['an option that is none', ['--portal-url', 'x'], 64, '--portal-url'],
])('%s is refused', async (_name, args, exitCode, text) => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'spotify', ...args]);
  expect(run).toMatchObject({ exitCode, stdout: '' });
  expect(run.stderr).toContain(text);
  expect(world.home.hash()).toBe('absent');
});

test('a key in place of the action is not repeated', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'spotify', world.canary('key')]);
  expect(run.exitCode).toBe(1);
});

test('a declared session is planned, logged in by apply, and planned again when it differs', async () => {
  await using setup = await setUp({ scope: 'user-library-read user-read-playback-state' });
  const { world, redirectUri } = setup;
  world.home.write('.env', `HERMES_SPOTIFY_REDIRECT_URI=${redirectUri}\n`);
  const session = (fields: string) => declare(world, `providers:\n  spotify: ${fields}\n`);
  session(`{ client_id: ${CLIENT_ID}, scopes: [user-library-read, user-read-playback-state] }`);
  expect(lines(await planned(world))).toEqual(['login spotify not_in_pool']);

  const waiting = await world.gormes(['auth', 'apply', '--yes']);
  expect(waiting).toMatchObject({ exitCode: 5 });
  expect(world.home.exists('auth.json')).toBe(false);

  const running = world.start(['auth', 'apply', '--yes', '--only-logins']);
  await agree(setup, running);
  expect(await running.done).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Apply complete'),
  });
  expect(await planned(world)).toMatchObject({ empty: true, unchanged: 1 });

  session(`{ client_id: ${CLIENT_ID}, scopes: [user-library-read] }`);
  expect(lines(await planned(world)), 'more than is declared is no difference').toEqual([]);
  session(`{ client_id: ${CLIENT_ID}, scopes: [user-library-read, user-follow-read] }`);
  expect(lines(await planned(world))).toEqual(['relogin spotify scopes_changed']);
  session(`{ client_id: ${'f'.repeat(32)} }`);
  expect(lines(await planned(world))).toEqual(['relogin spotify client_changed']);
});

test('a declared session whose tokens are gone is logged in again', async () => {
  await using world = await startWorld();
  world.home.write(
    'auth.json',
    `${JSON.stringify({
      version: 1,
      providers: { spotify: { client_id: CLIENT_ID, last_auth_error: { code: 'invalid_grant' } } },
    })}\n`,
  );
  declare(world, 'providers:\n  spotify: {}\n');
  expect(lines(await planned(world))).toEqual(['relogin spotify token_dead']);
});
