import { expect, test } from 'vitest';
import { codexSim, openaiError } from '../internet/codex.ts';
import { nousSim } from '../internet/nous.ts';
import { fakeJwt } from '../internet/xai.ts';
import { startWorld, type World } from '../support/world.ts';

const token = { allowSecretOnStdout: true };

/** A Codex login whose access token has run out; its refresh token is `refresh`. */
function seedExpired(world: World, refresh: string): void {
  world.home.seed({
    'openai-codex': [
      {
        label: 'team',
        key: world.secret('expired access token', fakeJwt({ exp: 1000, jti: 'expired' })),
        type: 'oauth',
        source: 'manual:device_code',
        raw: { refresh_token: world.secret('refresh token', refresh) },
      },
    ],
  });
}

test('16 processes on one login that has run out: one request, and all print the new token', async () => {
  const sim = codexSim();
  const refresh = `first-refresh-${'f'.repeat(20)}`;
  sim.tokens.accept(refresh);
  await using world = await startWorld({ hosts: sim.hosts });
  seedExpired(world, refresh);
  const runs = await Promise.all(
    // Who waits longer than a second for the lock is told so, but for --quiet.
    Array.from({ length: 16 }, () =>
      world.gormes(['auth', 'token', 'openai-codex', '--quiet'], token),
    ),
  );
  const [issued] = sim.tokens.issued;
  expect(sim.refreshes).toBe(1);
  for (const run of runs) {
    expect(run).toEqual({ exitCode: 0, stdout: `${issued?.accessToken}\n`, stderr: '' });
  }
  expect(world.home.pool('openai-codex')).toMatchObject([
    { access_token: issued?.accessToken, refresh_token: issued?.refreshToken, label: 'team' },
  ]);
}, 120_000);

test('a refused login exits 5 with the way out; the row is dead and keeps its tokens', async () => {
  const sim = codexSim();
  const refresh = `first-refresh-${'f'.repeat(20)}`;
  sim.detours.next('refresh', openaiError(401, 'refresh_token_invalidated'));
  await using world = await startWorld({ hosts: sim.hosts });
  seedExpired(world, refresh);
  const run = await world.gormes(['auth', 'token', 'openai-codex'], token);
  expect(run).toMatchObject({ exitCode: 5, stdout: '' });
  expect(run.stderr).toContain(
    'error: openai-codex "team" needs a new login (refresh_token_invalidated) [login_needed]',
  );
  expect(run.stderr).toContain('hint: log in again: gormes auth add openai-codex');
  expect(world.home.pool('openai-codex')).toMatchObject([
    { last_status: 'dead', refresh_token: refresh },
  ]);
});

test('a login of Nous that is about to end is refreshed in its state', async () => {
  const sim = nousSim();
  const refresh = `nous-first-${'f'.repeat(20)}`;
  sim.tokens.accept(refresh);
  await using world = await startWorld({ hosts: sim.hosts });
  const exp = Math.floor(Date.now() / 1000) + 60;
  const access = world.secret('access token', fakeJwt({ exp, scope: 'inference:invoke' }));
  const nous = {
    portal_base_url: 'https://portal.nousresearch.com',
    client_id: 'hermes-cli',
    scope: 'inference:invoke',
    access_token: access,
    refresh_token: world.secret('refresh token', refresh),
    agent_key: access,
    agent_key_expires_at: new Date(exp * 1000).toISOString(),
    label: 'portal',
  };
  world.home.seed({}, { providers: { nous } });
  const run = await world.gormes(['auth', 'token', 'nous'], token);
  const [issued] = sim.tokens.issued;
  expect(run).toEqual({ exitCode: 0, stdout: `${issued?.accessToken}\n`, stderr: '' });
  expect(world.home.auth().providers).toMatchObject({
    nous: { refresh_token: issued?.refreshToken, agent_key: issued?.accessToken, label: 'portal' },
  });
});
