import { expect, test } from 'vitest';
import { spotifySim } from '../internet/spotify.ts';
import { addressIn, freePort } from '../support/browser.ts';
import { KEY, startTerminal } from '../support/dialogue.ts';
import { startWorld } from '../support/world.ts';

const CLIENT_ID = '0123456789abcdef0123456789abcdef';
const ASKS = 'Spotify Client ID:';

test('a first login is led to an app, remembers it, and takes a pasted address', async () => {
  const redirectUri = `http://127.0.0.1:${await freePort()}/spotify/callback`;
  const sim = spotifySim({ clientId: CLIENT_ID, redirectUri });
  await using world = await startWorld({ hosts: sim.hosts });
  world.home.write('.env', '# mine\nOTHER=1\n');
  await using run = startTerminal(world, ['auth', 'spotify', '--redirect-uri', redirectUri], {
    columns: 60,
    env: { NO_COLOR: '1' },
  });
  await run.see('Spotify first-time setup');
  await run.see(redirectUri);
  expect(run.screen).toMatch(new RegExp(`^ +${redirectUri}$`, 'm')); // whole, to be copied
  expect(run.screen.split('\n').filter((line) => [...line].length > 60)).toEqual([]);
  expect(run.screen).toContain('of the app; not\n');
  await run.answer(ASKS, 'https://developer.spotify.com', KEY.enter);
  await run.see('That is no Client ID');
  await run.answer(ASKS, CLIENT_ID, KEY.enter);
  await run.see('Saved HERMES_SPOTIFY_CLIENT_ID and HERMES_SPOTIFY_REDIRECT_URI');
  await run.see('Paste the code or the address');
  const address = addressIn(run.raw);
  run.press('https://accounts.spotify.com/wrong', KEY.enter);
  await run.see('paste the one at which the login ends');
  await run.answer('Paste the code or the address', sim.authorize(address ?? ''), KEY.enter);
  await run.see('Spotify login successful!');
  for (const { accessToken, refreshToken } of sim.tokens.issued) {
    world.secret('access token', accessToken);
    world.secret('refresh token', refreshToken);
  }
  expect(await run.end()).toBe(0);
  expect(world.home.read('.env')).toBe(
    `# mine\nOTHER=1\nHERMES_SPOTIFY_CLIENT_ID=${CLIENT_ID}\nHERMES_SPOTIFY_REDIRECT_URI=${redirectUri}\n`,
  );
  expect(world.home.auth().providers).toMatchObject({ spotify: { client_id: CLIENT_ID } });
});

test.each([
  ['an empty answer', [KEY.enter], 1, 'Spotify setup cancelled: empty Client ID.'],
  ['Ctrl-C', [KEY.ctrlC], 130, 'Interrupted.'],
  ['Ctrl-D', [KEY.ctrlD], 130, 'Interrupted.'],
  ['Esc', ['half of one', KEY.esc], 1, 'error: cancelled'],
])('%s ends the set-up, and nothing is written', async (_name, keys, exitCode, text) => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['auth', 'spotify']);
  await run.answer(ASKS, ...keys);
  expect(await run.end()).toBe(exitCode);
  expect(run.screen).toContain(text);
  expect(world.home.hash()).toBe('absent');
});

test('three wrong answers end the set-up', async () => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['auth', 'spotify']);
  for (const answer of ['no', 'not this', '{}']) await run.answer(ASKS, answer, KEY.enter);
  expect(await run.end()).toBe(1);
  expect(run.screen).toContain('Spotify setup cancelled: that is no Client ID.');
  expect(world.home.hash()).toBe('absent');
});

test('Ctrl-C while the browser is awaited leaves no listener and no trace', async () => {
  const redirectUri = `http://127.0.0.1:${await freePort()}/spotify/callback`;
  await using world = await startWorld();
  const args = ['auth', 'spotify', '--client-id', CLIENT_ID, '--redirect-uri', redirectUri];
  await using run = startTerminal(world, args);
  await run.answer('Paste the code or the address', KEY.ctrlC);
  expect(await run.end()).toBe(130);
  await expect(fetch(redirectUri)).rejects.toThrow();
  expect(world.home.hash()).toBe('absent');
});
