import { expect, test } from 'vitest';
import { anthropicSim } from '../internet/anthropic.ts';
import { copilotSim } from '../internet/copilot.ts';
import { spotifySim } from '../internet/spotify.ts';
import type { SeedEntry } from '../support/test-home.ts';
import { type Run, startWorld, type World } from '../support/world.ts';

const SECRET = { allowSecretOnStdout: true } as const;

async function token(world: World, args: readonly string[], env = {}): Promise<Run> {
  return await world.gormes(['auth', 'token', ...args], { ...SECRET, env });
}

/** Entries whose key is named by their label; `raw` are fields of the file. */
function keys(world: World, rows: Readonly<Record<string, SeedEntry['raw']>>): SeedEntry[] {
  return Object.entries(rows).map(([label, raw]) => {
    const key = world.canary(label);
    return raw === undefined ? { label, key } : { label, key, raw };
  });
}

async function strategy(world: World, words: string): Promise<void> {
  world.home.write('config.yaml', `credential_pool_strategies: {${words}}\n`);
}

const HOUR = 3600;
const now = (): number => Date.now() / 1000;
const cooling = (seconds = 0) => ({
  last_status: 'exhausted',
  last_status_at: now() - seconds,
  last_error_code: 429,
});

test('the token and a line break, nothing else, and nothing is written', async () => {
  await using world = await startWorld();
  world.home.seed({ openrouter: keys(world, { work: {}, lab: {} }) });
  const before = world.home.hash();
  const run = await token(world, ['or']);
  expect(run).toEqual({ exitCode: 0, stdout: `${world.canary('work')}\n`, stderr: '' });
  expect(world.home.hash()).toBe(before);
});

test('header, env and json say how and where the token is used', async () => {
  await using world = await startWorld();
  world.home.seed({ openrouter: keys(world, { work: {} }) });
  const key = world.canary('work');
  expect((await token(world, ['or', '--format', 'header'])).stdout).toBe(
    `authorization: Bearer ${key}\n`,
  );
  expect((await token(world, ['or', '--format', 'env'])).stdout).toBe(
    `OPENROUTER_API_KEY=${key}\nOPENROUTER_BASE_URL=https://openrouter.ai/api/v1\n`,
  );
  const json = await token(world, ['or', '--format', 'json']);
  expect(JSON.parse(json.stdout)).toEqual({
    provider: 'openrouter',
    id: world.home.pool('openrouter')[0]?.id,
    label: 'work',
    type: 'api_key',
    token: key,
    expires_at: null,
    base_url: 'https://openrouter.ai/api/v1',
    headers: { authorization: `Bearer ${key}` },
  });
  expect((await token(world, ['or', '--json'])).stdout).toBe(json.stdout);
});

test('a login prints every header without which Anthropic refuses it', async () => {
  await using world = await startWorld();
  const key = world.canary('max', 'sk-ant-oat01-');
  world.home.seed({
    anthropic: [{ label: 'max', key, type: 'oauth', raw: { expires_at_ms: Date.now() + 9e6 } }],
  });
  const run = await token(world, ['anthropic', '--format', 'header']);
  expect(run.stdout).toContain(`authorization: Bearer ${key}\n`);
  expect(run.stdout).toContain('anthropic-beta: claude-code-20250219,oauth-2025-04-20\n');
  expect((await token(world, ['anthropic', '--format', 'env'])).stdout).toMatch(
    /^CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-/,
  );
});

test('a value that a shell would take apart is quoted', async () => {
  await using world = await startWorld();
  const key = world.secret('odd', "odd'key $HOME with signs 123456");
  world.home.seed({ xai: [{ label: 'x', key }] });
  const run = await token(world, ['xai', '--format', 'env']);
  expect(run.stdout).toContain(`XAI_API_KEY='odd'\\''key $HOME with signs 123456'\n`);
});

test.each([
  ['by label', 'lab'],
  ['by label, whatever the case', 'LAB'],
  ['by id', 'lab-id'],
])('--label takes one entry %s, whatever the strategy', async (_name, label) => {
  await using world = await startWorld();
  world.home.seed({ openrouter: keys(world, { work: {}, lab: { id: 'lab-id' } }) });
  expect((await token(world, ['or', '--label', label])).stdout).toBe(`${world.canary('lab')}\n`);
});

test('a custom provider prints its key and its own endpoint', async () => {
  await using world = await startWorld();
  world.home.write(
    'config.yaml',
    'providers:\n  lab: {name: Lab vLLM, api: https://vllm.lab.example/v1}\n',
  );
  const key = world.canary('lab');
  world.home.seed({ 'custom:lab-vllm': [{ label: 'k1', key }] });
  expect((await token(world, ['lab', '--format', 'env'])).stdout).toBe(
    `LAB_VLLM_API_KEY=${key}\nLAB_VLLM_BASE_URL=https://vllm.lab.example/v1\n`,
  );
});

test('a variable of the provider is a credential that nobody stored', async () => {
  await using world = await startWorld();
  const key = world.canary('variable');
  const run = await token(world, ['openrouter'], { OPENROUTER_API_KEY: key });
  expect(run).toMatchObject({ exitCode: 0, stdout: `${key}\n` });
  expect(world.home.hash()).toBe('absent');
});

test('an entry that cools down, is dead, empty or over is passed over', async () => {
  await using world = await startWorld();
  world.home.seed({
    anthropic: [
      ...keys(world, { cooling: cooling(), dead: { last_status: 'dead' } }),
      { label: 'empty', key: '', source: 'manual' },
      { label: 'over', key: world.canary('over'), type: 'oauth', raw: { expires_at_ms: 1000 } },
      ...keys(world, { good: {} }),
    ],
  });
  expect((await token(world, ['anthropic'])).stdout).toBe(`${world.canary('good')}\n`);
});

test('a cooldown that has passed counts no more', async () => {
  await using world = await startWorld();
  world.home.seed({ openrouter: keys(world, { work: cooling(HOUR + 1), lab: {} }) });
  expect((await token(world, ['or'])).stdout).toBe(`${world.canary('work')}\n`);
});

test('round_robin moves on at each pick, and what moved is in the store', async () => {
  await using world = await startWorld();
  await strategy(world, 'openrouter: round_robin');
  world.home.seed({ openrouter: keys(world, { a: {}, b: {}, c: {} }) });
  const picked: string[] = [];
  for (let turn = 0; turn < 4; turn++) picked.push((await token(world, ['or'])).stdout.trim());
  expect(picked).toEqual(['a', 'b', 'c', 'a'].map((label) => world.canary(label)));
  const rows = world.home.pool('openrouter');
  expect(rows.map(({ label, priority }) => [label, priority])).toEqual([
    ['b', 0],
    ['c', 1],
    ['a', 2],
  ]);
  expect(world.home.exists('gormes/journal.jsonl')).toBe(false);
});

test('round_robin passes over what cools down, and keeps it in its turn', async () => {
  await using world = await startWorld();
  await strategy(world, 'openrouter: round_robin');
  world.home.seed({ openrouter: keys(world, { a: cooling(), b: {}, c: {} }) });
  const picked = [await token(world, ['or']), await token(world, ['or'])];
  expect(picked.map((run) => run.stdout.trim())).toEqual(['b', 'c'].map((l) => world.canary(l)));
  expect(world.home.pool('openrouter').map(({ label }) => label)).toEqual(['a', 'b', 'c']);
});

test('least_used counts what it picks, which Hermes forgets', async () => {
  await using world = await startWorld();
  await strategy(world, 'openrouter: least_used');
  world.home.seed({ openrouter: keys(world, { a: { request_count: 2 }, b: {} }) });
  const picked: string[] = [];
  for (let turn = 0; turn < 3; turn++) picked.push((await token(world, ['or'])).stdout.trim());
  expect(picked).toEqual(['b', 'b', 'a'].map((label) => world.canary(label)));
  expect(world.home.pool('openrouter').map((row) => row.request_count)).toEqual([3, 2]);
});

test('one usable entry is neither rotated nor counted', async () => {
  await using world = await startWorld();
  await strategy(world, 'openrouter: round_robin, xai: least_used');
  world.home.seed({ openrouter: keys(world, { a: {} }), xai: keys(world, { b: {} }) });
  const before = world.home.hash();
  await token(world, ['or']);
  await token(world, ['xai']);
  expect(world.home.hash()).toBe(before);
});

test('a pick that writes leaves every other byte of the store', async () => {
  await using world = await startWorld();
  await strategy(world, 'openrouter: least_used');
  world.home.seed({ openrouter: keys(world, { a: {}, b: {} }) }, { unknown: [1.0e3, 'kept'] });
  const before = world.home.read('auth.json').replace('1000', '1.0e3');
  world.home.write('auth.json', before);
  await token(world, ['or']);
  const expected = before.replace('"request_count": 0', '"request_count": 1');
  const stamp = /"updated_at": "[^"]+"/;
  expect(world.home.read('auth.json').replace(stamp, '')).toBe(expected.replace(stamp, ''));
});

test('all cooling down: exit 1, with the first that is free and when', async () => {
  await using world = await startWorld();
  const soon = now() + 120;
  world.home.seed({
    openrouter: keys(world, { work: cooling(), lab: { ...cooling(), last_error_reset_at: soon } }),
  });
  const run = await token(world, ['or']);
  const until = new Date(soon * 1000).toISOString().slice(0, 16).replace('T', ' ');
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toMatch(
    new RegExp(
      `^error: all 2 openrouter credentials are cooling down; the first is free at ${until} \\(in (\\d+ s|2 min)\\) \\[all_cooling\\]\nhint: gormes auth explain openrouter\n$`,
    ),
  );
});

test.each([
  [
    'none at all',
    'xai',
    [],
    1,
    'error: there is no xai credential in the pool [no_credentials]\nhint: gormes auth add xai, or set XAI_API_KEY\n',
  ],
  [
    'a dead key',
    'xai',
    [{ label: 'x', key: 'k', raw: { last_status: 'dead', last_error_reason: 'token_revoked' } }],
    5,
    'error: xai "x" is dead (token_revoked) [credential_dead]\nhint: add a new key: gormes auth add xai --type api-key\n',
  ],
  [
    'only dead ones',
    'openai-codex',
    [
      { label: 'a', key: 'k', type: 'oauth', raw: { last_status: 'dead' } },
      { label: 'b', key: 'l', type: 'oauth', raw: { last_status: 'dead' } },
    ],
    5,
    'error: none of 2 openai-codex credentials works any more [all_dead]\nhint: log in again: gormes auth add openai-codex --type oauth\n',
  ],
  [
    'a login that is over',
    'anthropic',
    [{ label: 'max', key: 'k', type: 'oauth', raw: { expires_at_ms: 1000 } }],
    5,
    'error: anthropic "max" has run out [credential_dead]\nhint: log in again: gormes auth add anthropic --type oauth\n',
  ],
  [
    'a variable that is not set',
    'xai',
    [{ label: 'XAI_API_KEY', key: '', source: 'env:XAI_API_KEY' }],
    1,
    'error: xai "XAI_API_KEY" is empty: XAI_API_KEY is not set [source_not_set]\nhint: set it in the environment or in the home\'s .env, or: gormes auth add xai\n',
  ],
] satisfies [string, string, SeedEntry[], number, string][])(
  '%s: says why nothing is usable',
  async (_name, provider, entries, exitCode, stderr) => {
    await using world = await startWorld();
    world.home.seed({ [provider]: entries });
    expect(await token(world, [provider])).toEqual({ exitCode, stdout: '', stderr });
  },
);

test('a provider without a pool says what it uses instead', async () => {
  await using world = await startWorld();
  const run = await token(world, ['bedrock']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('AWS Bedrock takes no pooled credential');
});

test('a named entry that cools down is not replaced by another', async () => {
  await using world = await startWorld();
  world.home.seed({ openrouter: keys(world, { work: cooling(), lab: {} }) });
  const run = await token(world, ['or', '--label', 'work']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toMatch(
    /^error: openrouter "work" is cooling down until .+\[credential_cooling\]/,
  );
});

test.each([
  [['or', '--format', 'xml'], '--format takes raw, header, env, json'],
  [['or', '--min-ttl', 'soon'], '--min-ttl takes a time such as 90s, 30m, 12h or 7d'],
  [[], 'an argument is missing'],
])('%j is refused as usage', async (args, message) => {
  await using world = await startWorld();
  const run = await token(world, args);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain(message);
});

function maxLogin(world: World, expiresAt: number): SeedEntry {
  return {
    label: 'max',
    key: world.canary('old', 'sk-ant-oat01-'),
    type: 'oauth',
    source: 'manual:hermes_pkce',
    raw: { refresh_token: world.canary('refresh', 'sk-ant-ort01-'), expires_at_ms: expiresAt },
  };
}

test('a login near its end is refreshed and stored before it is printed', async () => {
  const sim = anthropicSim();
  await using world = await startWorld({ hosts: sim.hosts });
  const login = maxLogin(world, Date.now() + 30_000);
  sim.tokens.accept(String(login.raw?.refresh_token));
  world.home.seed({ anthropic: [login] });
  const run = await token(world, ['anthropic']);
  const [issued] = sim.tokens.issued;
  expect(run).toEqual({ exitCode: 0, stdout: `${issued?.accessToken}\n`, stderr: '' });
  expect(world.home.pool('anthropic')).toMatchObject([
    { label: 'max', access_token: issued?.accessToken, refresh_token: issued?.refreshToken },
  ]);
  expect((await token(world, ['anthropic'])).stdout).toBe(run.stdout);
  expect(sim.tokens.issued).toHaveLength(1);
});

test('--min-ttl refreshes a token that would not live long enough', async () => {
  const sim = anthropicSim();
  await using world = await startWorld({ hosts: sim.hosts });
  const login = maxLogin(world, Date.now() + 20 * 60_000);
  sim.tokens.accept(String(login.raw?.refresh_token));
  world.home.seed({ anthropic: [login] });
  expect((await token(world, ['anthropic'])).stdout).toBe(`${login.key}\n`);
  expect((await token(world, ['anthropic', '--min-ttl', '30m'])).stdout).toBe(
    `${sim.tokens.issued[0]?.accessToken}\n`,
  );
});

test('a login that is refused for good is passed over for the next one', async () => {
  const sim = anthropicSim();
  await using world = await startWorld({ hosts: sim.hosts });
  const login = maxLogin(world, Date.now() - 1000);
  world.home.seed({
    anthropic: [login, { label: 'api', key: world.canary('api', 'sk-ant-api03-') }],
  });
  const run = await token(world, ['anthropic']);
  expect(run).toMatchObject({ exitCode: 0, stdout: `${world.canary('api', 'sk-ant-api03-')}\n` });
  expect(world.home.pool('anthropic')[0]).toMatchObject({ last_status: 'dead' });
});

test.each(['fill_first', 'round_robin', 'least_used', 'random'])(
  '%s: offline, a login that has run out is passed over for a key, and not marked',
  async (words) => {
    await using world = await startWorld();
    await strategy(world, `anthropic: ${words}`);
    const key = world.canary('api', 'sk-ant-api03-');
    world.home.seed({ anthropic: [maxLogin(world, Date.now() - 1000), { label: 'api', key }] });
    const run = await token(world, ['anthropic']);
    expect(run).toMatchObject({ exitCode: 0, stdout: `${key}\n` });
    const login = world.home.pool('anthropic').find(({ label }) => label === 'max');
    expect(login).toMatchObject({ last_status: null });
  },
);

test('what was tried in vain is passed over under the lock too', async () => {
  await using world = await startWorld();
  await strategy(world, 'anthropic: least_used');
  const used = keys(world, { x: { request_count: 5 }, y: { request_count: 6 } });
  world.home.seed({ anthropic: [maxLogin(world, Date.now() - 1000), ...used] });
  expect((await token(world, ['anthropic'])).stdout).toBe(`${world.canary('x')}\n`);
  const counts = world.home.pool('anthropic').map((row) => [row.label, row.request_count]);
  expect(Object.fromEntries(counts)).toEqual({ max: 1, x: 6, y: 6 });
});

test('the only login, refused for good: exit 5, and the next step', async () => {
  const sim = anthropicSim();
  await using world = await startWorld({ hosts: sim.hosts });
  world.home.seed({ anthropic: [maxLogin(world, Date.now() - 1000)] });
  const run = await token(world, ['anthropic']);
  expect(run).toMatchObject({ exitCode: 5, stdout: '' });
  expect(run.stderr).toContain('anthropic "max" needs a new login');
});

test('offline, a token that has run out is an error, and one that lives is printed', async () => {
  await using world = await startWorld();
  world.home.seed({ anthropic: [maxLogin(world, Date.now() - 1000)] });
  const over = await token(world, ['anthropic']);
  expect(over).toMatchObject({ exitCode: 1, stdout: '' });
  expect(over.stderr).toContain('[refresh_failed]');
  const login = maxLogin(world, Date.now() + 30_000);
  world.home.seed({ anthropic: [login] });
  const alive = await token(world, ['anthropic']);
  expect(alive).toMatchObject({ exitCode: 0, stdout: `${login.key}\n` });
  expect(alive.stderr).toContain('Warning: ');
});

const spotifyState = (world: World, expiresAt: string) => ({
  client_id: '0123abcd',
  redirect_uri: 'http://127.0.0.1:43827/spotify/callback',
  accounts_base_url: 'https://accounts.spotify.com',
  api_base_url: 'https://api.spotify.com/v1',
  scope: 'user-read-playback-state',
  token_type: 'Bearer',
  access_token: world.canary('spotify', 'BQ'),
  refresh_token: world.canary('spotify-refresh', 'AQ'),
  expires_at: expiresAt,
  auth_type: 'oauth_pkce',
});

test('spotify is one session, printed and refreshed like any login', async () => {
  const sim = spotifySim({ clientId: '0123abcd', scope: 'user-read-playback-state' });
  await using world = await startWorld({ hosts: sim.hosts });
  sim.tokens.accept(world.canary('spotify-refresh', 'AQ'));
  world.home.seed({}, { providers: { spotify: spotifyState(world, '2999-01-01T00:00:00+00:00') } });
  expect((await token(world, ['spotify'])).stdout).toBe(`${world.canary('spotify', 'BQ')}\n`);
  world.home.seed({}, { providers: { spotify: spotifyState(world, '2020-01-01T00:00:00+00:00') } });
  const run = await token(world, ['spotify', '--format', 'env']);
  expect(run.stdout).toBe(
    `SPOTIFY_ACCESS_TOKEN=${sim.tokens.issued[0]?.accessToken}\nHERMES_SPOTIFY_API_BASE_URL=https://api.spotify.com/v1\n`,
  );
});

test('spotify without a login: exit 5', async () => {
  await using world = await startWorld();
  expect(await token(world, ['spotify'])).toEqual({
    exitCode: 5,
    stdout: '',
    stderr: 'error: Spotify is not logged in [session_missing]\nhint: gormes auth spotify\n',
  });
});

test('copilot prints the token of its API, and gives programs the GitHub token', async () => {
  const github = 'ghu_0123456789abcdef0123456789abcdef';
  const made = 'tid=made;exp=1;sku=copilot-0123456789';
  const sim = copilotSim({ tokens: { [github]: made } });
  await using world = await startWorld({ hosts: sim.hosts });
  world.secret('github', github);
  world.secret('made', made);
  world.home.seed({ copilot: [{ label: 'x', key: github }] });
  const json = await token(world, ['copilot', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    token: made,
    base_url: 'https://api.individual.githubcopilot.com',
    headers: { authorization: `Bearer ${made}`, 'copilot-integration-id': 'vscode-chat' },
  });
  expect((await token(world, ['copilot'])).stdout).toBe(`${made}\n`);
  expect(sim.exchanges).toBe(1);
  expect((await token(world, ['copilot', '--format', 'env'])).stdout).toContain(
    `COPILOT_GITHUB_TOKEN=${github}\n`,
  );
});
