import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

/**
 * Every output template of the commands that Hermes has too (cli-surface §2–§7, §10), byte for byte.
 * Where gormes differs, docs/reference/parity.md says so and the name of the case does. Lines on stderr below
 * the one of Hermes are hints.
 */
interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly home?: (world: World) => void;
  readonly input?: string;
  readonly exitCode?: number;
  readonly stdout?: string;
  /** First line. */
  readonly stderr?: string;
}

const NOW = Date.now() / 1000;
/** Half a minute more, so that the minutes shown do not depend on the speed of the test. */
const later = (seconds: number): number => NOW + seconds + 30;
const failed = (code: number | null, more: Record<string, string | number> = {}) => ({
  last_status: 'exhausted',
  last_status_at: NOW,
  last_error_code: code,
  ...more,
});

function two(world: World): void {
  world.home.seed({
    openrouter: [
      { label: 'personal', key: world.canary('one'), id: 'aaaaaa' },
      { label: 'work', key: world.canary('two'), id: 'bbbbbb' },
    ],
  });
}

function statuses(world: World): void {
  const rows: [string, Record<string, string | number | null>][] = [
    ['ok', {}],
    ['429 1h', failed(429, { last_error_reset_at: later(3600) })],
    ['reset 2d', failed(429, { last_error_reset_at: later(2 * 86_400 + 3 * 3600) })],
    ['401', failed(401, { last_error_reason: 'invalid_api_key' })],
    ['402', failed(402, { last_error_reset_at: NOW - 1 })],
    ['nocode', { last_status: 'exhausted', last_status_at: null }],
    ['dead', { last_status: 'dead', last_status_at: NOW, last_error_code: 401 }],
  ];
  world.home.seed({
    openrouter: rows.map(([label, raw]) => ({ label, key: world.canary(label), raw })),
    anthropic: [
      {
        label: 'a label that is much longer than twenty',
        key: world.canary('login'),
        type: 'oauth',
        source: 'manual:hermes_pkce',
      },
    ],
  });
}

function lab(world: World): void {
  world.home.write(
    'config.yaml',
    'custom_providers:\n  - name: My Lab (GPU)\n    base_url: http://localhost:8000/v1\n',
  );
}

const nousModel = 'model:\n  provider: nous\n  base_url: https://x.example/v1\n';
function nous(world: World): void {
  world.home.seed(
    { nous: [{ label: 'n', key: world.canary('nous'), type: 'oauth', source: 'device_code' }] },
    {
      providers: { nous: { access_token: world.canary('nous') } },
      active_provider: 'nous',
    },
  );
}

const CASES: readonly Case[] = [
  // auth add (§2)
  {
    name: 'add: the provider is required; usage is 64, in Hermes 2',
    args: ['auth', 'add'],
    exitCode: 64,
    stderr: 'error: an argument is missing [usage]',
  },
  {
    name: 'add: a type that is none',
    args: ['auth', 'add', 'openrouter', '--type', 'foo'],
    exitCode: 64,
    stderr:
      "error: argument --type: invalid choice (choose from 'oauth', 'api-key', 'api_key') [usage]",
  },
  {
    name: 'add: an unknown provider',
    args: ['auth', 'add', 'nowhere', '--api-key', 'x'],
    exitCode: 1,
    stderr: 'Unknown provider: nowhere',
  },
  {
    name: 'add: an endpoint that nobody defined; Hermes takes it',
    args: ['auth', 'add', 'custom:typo', '--api-key', 'x'],
    exitCode: 1,
    stderr: 'Unknown provider: custom:typo',
  },
  {
    name: 'add: nothing on standard input',
    args: ['auth', 'add', 'openrouter'],
    input: '',
    exitCode: 1,
    stderr: 'No API key provided.',
  },
  {
    name: 'add: an empty key',
    args: ['auth', 'add', 'openrouter', '--api-key='],
    exitCode: 1,
    stderr: 'No API key provided.',
  },
  {
    name: 'add: the first key',
    args: ['auth', 'add', 'openrouter', '--type', 'api-key'],
    input: '  k1  \n',
    stdout: 'Added openrouter credential #1: "api-key-1"\n',
  },
  {
    name: 'add: the third, by the alias, with the default label',
    args: ['auth', 'add', ' OR ', '--type=api_key', '--api-key=k3'],
    home: two,
    stdout: 'Added openrouter credential #3: "api-key-3"\n',
  },
  {
    name: 'add: beginnings of options, and one that does not apply',
    args: ['auth', 'add', 'open-router', '--ty', 'api-key', '--la= lab ', '--api', 'k', '--no-b'],
    stdout: 'Added openrouter credential #1: "lab"\n',
  },
  {
    name: 'add: an OAuth login where there is none',
    args: ['auth', 'add', 'openrouter', '--type', 'oauth'],
    exitCode: 1,
    stderr: '`gormes auth add openrouter` is not implemented for auth type oauth yet.',
  },
  {
    name: 'add: a custom endpoint by its display name',
    args: ['auth', 'add', 'My Lab (GPU)', '--api-key', 'k'],
    home: lab,
    stdout: 'Added custom:my-lab-(gpu) credential #1: "api-key-1"\n',
  },
  // auth list (§3)
  { name: 'list: an empty home prints nothing on stdout', args: ['auth', 'list'], stdout: '' },
  {
    name: 'list: a provider without entries prints nothing on stdout',
    args: ['auth', 'list', 'xai'],
    home: two,
    stdout: '',
  },
  {
    name: 'list: an unknown provider is an error; Hermes prints nothing',
    args: ['auth', 'list', 'nowhere'],
    exitCode: 1,
    stderr: 'Unknown provider: nowhere',
  },
  {
    name: 'list: all providers, with every status; Hermes shows nothing for a dead one',
    args: ['auth', 'list'],
    home: statuses,
    stdout: `anthropic (1 credentials):
  #1  a label that is much longer than twenty oauth   hermes_pkce ←

openrouter (7 credentials):
  #1  ok                   api_key manual ←
  #2  429 1h               api_key manual rate-limited (429) (1h 0m left)
  #3  reset 2d             api_key manual rate-limited (429) (2d 3h left)
  #4  401                  api_key manual auth failed invalid_api_key (401) (re-auth may be required)
  #5  402                  api_key manual exhausted (402) (ready to retry)
  #6  nocode               api_key manual exhausted
  #7  dead                 api_key manual dead (401) (needs a new key)

`,
  },
  {
    name: 'list: one provider, by an alias that Hermes does not take here',
    args: ['auth', 'list', 'claude'],
    home: statuses,
    stdout: `anthropic (1 credentials):
  #1  a label that is much longer than twenty oauth   hermes_pkce ←

`,
  },
  // auth remove (§4)
  {
    name: 'remove: by label, in another case',
    args: ['auth', 'remove', 'openrouter', ' WORK '],
    home: two,
    stdout: 'Removed openrouter credential #2 (work)\n',
  },
  {
    name: 'remove: by id',
    args: ['auth', 'remove', 'openrouter', 'aaaaaa'],
    home: two,
    stdout: 'Removed openrouter credential #1 (personal)\n',
  },
  {
    name: 'remove: by position',
    args: ['auth', 'remove', 'or', '02'],
    home: two,
    stdout: 'Removed openrouter credential #2 (work)\n',
  },
  {
    name: 'remove: nothing of that name',
    args: ['auth', 'remove', 'openrouter', 'zzz'],
    home: two,
    exitCode: 1,
    stderr: 'No credential matching "zzz". Provider: openrouter.',
  },
  {
    name: 'remove: a position past the end',
    args: ['auth', 'remove', 'openrouter', '3'],
    home: two,
    exitCode: 1,
    stderr: 'No credential #3. Provider: openrouter.',
  },
  {
    name: 'remove: an empty target',
    args: ['auth', 'remove', 'openrouter', ''],
    home: two,
    exitCode: 1,
    stderr: 'No credential target provided. Provider: openrouter.',
  },
  {
    name: 'remove: a label of two',
    args: ['auth', 'remove', 'openrouter', 'twin'],
    home: (world) =>
      world.home.seed({
        openrouter: [
          { label: 'twin', key: world.canary('one'), id: 'aaaaaa' },
          { label: 'Twin', key: world.canary('two'), id: 'bbbbbb' },
        ],
      }),
    exitCode: 1,
    stderr:
      'Ambiguous credential label "twin". Use the numeric index or entry id instead. Provider: openrouter.',
  },
  {
    name: 'remove: both arguments are required',
    args: ['auth', 'remove', 'openrouter'],
    exitCode: 64,
    stderr: 'error: an argument is missing [usage]',
  },
  // auth reset (§5)
  {
    name: 'reset: the entries that had a mark are counted',
    args: ['auth', 'reset', 'openrouter'],
    home: statuses,
    stdout: 'Reset status on 6 openrouter credentials\n',
  },
  {
    name: 'reset: nothing to reset',
    args: ['auth', 'reset', 'xai'],
    home: two,
    stdout: 'Reset status on 0 xai credentials\n',
  },
  {
    name: 'reset: one entry, which Hermes cannot',
    args: ['auth', 'reset', 'openrouter', 'dead'],
    home: statuses,
    stdout: 'Reset status on openrouter credential "dead"\n',
  },
  // auth status (§6)
  {
    name: 'status: logged out',
    args: ['auth', 'status', 'openai-codex'],
    stdout: 'openai-codex: logged out\n',
  },
  {
    name: 'status: logged out, with the reason',
    args: ['auth', 'status', 'openrouter'],
    home: (world) =>
      world.home.seed({
        openrouter: [{ label: 'd', key: world.canary('k'), raw: { last_status: 'dead' } }],
      }),
    stdout: 'openrouter: logged out (the credentials are dead)\n',
  },
  {
    name: 'status: logged in, for a provider of which Hermes always says logged out',
    args: ['auth', 'status', 'openrouter'],
    home: two,
    stdout: 'openrouter: logged in\n',
  },
  {
    name: 'status: logged in, with all six fields',
    args: ['auth', 'status', 'spotify'],
    home: (world) =>
      world.home.seed(
        {},
        {
          providers: {
            spotify: {
              client_id: '0123456789abcdef0123456789abcdef',
              redirect_uri: 'http://127.0.0.1:43827/spotify/callback',
              scope: 'user-read-playback-state',
              access_token: world.canary('a', 'BQ'),
              refresh_token: world.canary('r', 'AQ'),
              expires_at: '2026-04-28T08:00:00+00:00',
              auth_type: 'oauth_pkce',
              api_base_url: 'https://api.spotify.com/v1',
            },
          },
        },
      ),
    stdout: `spotify: logged in
  auth_type: oauth_pkce
  client_id: 0123456789abcdef0123456789abcdef
  redirect_uri: http://127.0.0.1:43827/spotify/callback
  scope: user-read-playback-state
  expires_at: 2026-04-28T08:00:00+00:00
  api_base_url: https://api.spotify.com/v1
`,
  },
  {
    name: 'status: an empty name',
    args: ['auth', 'status', ''],
    exitCode: 1,
    stderr: 'Provider is required. Example: `gormes auth status nous`.',
  },
  {
    name: 'status: the provider is required',
    args: ['auth', 'status'],
    exitCode: 64,
    stderr: 'error: an argument is missing [usage]',
  },
  // auth logout, logout (§7)
  {
    name: 'logout: an unknown provider',
    args: ['auth', 'logout', 'nowhere'],
    exitCode: 1,
    stderr: 'Unknown provider: nowhere',
  },
  {
    name: 'logout: nobody is logged in',
    args: ['logout'],
    stdout: 'No provider is currently logged in.\n',
  },
  {
    name: 'logout: nothing is stored',
    args: ['auth', 'logout', 'nous'],
    home: two,
    stdout: 'No auth state found for Nous Portal.\n',
  },
  {
    name: 'logout: the model uses another provider',
    args: ['logout', '--provider', 'nous'],
    home: nous,
    stdout: 'Logged out of Nous Portal.\nModel provider configuration was unchanged.\n',
  },
  {
    name: 'logout: the model used it',
    args: ['logout'],
    home: (world) => {
      nous(world);
      world.home.write('config.yaml', nousModel);
    },
    stdout:
      'Logged out of Nous Portal.\nRun `gormes model` or configure an API key to use Hermes.\n',
  },
  {
    name: 'logout: the model used it, and OpenRouter is there',
    args: ['auth', 'logout', 'nous'],
    home: (world) => {
      nous(world);
      world.home.write('config.yaml', nousModel);
      world.home.write('.env', `OPENROUTER_API_KEY=${world.canary('or')}\n`);
    },
    stdout: 'Logged out of Nous Portal.\nHermes will use OpenRouter for inference.\n',
  },
  {
    name: 'logout: a provider of API keys, which Hermes does not know here',
    args: ['auth', 'logout', 'openrouter'],
    home: two,
    stdout: 'Logged out of OpenRouter.\nModel provider configuration was unchanged.\n',
  },
  {
    name: 'logout: auth logout needs the provider',
    args: ['auth', 'logout'],
    exitCode: 64,
    stderr: 'error: the following arguments are required: provider [usage]',
  },
  // login (§10; design §14.9)
  {
    name: 'login: points to auth add, and fails; Hermes exits 0',
    args: ['login', '--provider', 'nous', '--no-browser', 'sk-or-v1-0123456789abcdef'],
    exitCode: 1,
    stderr: 'error: there is no login command [login_moved]',
  },
];

test.each(CASES)('$name', async ({ args, home, input, exitCode, stdout, stderr }) => {
  await using world = await startWorld();
  home?.(world);
  const run = await world.gormes(args, input === undefined ? {} : { input });
  expect(run.stdout).toBe(stdout ?? '');
  if (stderr !== undefined) expect(run.stderr.split('\n')[0]).toBe(stderr);
  expect(run.exitCode).toBe(exitCode ?? 0);
});
