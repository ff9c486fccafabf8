import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

interface Case {
  readonly name: string;
  readonly provider: string;
  readonly home?: (world: World) => void;
  readonly env?: (world: World) => Record<string, string>;
  readonly stdout: string;
}

const PAST = '2026-01-01T00:00:00+00:00';
const FUTURE = '2099-01-01T00:00:00+00:00';
const seeded =
  (provider: string, raw: Record<string, string | number | null> = {}) =>
  (world: World) =>
    world.home.seed({ [provider]: [{ label: 'a', key: world.canary('k'), raw }] });
const config = (text: string) => (world: World) => world.home.write('config.yaml', text);
const executable = (world: World): string => {
  const file = world.write('my-copilot', '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
};

const CASES: readonly Case[] = [
  {
    name: 'a key in the pool',
    provider: 'openrouter',
    home: seeded('openrouter'),
    stdout: 'openrouter: logged in',
  },
  {
    name: 'a key in the environment',
    provider: 'or',
    env: () => ({ OPENROUTER_API_KEY: 'k' }),
    stdout: 'openrouter: logged in',
  },
  { name: 'nothing', provider: 'xai', stdout: 'xai: logged out' },
  {
    name: 'a cooldown passes',
    provider: 'xai',
    home: seeded('xai', {
      last_status: 'exhausted',
      last_error_code: 429,
      last_error_reset_at: 4_102_444_800,
    }),
    stdout: 'xai: logged in',
  },
  {
    name: 'a variable that is not set here',
    provider: 'xai',
    home: (world) => world.home.seed({ xai: [{ label: 'a', key: '', source: 'env:XAI_API_KEY' }] }),
    stdout: 'xai: logged out (what it comes from is not set here)',
  },
  {
    name: 'a custom endpoint',
    provider: 'lab',
    home: config('providers: { l: { name: Lab, api: http://l/v1, api_key: k } }\n'),
    stdout: 'custom:lab: logged in',
  },
  {
    name: 'a custom endpoint without a key',
    provider: 'custom:lab',
    home: config('providers: { l: { name: Lab, api: http://l/v1 } }\n'),
    stdout: 'custom:lab: logged out',
  },
  {
    name: 'a login that can be refreshed, with its end',
    provider: 'minimax-oauth',
    home: (world) =>
      world.home.seed(
        {},
        {
          providers: {
            'minimax-oauth': {
              access_token: world.canary('t'),
              refresh_token: world.canary('r'),
              expires_at: PAST,
            },
          },
        },
      ),
    stdout: `minimax-oauth: logged in\n  expires_at: ${PAST}`,
  },
  {
    name: 'a login that has run out',
    provider: 'minimax-oauth',
    home: (world) =>
      world.home.seed(
        {},
        { providers: { 'minimax-oauth': { access_token: world.canary('t'), expires_at: PAST } } },
      ),
    stdout: 'minimax-oauth: logged out (the login has run out)',
  },
  {
    name: 'the Qwen CLI',
    provider: 'qwen-oauth',
    home: (world) =>
      void world.write(
        '~/.qwen/oauth_creds.json',
        JSON.stringify({ access_token: world.canary('q'), refresh_token: 'r', expiry_date: 1 }),
      ),
    stdout: 'qwen-oauth: logged in',
  },
  {
    name: 'a spotify session',
    provider: 'spotify',
    home: (world) =>
      world.home.seed(
        {},
        { providers: { spotify: { access_token: world.canary('s'), expires_at: FUTURE } } },
      ),
    stdout: `spotify: logged in\n  expires_at: ${FUTURE}`,
  },
  {
    name: 'a spotify session that ended',
    provider: 'spotify',
    home: (world) =>
      world.home.seed(
        {},
        { providers: { spotify: { access_token: world.canary('s'), expires_at: PAST } } },
      ),
    stdout: 'spotify: logged out',
  },
  {
    name: 'AWS by its bearer token',
    provider: 'aws',
    env: (world) => ({ AWS_BEARER_TOKEN_BEDROCK: world.canary('aws'), AWS_PROFILE: 'p' }),
    stdout: 'bedrock: logged in\n  source: AWS_BEARER_TOKEN_BEDROCK',
  },
  {
    name: 'AWS by an access key',
    provider: 'bedrock',
    env: (world) => ({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: world.canary('aws') }),
    stdout: 'bedrock: logged in\n  source: AWS_ACCESS_KEY_ID',
  },
  {
    name: 'half an AWS access key',
    provider: 'bedrock',
    env: () => ({ AWS_ACCESS_KEY_ID: 'id' }),
    stdout: 'bedrock: logged out',
  },
  {
    name: 'an AWS profile',
    provider: 'bedrock',
    env: () => ({ AWS_PROFILE: 'p' }),
    stdout: 'bedrock: logged in\n  source: AWS_PROFILE',
  },
  {
    name: 'the AWS credentials file',
    provider: 'bedrock',
    home: (world) => void world.write('~/.aws/credentials', '[default]\n'),
    stdout: 'bedrock: logged in\n  source: ~/.aws/credentials',
  },
  {
    name: 'a key in the pool of bedrock, which nobody uses',
    provider: 'bedrock',
    home: seeded('bedrock'),
    stdout: 'bedrock: logged out',
  },
  {
    name: 'a Vertex service account',
    provider: 'vertex',
    env: (world) => ({ GOOGLE_APPLICATION_CREDENTIALS: world.write('sa.json', '{}') }),
    stdout: 'vertex: logged in\n  source: GOOGLE_APPLICATION_CREDENTIALS',
  },
  {
    name: 'a Vertex service account that is not there',
    provider: 'vertex',
    env: () => ({ VERTEX_CREDENTIALS_PATH: '/nowhere/sa.json' }),
    stdout: 'vertex: logged out',
  },
  {
    name: 'Google’s default credentials',
    provider: 'vertex',
    home: (world) =>
      void world.write('~/.config/gcloud/application_default_credentials.json', '{}'),
    stdout: 'vertex: logged in\n  source: ~/.config/gcloud/application_default_credentials.json',
  },
  {
    name: 'the copilot program on the PATH',
    provider: 'copilot-acp',
    home: (world) => world.program('copilot', {}),
    stdout: 'copilot-acp: logged in\n  source: copilot on the PATH',
  },
  {
    name: 'the copilot program by its variable',
    provider: 'copilot-acp',
    env: (world) => ({ HERMES_COPILOT_ACP_COMMAND: executable(world) }),
    stdout: 'copilot-acp: logged in\n  source: HERMES_COPILOT_ACP_COMMAND',
  },
  {
    name: 'a copilot program that is not there',
    provider: 'copilot-acp',
    env: () => ({ HERMES_COPILOT_ACP_COMMAND: 'nope' }),
    stdout: 'copilot-acp: logged out',
  },
  {
    name: 'a copilot server',
    provider: 'copilot-acp',
    env: () => ({ COPILOT_ACP_BASE_URL: 'acp+tcp://127.0.0.1:1' }),
    stdout: 'copilot-acp: logged in\n  source: COPILOT_ACP_BASE_URL',
  },
  {
    name: 'azure by its pool, which Hermes ignores',
    provider: 'azure',
    home: seeded('azure-foundry'),
    stdout: 'azure-foundry: logged in',
  },
  {
    name: 'azure by its variable',
    provider: 'azure-foundry',
    env: () => ({ AZURE_FOUNDRY_API_KEY: 'k' }),
    stdout: 'azure-foundry: logged in',
  },
  {
    name: 'azure without keys',
    provider: 'azure-foundry',
    home: config(
      'model: { provider: azure-foundry, auth_mode: entra_id, entra: { scope: https://x/.default } }\n',
    ),
    stdout: 'azure-foundry: logged in\n  auth_type: entra_id\n  scope: https://x/.default',
  },
  {
    name: 'azure with neither',
    provider: 'azure-foundry',
    home: config('model: { provider: azure-foundry, auth_mode: api_key }\n'),
    stdout: 'azure-foundry: logged out',
  },
];

test.each(CASES)('$name: $stdout', async ({ provider, home, env, stdout }) => {
  await using world = await startWorld();
  home?.(world);
  const options = { env: env?.(world) ?? {} };
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'status', provider], options);
  expect(run).toEqual({ exitCode: 0, stdout: `${stdout}\n`, stderr: '' });
  const coded = await world.gormes(['auth', 'status', provider, '--exit-code'], options);
  expect(coded.exitCode).toBe(stdout.includes('logged in') ? 0 : 1);
  expect(world.home.hash()).toBe(before);
  const json = JSON.parse(
    (await world.gormes(['auth', 'status', provider, '--json'], options)).stdout,
  );
  expect(json.logged_in).toBe(stdout.includes('logged in'));
});

test('an unknown provider is an error, not logged out', async () => {
  await using world = await startWorld();
  expect(await world.gormes(['auth', 'status', 'opnrouter'])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'Unknown provider: opnrouter\nhint: did you mean "openrouter"?\n',
  });
});

test('JSON has every key, null where nothing is known', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'a', key: world.canary('k') }] });
  const run = await world.gormes(['auth', 'status', 'xai', '--json']);
  expect(JSON.parse(run.stdout)).toEqual({
    provider: 'xai',
    logged_in: true,
    error: null,
    credentials: 1,
    auth_type: null,
    client_id: null,
    redirect_uri: null,
    scope: null,
    expires_at: null,
    api_base_url: null,
    source: null,
  });
});
