import { expect, test } from 'vitest';
import { anthropicSim } from '../internet/anthropic.ts';
import { startWorld, type World } from '../support/world.ts';

async function withTwo(): Promise<World> {
  const world = await startWorld();
  world.home.seed({
    openrouter: [
      { label: 'work', key: world.canary('work') },
      { label: 'lab', key: world.canary('lab') },
    ],
  });
  return world;
}

const report = (...args: string[]): string[] => ['auth', 'report', 'openrouter', ...args];

test('429 puts the entry aside for an hour, and says until when', async () => {
  await using world = await withTwo();
  const run = await world.gormes(report('work', '--status', '429'));
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toMatch(
    /^openrouter "work" cools down until \d{4}-\d\d-\d\d \d\d:\d\d \(in (60|59) min\)\.\n$/,
  );
  const [row, other] = world.home.pool('openrouter');
  expect(row).toMatchObject({
    last_status: 'exhausted',
    last_error_code: 429,
    last_error_reason: null,
    last_error_reset_at: null,
  });
  expect(other).toMatchObject({ last_status: null });
  expect((await world.gormes(['auth', 'list'])).stdout).toMatch(
    /#1 {2}work .+ rate-limited \(429\) \((1h 0m|59m \d+s) left\)\n {2}#2 {2}lab .+ manual ←/,
  );
});

test('ok clears the mark, and writes nothing where there is none', async () => {
  await using world = await withTwo();
  const before = world.home.hash();
  const ok = await world.gormes(report('work', '--status', 'ok'));
  expect(ok).toMatchObject({ exitCode: 0, stdout: 'openrouter "work" works.\n' });
  expect(world.home.hash()).toBe(before);
  await world.gormes(report('work', '--status', '402'));
  expect(world.home.pool('openrouter')[0]).toMatchObject({ failure_reason: 'billing' });
  await world.gormes(report('work', '--status', '204'));
  expect(world.home.pool('openrouter')[0]).toMatchObject({
    last_status: null,
    last_error_code: null,
  });
  expect(Object.keys(world.home.pool('openrouter')[0] ?? {})).not.toContain('failure_reason');
});

test('by id, by position, and for every entry with the same key', async () => {
  await using world = await startWorld();
  const key = world.canary('same');
  world.home.seed({
    openrouter: [
      { label: 'a', key, id: 'aaaaaa' },
      { label: 'b', key },
      { label: 'c', key: world.canary('other') },
    ],
  });
  const run = await world.gormes(report('aaaaaa', '--status', '500', '--json'));
  expect(JSON.parse(run.stdout)).toMatchObject({ label: 'a', outcome: 'exhausted', marked: 2 });
  expect(world.home.pool('openrouter').map((row) => row.last_status)).toEqual([
    'exhausted',
    'exhausted',
    null,
  ]);
});

test('the time comes from --retry-after, --reset-at, a file or standard input', async () => {
  await using world = await withTwo();
  const at = async (...args: string[]): Promise<number> => {
    const options = args.includes('-') ? { input: 'quotaResetDelay: 90s' } : {};
    const run = await world.gormes(report('work', '--status', '429', '--json', ...args), options);
    const { until }: { until: string } = JSON.parse(run.stdout);
    return Math.round((Date.parse(until) - Date.now()) / 1000);
  };
  const near = (seconds: number) => expect.closeTo(seconds, -1.5);
  expect(await at('--retry-after', '600')).toEqual(near(600));
  expect(await at('--retry-after', new Date(Date.now() + 900_000).toUTCString())).toEqual(
    near(900),
  );
  expect(await at('--reset-at', String(Date.now() + 1_200_000))).toEqual(near(1200));
  expect(await at('--reset-at', new Date(Date.now() + 1_500_000).toISOString())).toEqual(
    near(1500),
  );
  expect(await at('--body', '-')).toEqual(near(90));
  world.write('error.json', '{"error":{"message":"resets in 4hr 5min"}}');
  expect(await at('--body', 'error.json')).toEqual(near(14_700));
});

test('a terminal reason marks dead, and later failures do not bring it back', async () => {
  await using world = await withTwo();
  const run = await world.gormes(report('work', '--status', '401', '--reason', 'token_revoked'));
  expect(run.stdout).toBe('openrouter "work" is dead (token_revoked).\n');
  expect(world.home.pool('openrouter')[0]).toMatchObject({
    last_status: 'dead',
    last_error_code: 401,
    last_error_reason: 'token_revoked',
  });
  const later = await world.gormes(report('work', '--status', '429', '--json'));
  expect(JSON.parse(later.stdout)).toMatchObject({ outcome: 'dead', marked: 0 });
});

test.each([
  ['400', {}, 'the request was refused, not this credential'],
  [
    '429',
    { error: { message: 'x', metadata: { provider_name: 'Host' } } },
    'a provider behind it is busy',
  ],
  [
    '403',
    { error: { message: 'not allowed for this organization' } },
    "the account's plan does not allow",
  ],
])('%s with %j changes nothing', async (status, error, words) => {
  await using world = await withTwo();
  const before = world.home.hash();
  const run = await world.gormes(report('work', '--status', status, '--body', '-'), {
    input: JSON.stringify(error),
  });
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain(`openrouter "work" stays as it is: ${words}`);
  expect(world.home.hash()).toBe(before);
});

test.each([
  ['that looks like one', 'sk-or-v1-0123456789abcdef0123456789abcdef'],
  ['that looks like nothing', 'plain words of a lab key'],
])('a key %s, which the provider repeats in its error, is not stored', async (_name, key) => {
  await using world = await startWorld();
  world.secret('key', key);
  world.home.seed({ openrouter: [{ label: 'work', key }] });
  const other = world.canary('stranger', 'sk-proj-');
  const message = `Incorrect API key provided: ${key} or ${other}, see the docs`;
  const run = await world.gormes(report('work', '--status', '401', '--body', '-'), {
    input: JSON.stringify({ error: { code: 'invalid_api_key', message } }),
  });
  expect(run.exitCode).toBe(0);
  const row = world.home.pool('openrouter')[0];
  expect(row?.last_error_message).toBe('Incorrect API key provided: … or …, see the docs');
  expect((await world.gormes(['auth', 'list'])).stdout).toContain(
    'auth failed invalid_api_key (401)',
  );
});

const login = (world: World) => ({
  label: 'max',
  key: world.canary('old', 'sk-ant-oat01-'),
  type: 'oauth' as const,
  source: 'manual:hermes_pkce',
  raw: {
    refresh_token: world.canary('refresh', 'sk-ant-ort01-'),
    expires_at_ms: Date.now() + 3_600_000,
  },
});

test('a login that was refused is refreshed first, and works again', async () => {
  const sim = anthropicSim();
  await using world = await startWorld({ hosts: sim.hosts });
  sim.tokens.accept(world.canary('refresh', 'sk-ant-ort01-'));
  world.home.seed({ anthropic: [login(world)] });
  const run = await world.gormes(['auth', 'report', 'anthropic', 'max', '--status', '401']);
  expect(run).toMatchObject({
    exitCode: 0,
    stdout: 'anthropic "max" was refused and has been refreshed.\n',
  });
  expect(world.home.pool('anthropic')).toMatchObject([
    { access_token: sim.tokens.issued[0]?.accessToken, last_status: null },
  ]);
});

test('a login whose refresh is refused too is dead', async () => {
  const sim = anthropicSim();
  await using world = await startWorld({ hosts: sim.hosts });
  world.home.seed({ anthropic: [login(world)] });
  const run = await world.gormes(['auth', 'report', 'anthropic', 'max', '--status', '401']);
  expect(run.stdout).toMatch(/^anthropic "max" is dead/);
  expect(run.stderr).toContain('Warning: anthropic "max" needs a new login');
});

test('--no-refresh and a spent refresh token send nothing', async () => {
  await using world = await startWorld({ hosts: {} });
  world.home.seed({ anthropic: [login(world)] });
  const plain = ['auth', 'report', 'anthropic', 'max', '--status', '401', '--json'];
  expect(JSON.parse((await world.gormes([...plain, '--no-refresh'])).stdout)).toMatchObject({
    outcome: 'exhausted',
  });
  const spent = await world.gormes([...plain, '--reason', 'refresh_token_reused']);
  expect(JSON.parse(spent.stdout)).toMatchObject({ outcome: 'dead' });
  expect(world.internet?.connects).toEqual([]);
});

test('offline, a refused login waits five minutes', async () => {
  await using world = await startWorld();
  world.home.seed({ anthropic: [login(world)] });
  const run = await world.gormes(['auth', 'report', 'anthropic', 'max', '--status', '401']);
  expect(run.stdout).toMatch(/cools down until .+ \(in [45] min\)/);
  expect(run.stderr).toContain('Warning: ');
});

test('a seeded variable can be reported on; it becomes the row that Hermes would make', async () => {
  await using world = await startWorld();
  const env = { XAI_API_KEY: world.canary('x', 'xai-') };
  const run = await world.gormes(['auth', 'report', 'xai', 'XAI_API_KEY', '--status', '429'], {
    env,
  });
  expect(run.exitCode).toBe(0);
  expect(world.home.pool('xai')).toMatchObject([
    { source: 'env:XAI_API_KEY', last_status: 'exhausted' },
  ]);
  const next = await world.gormes(['auth', 'token', 'xai'], { env });
  expect(next.stderr).toContain('is cooling down until');
});

test('an entry of the default profile is reported there, not in a profile', async () => {
  await using world = await withTwo();
  world.home.write('profiles/p1/.keep', '');
  const run = await world.gormes(['-p', 'p1', ...report('work', '--status', '429')]);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toMatch(
    /\[inherited_entry\]\nhint: gormes -p default auth report openrouter \w+\n$/,
  );
});

test.each([
  [['work', '--status', '99'], '--status takes an HTTP status, ok or unknown'],
  [['work', '--status', '429', '--retry-after', 'soon'], '--retry-after takes seconds or a date'],
  [['work', '--status', '429', '--reset-at', 'later'], '--reset-at takes Unix seconds'],
  [['work'], 'error: '],
])('%j is refused as usage', async (args, message) => {
  await using world = await withTwo();
  const run = await world.gormes(report(...args));
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain(message);
});

test('an entry that is not there, and a file that is not there, are errors', async () => {
  await using world = await withTwo();
  expect((await world.gormes(report('nobody', '--status', '429'))).stderr).toContain(
    'openrouter has no credential "nobody" [target_not_found]',
  );
  expect((await world.gormes(report('work', '--status', '429', '--body', 'no.json'))).stderr).toBe(
    'error: there is no file no.json [body_not_found]\n',
  );
});

test.each([
  ['--reset-at', '2099-01-01T00:00:00Z'],
  ['--retry-after', '99999999'],
])('a time more than a year ahead is not believed, which is said: %s', async (option, value) => {
  await using world = await withTwo();
  const run = await world.gormes(report('work', '--status', '429', option, value));
  expect(run).toMatchObject({
    exitCode: 0,
    stderr: `Note: ${option} lies more than a year ahead and is not believed.\n`,
  });
  expect(run.stdout).toContain('cools down until');
  expect(world.home.pool('openrouter')[0]).toMatchObject({ last_error_reset_at: null });
});
