import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { spotify } from '../../src/providers/drivers/spotify.ts';
import type { Announcement } from '../../src/providers/oauth.ts';
import { startInternet } from '../internet/internet.ts';
import { redirect, reset, wrongJson } from '../internet/misbehave.ts';
import type { SimReply } from '../internet/simulator.ts';
import { type SpotifySim, spotifySim } from '../internet/spotify.ts';
import { failureOf, testLogin } from '../support/login.ts';

const CLIENT_ID = '0123456789abcdef0123456789abcdef';

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function setUp(more: { readonly scope?: string; readonly rotates?: boolean } = {}) {
  const redirectUri = `http://127.0.0.1:${await freePort()}/spotify/callback`;
  const sim = spotifySim({ clientId: CLIENT_ID, redirectUri, ...more });
  return { sim, redirectUri, options: { clientId: CLIENT_ID, redirectUri } };
}

/** A browser in which the person agrees; the pages that it saw. */
function agreeing(sim: SpotifySim, pages: [status: number, html: string][]) {
  return async (announcement: Announcement) => {
    if (announcement.kind !== 'browser') return undefined;
    const reply = await fetch(sim.authorize(announcement.url));
    pages.push([reply.status, await reply.text()]);
    return undefined;
  };
}

test('a login in the browser gives the session that Hermes keeps', async () => {
  const { sim, redirectUri, options } = await setUp();
  await using internet = await startInternet({ hosts: sim.hosts });
  const pages: [number, string][] = [];
  const { context, shown, clock } = testLogin(internet, { options, person: agreeing(sim, pages) });
  const grant = await spotify.login(context);
  expect(grant).toMatchObject({
    account: undefined,
    expiresAt: clock.now() + 3_600_000,
    facts: {
      client_id: CLIENT_ID,
      redirect_uri: redirectUri,
      accounts_base_url: 'https://accounts.spotify.com',
      api_base_url: 'https://api.spotify.com/v1',
      scope: expect.stringMatching(/^user-modify-playback-state .* user-library-modify$/),
      granted_scope: expect.stringMatching(/^user-modify-playback-state /),
      token_type: 'Bearer',
      expires_in: 3600,
      auth_type: 'oauth_pkce',
    },
  });
  expect(grant.refreshToken?.reveal()).toBe(sim.tokens.issued[0]?.refreshToken);
  expect(shown).toMatchObject([
    { kind: 'browser', port: Number(new URL(redirectUri).port), pastes: 'redirect_url' },
  ]);
  await expect.poll(() => pages).toHaveLength(1);
  expect(pages[0]?.[0]).toBe(200);
  expect(pages[0]?.[1]).toContain('Logged in to Spotify');
});

test("a pasted address does as well, with scopes of one's own, each once", async () => {
  const { sim, options } = await setUp({ scope: 'user-library-read user-read-playback-state' });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet, {
    options: {
      ...options,
      scopes: ['user-library-read', 'user-read-playback-state', 'user-library-read'],
    },
    person: (a) => (a.kind === 'browser' ? sim.authorize(a.url) : undefined),
  });
  expect((await spotify.login(context)).facts).toMatchObject({
    scope: 'user-library-read user-read-playback-state',
  });
});

test('a taken port is told with its owner, and pasting still works', async () => {
  const { sim, options, redirectUri } = await setUp();
  await using internet = await startInternet({ hosts: sim.hosts });
  const squatter = createServer();
  const port = Number(new URL(redirectUri).port);
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  try {
    const { context, shown } = testLogin(internet, {
      options,
      person: (a) => (a.kind === 'browser' ? sim.authorize(a.url) : undefined),
    });
    await spotify.login(context);
    expect(shown).toMatchObject([
      { kind: 'note', text: expect.stringContaining(`port ${port}`) },
      { kind: 'browser', port: undefined, pastes: 'redirect_url' },
    ]);
    if (process.platform === 'linux') {
      expect(shown[0]).toMatchObject({ text: expect.stringContaining(`(pid ${process.pid})`) });
    }
    const nobody = testLogin(internet, { options, canPaste: false });
    expect(await failureOf(spotify.login(nobody.context))).toMatchObject({
      code: 'callback_port_taken',
    });
  } finally {
    squatter.close();
  }
});

test.each([
  ['none', {}, {}, 'spotify_client_id_missing'],
  ['https', { clientId: 'c', redirectUri: 'https://127.0.0.1:1/' }, {}, 'spotify_redirect_invalid'],
  ['no port', { clientId: 'c', redirectUri: 'http://127.0.0.1/' }, {}, 'spotify_redirect_invalid'],
  [
    'another host',
    { clientId: 'c', redirectUri: 'http://evil.example:1/' },
    {},
    'spotify_redirect_invalid',
  ],
  [
    'a name before the host',
    { clientId: 'c', redirectUri: 'http://127.0.0.1:1@evil.example/' },
    {},
    'spotify_redirect_invalid',
  ],
  [
    'http accounts',
    { clientId: 'c' },
    { HERMES_SPOTIFY_ACCOUNTS_BASE_URL: 'http://a.example' },
    'spotify_accounts_url_invalid',
  ],
] as const)('%s is refused before anything is shown', async (_name, options, env, code) => {
  const { context, shown } = testLogin(undefined, { options, env });
  expect(await failureOf(spotify.login(context))).toMatchObject({ code });
  expect(shown).toEqual([]);
});

test('variables name client and redirect', async () => {
  const { sim, redirectUri } = await setUp();
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet, {
    env: { SPOTIFY_CLIENT_ID: CLIENT_ID, HERMES_SPOTIFY_REDIRECT_URI: redirectUri },
    person: agreeing(sim, []),
  });
  expect(await spotify.login(context)).toHaveProperty('accessToken');
});

const ends: [name: string, reply: SimReply, code: string][] = [
  ['a refusal', { status: 400, body: { error: 'invalid_grant' } }, 'login_failed'],
  ['a denial', { status: 400, body: { error: 'access_denied' } }, 'login_denied'],
  ['a redirect', redirect(307, 'https://evil.example/'), 'login_failed'],
  ['HTML', wrongJson, 'login_failed'],
  ['no refresh token', { body: { access_token: 'a', token_type: 'Bearer' } }, 'login_failed'],
  ['a cut connection', reset, 'network_failed'],
];

test.each(ends)('%s at the exchange shows on the page too', async (_name, reply, code) => {
  const { sim, options } = await setUp();
  sim.detours.next('token', reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const pages: [number, string][] = [];
  const { context } = testLogin(internet, { options, person: agreeing(sim, pages) });
  expect(await failureOf(spotify.login(context))).toMatchObject({ code });
  await expect.poll(() => pages).toHaveLength(1);
  expect(pages[0]?.[0]).toBe(400);
  expect(pages[0]?.[1]).toContain('Not logged in to Spotify');
});

test.each([true, false])(
  'a refresh (rotating: %s) keeps the client of the login',
  async (rotates) => {
    const { sim, options } = await setUp({ rotates });
    await using internet = await startInternet({ hosts: sim.hosts });
    const login = testLogin(internet, { options, person: agreeing(sim, []) });
    const grant = await spotify.login(login.context);
    const { context } = testLogin(internet, { env: { SPOTIFY_CLIENT_ID: 'another' } });
    const result = await spotify.refresh(context, grant);
    if (!('grant' in result)) throw new Error('no grant');
    expect(result.grant.facts).toEqual(grant.facts);
    expect(result.grant.refreshToken?.reveal()).toBe(
      sim.tokens.issued[rotates ? 1 : 0]?.refreshToken,
    );
    sim.tokens.revoke(result.grant.refreshToken?.reveal() ?? '');
    expect(await spotify.refresh(context, result.grant)).toMatchObject({
      failure: { kind: 'dead', reason: 'invalid_grant' },
    });
  },
);

test('a stored accounts address that is not https gets no token', async () => {
  const grant = {
    accessToken: new Secret('a'),
    refreshToken: new Secret('r'),
    expiresAt: 0,
    obtainedAt: 0,
    account: undefined,
    facts: { client_id: 'c', accounts_base_url: 'http://evil.example' },
  };
  const attempt = async () => spotify.refresh(testLogin(undefined).context, grant);
  expect(await failureOf(attempt())).toMatchObject({ code: 'spotify_accounts_url_invalid' });
});
