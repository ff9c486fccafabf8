/**
 * Where the commands of the documents run: a home as a person has one after some months, the files
 * that the documents speak of, stand-ins for programs of others, and the simulated internet.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anthropicSim } from '../internet/anthropic.ts';
import { CHECKS, type CheckMood, checkHosts } from '../internet/checks.ts';
import { codexSim } from '../internet/codex.ts';
import { type Hosts, startInternet } from '../internet/internet.ts';
import { startMcp } from '../internet/mcp.ts';
import { nousSim } from '../internet/nous.ts';
import { startOidc } from '../internet/oidc.ts';
import type { Handler } from '../internet/simulator.ts';
import { spotifySim } from '../internet/spotify.ts';
import { fakeJwt } from '../internet/xai.ts';
import { zai } from '../internet/zai.ts';
import { freePort } from '../support/browser.ts';
import { startWorld, type World } from '../support/world.ts';
import { type BlockRun, type Person, runBlock } from './run-block.ts';

const RESOURCE = 'https://mcp.example/mcp';

/** Programs of others that the documents call. What they do with a key is not our subject. */
const STAND_INS = ['python', 'llm', 'claude', 'codex', 'chezmoi', 'op', 'my-vault'];

/** Keys of the home. They are no canaries: `auth token` shows them, as it should. */
const KEYS = {
  work: 'key-of-work',
  old: 'key-of-an-old-account',
  variable: 'key-of-the-variable',
  openai: 'key-of-openai',
  anthropic: 'key-of-anthropic',
  anthropicWork: 'key-of-anthropic-at-work',
  max: `sk-ant-oat01-${'m'.repeat(40)}`,
  codex: codexToken(),
} as const;

/** The simulated internet of the documents, and the person who meets its pages. */
export interface Network extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly redirectUri: string;
  readonly person: Person;
}

/** One for all blocks: certificates are dear, and no block depends on what another one did there. */
export async function startNetwork(): Promise<Network> {
  const anthropic = anthropicSim({ email: 'alice@example.com' });
  const redirectUri = `http://127.0.0.1:${await freePort()}/spotify/callback`;
  const spotify = spotifySim({ clientId: 'ID', redirectUri });
  const oidc = await startOidc({ resource: RESOURCE });
  const mcp = await startMcp({
    issuer: oidc.issuer,
    accepts: (token) => oidc.accepts(token, RESOURCE),
    tools: ['search'],
  });
  const moods: Record<string, CheckMood> = {};
  for (const key of Object.values(KEYS)) moods[key] = 'valid';
  const checks = checkHosts(CHECKS, moods);
  const internet = await startInternet({
    hosts: {
      ...checks,
      ...zai({ keys: {} }),
      'openrouter.ai': (request) =>
        request.path.endsWith('/chat/completions')
          ? { body: { choices: [] } }
          : handlerOf(checks['openrouter.ai'])(request),
      // The table of checks knows keys alone, and here is a login too.
      'api.anthropic.com': () => ({ body: { data: [{ id: 'some-model' }] } }),
      ...anthropic.hosts,
      ...codexSim({ interval: '1', pending: 0 }).hosts,
      ...nousSim({ interval: 1 }).hosts,
      ...spotify.hosts,
      ...oidc.hosts,
      ...mcp.hosts,
    },
  });
  return {
    env: { ...internet.env, CURL_CA_BUNDLE: internet.authority.file },
    redirectUri,
    // Reads a code off the page, or lets the browser come back.
    person: async (address) => {
      const { host } = new URL(address);
      if (host === 'claude.ai') return `${anthropic.authorize(address)}\r`;
      if (host === 'accounts.spotify.com') await fetch(spotify.authorize(address));
      if (host === 'as.example') await fetch(await oidc.browse(address, 'agrees'));
      return undefined;
    },
    [Symbol.asyncDispose]: async () => {
      await mcp[Symbol.asyncDispose]();
      await oidc[Symbol.asyncDispose]();
      await internet[Symbol.asyncDispose]();
    },
  };
}

/** Runs a block in a world of its own, as `furnish` leaves it. */
export async function runOnStage(network: Network, block: string): Promise<BlockRun> {
  await using world = await startWorld({ env: network.env });
  furnish(world, network.redirectUri);
  if (block.includes('plan.gormes')) await world.gormes(['auth', 'plan', '--out', 'plan.gormes']);
  return await runBlock(world, block, network.person);
}

function handlerOf(host: Hosts[string] | undefined): Handler {
  if (host === undefined) throw new Error('no such host');
  return typeof host === 'function' ? host : host.handle;
}

/** Puts the built program on the PATH of a world. */
export function putOnPath(world: World): void {
  script(world, 'gormes', `#!/bin/sh\nexec '${process.execPath}' '${world.programFile}' "$@"\n`);
}

function script(world: World, name: string, text: string): void {
  const file = join(world.env.PATH?.split(':')[0] ?? '', name);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

function furnish(world: World, redirectUri: string): void {
  putOnPath(world);
  for (const name of STAND_INS) world.program(name, { stdout: 'key-from-elsewhere\n' });
  world.home.seed(
    {
      openrouter: [
        { label: 'work', key: KEYS.work },
        { label: 'old-key', key: KEYS.old },
      ],
      'openai-api': [{ label: 'work', key: KEYS.openai }],
      anthropic: [
        { label: 'api', key: KEYS.anthropic },
        { label: 'work', key: KEYS.anthropicWork },
        {
          label: 'max',
          key: KEYS.max,
          type: 'oauth',
          source: 'manual:hermes_pkce',
          raw: { refresh_token: 'refresh-of-max', expires_at_ms: inHours(8) },
        },
      ],
      'openai-codex': [
        {
          label: 'team',
          key: KEYS.codex,
          type: 'oauth',
          source: 'manual:device_code',
          raw: { refresh_token: 'refresh-of-team' },
        },
      ],
    },
    { active_provider: 'openai-codex' },
  );
  world.home.write(
    'config.yaml',
    `# Settings of Hermes\nmcp_servers:\n  linear: { url: "${RESOURCE}", auth: oauth }\n`,
  );
  world.home.write(
    '.env',
    `HERMES_SPOTIFY_CLIENT_ID=ID\nHERMES_SPOTIFY_REDIRECT_URI=${redirectUri}\nOPENROUTER_API_KEY=${KEYS.variable}\n`,
  );
  world.write('~/.secrets/openrouter-work', `${KEYS.work}\n`);
  world.write(
    'gormes.auth.yaml',
    `version: 1
name: example
providers:
  openrouter:
    credentials:
      personal: { api_key: "env:OPENROUTER_API_KEY" }
      work: { api_key: "file:~/.secrets/openrouter-work" }
      old-key: { state: absent }
`,
  );
  world.write('snapshots/README', 'of each machine one\n');
  world.write('~/.config/fish/completions/README', 'fish makes this folder\n');
  world.write('~/.config/gormes/auth.yaml', 'version: 1\n');
  chmodSync(world.write('run.sh', '#!/bin/sh\n'), 0o700);
  world.write('key.txt', 'key-of-a-file\n');
  world.write('error.json', '{"error":{"code":"invalid_api_key"}}\n');
  world.write('request.json', '{}\n');
  world.write('answers.yaml', 'agent: { max_turns: 90 }\n');
}

function inHours(hours: number): number {
  return Date.now() + hours * 3_600_000;
}

function codexToken(): string {
  return fakeJwt({
    exp: Math.floor(inHours(240) / 1000),
    'https://api.openai.com/auth': { chatgpt_account_id: 'account-1', chatgpt_plan_type: 'plus' },
  });
}
