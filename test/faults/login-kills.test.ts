import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startMcp } from '../internet/mcp.ts';
import { nousSim } from '../internet/nous.ts';
import { startOidc } from '../internet/oidc.ts';
import { shownAddress } from '../support/browser.ts';
import { startWorld, type World } from '../support/world.ts';
import { figure, sized } from './sizes.ts';

const HOOK = new URL('./hook.mjs', import.meta.url).href;
const LOGIN = ['auth', 'add', 'nous', '--label', 'portal'];

/** Logs in, killed before its change number `at` of the home, if one is given. */
async function logIn(world: World, at?: number): Promise<number | null> {
  const run = await world.gormes(LOGIN, { env: killedAt(world, at) });
  return run.exitCode;
}

function killedAt(
  world: World,
  at: number | undefined,
): Readonly<Record<string, string | undefined>> {
  const fault = at === undefined ? {} : { FAULT_AT: String(at), FAULT_MODE: 'kill-before' };
  return {
    NODE_OPTIONS: `--import ${HOOK}`,
    FAULT_HOME: world.home.dir,
    FAULT_COUNT: `${world.cwd}/count`,
    ...fault,
  };
}

/** Grants that wait in the inbox. */
function waiting(world: World): string[] {
  if (!world.home.exists('gormes/inbox')) return [];
  return readdirSync(world.home.path('gormes/inbox')).filter((name) => name.endsWith('.json'));
}

function isStored(world: World): boolean {
  return world.home.exists('auth.json') && world.home.pool('nous').length > 0;
}

/** Changes that a whole login makes; far fewer than this. */
const MOST = 60;

test('killed anywhere after its grant is kept, a login is finished by the next command', async () => {
  let recovered = 0;
  let kills = 0;
  for (let at = 1; at <= MOST; at += sized(2, 1)) {
    const sim = nousSim({ interval: 1, pending: 0 });
    await using world = await startWorld({ hosts: sim.hosts });
    world.home.seed({ xai: [{ label: 'other', key: 'fake-other-key' }] });
    if ((await logIn(world, at)) === 0) break; // every change has had its turn
    kills++;
    const kept = waiting(world).length > 0;
    expect(() => world.home.auth(), `at ${at}`).not.toThrow();
    const next = await world.gormes(['auth', 'reset', 'xai']);
    expect(next, `at ${at}: ${next.stderr}`).toMatchObject({ exitCode: 0 });
    expect(waiting(world), `at ${at}`).toEqual([]);
    if (kept) {
      recovered++;
      expect(isStored(world), `at ${at}`).toBe(true);
      expect(world.home.pool('nous')).toMatchObject([{ label: 'portal', source: 'device_code' }]);
    }
  }
  expect(recovered).toBeGreaterThan(0);
  figure(
    `login kills: ${kills} kills, ${recovered} with a kept grant, all of them stored by the next command`,
  );
}, 300_000);

test('so is one at an MCP server, whose files hold all of one login in the end', async () => {
  const resource = 'https://mcp.example/mcp';
  await using oidc = await startOidc({ resource });
  await using mcp = await startMcp({ issuer: oidc.issuer, accepts: async () => true, tools: [] });
  let recovered = 0;
  let kills = 0;
  for (let at = 1; at <= MOST; at += sized(4, 1)) {
    await using world = await startWorld({ hosts: { ...oidc.hosts, ...mcp.hosts } });
    world.home.seed({ xai: [{ label: 'other', key: 'fake-other-key' }] });
    world.home.write('config.yaml', `mcp_servers: { linear: { url: "${resource}", auth: oauth } }`);
    world.allowSecretIn(world.home.path('mcp-tokens/linear.json'));
    const running = world.start(['mcp', 'login', 'linear'], { env: killedAt(world, at) });
    // The page is not answered when the program is killed before.
    await fetch(await oidc.browse(await shownAddress(running), 'agrees')).catch(() => undefined);
    if ((await running.done).exitCode === 0) break;
    kills++;
    const kept = waiting(world).length > 0;
    const next = await world.gormes(['auth', 'reset', 'xai']);
    expect(next, `at ${at}: ${next.stderr}`).toMatchObject({ exitCode: 0 });
    expect(waiting(world), `at ${at}`).toEqual([]);
    if (!kept) continue;
    recovered++;
    const names = readdirSync(world.home.path('mcp-tokens')).sort();
    expect(names, `at ${at}`).toEqual(['linear.client.json', 'linear.json', 'linear.meta.json']);
    expect(world.home.json('mcp-tokens/linear.json'), `at ${at}`).toHaveProperty('refresh_token');
  }
  expect(recovered).toBeGreaterThan(0);
  figure(`MCP login kills: ${kills} kills, ${recovered} with a kept grant, all of them stored`);
}, 300_000);
