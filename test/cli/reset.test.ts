import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

const NOW = Date.now() / 1000;
const CLEARED = {
  last_status: null,
  last_status_at: null,
  last_error_code: null,
  last_error_reason: null,
  last_error_message: null,
  last_error_reset_at: null,
};

function seed(world: World): void {
  const marks = {
    last_status: 'exhausted',
    last_status_at: NOW,
    last_error_code: 402,
    last_error_reason: 'insufficient_credits',
    last_error_message: 'no money',
    last_error_reset_at: NOW + 9999,
    failure_reason: 'billing',
    request_count: 7,
  };
  world.home.seed(
    {
      xai: [
        { label: 'well', key: world.canary('well') },
        { label: 'cooling', key: world.canary('cooling'), raw: marks },
        { label: 'dead', key: world.canary('dead'), raw: { ...marks, last_status: 'dead' } },
      ],
      zai: [{ label: 'other', key: world.canary('other'), raw: marks }],
    },
    { providers: { spotify: { client_id: 'x' } }, future: { keep: [1] } },
  );
}

test('cooldowns that still run and dead marks are really cleared, in the store', async () => {
  await using world = await startWorld();
  seed(world);
  const zai = world.home.pool('zai');
  expect(await world.gormes(['auth', 'reset', 'xai'])).toEqual({
    exitCode: 0,
    stdout: 'Reset status on 2 xai credentials\n',
    stderr: '',
  });
  for (const row of world.home.pool('xai')) {
    expect(row).toMatchObject(CLEARED);
    expect(row).not.toHaveProperty('failure_reason');
  }
  expect(world.home.pool('xai')).toMatchObject([{}, { request_count: 7 }, { request_count: 7 }]);
  expect(world.home.pool('zai')).toEqual(zai);
  expect(world.home.auth()).toMatchObject({ future: { keep: [1] } });
  expect((await world.gormes(['auth', 'list', 'xai'])).stdout).toBe(`xai (3 credentials):
  #1  well                 api_key manual ←
  #2  cooling              api_key manual
  #3  dead                 api_key manual

`);
  expect((await world.gormes(['auth', 'reset', 'xai'])).stdout).toBe(
    'Reset status on 0 xai credentials\n',
  );
});

test('one entry alone can be reset', async () => {
  await using world = await startWorld();
  seed(world);
  const run = await world.gormes(['auth', 'reset', 'xai', 'DEAD', '--json']);
  expect(JSON.parse(run.stdout)).toEqual({
    provider: 'xai',
    count: 1,
    target: { id: world.home.pool('xai')[2]?.id, label: 'dead' },
    notes: [],
  });
  expect(world.home.pool('xai')).toMatchObject([
    CLEARED,
    { last_status: 'exhausted', failure_reason: 'billing' },
    CLEARED,
  ]);
});

test.each([
  ['an unknown provider', ['nowhere'], 'Unknown provider: nowhere'],
  ['an unknown entry', ['xai', 'zzz'], 'No credential matching "zzz". Provider: xai.'],
])('%s is refused and nothing changes', async (_name, args, message) => {
  await using world = await startWorld();
  seed(world);
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'reset', ...args]);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr.split('\n')[0]).toBe(message);
  expect(world.home.hash()).toBe(before);
});

test('suppressed sources stay suppressed', async () => {
  await using world = await startWorld();
  world.home.write('.env', `XAI_API_KEY=${world.canary('env')}\n`);
  world.home.seed(
    { xai: [{ label: 'a', key: world.canary('a'), raw: { last_status: 'dead' } }] },
    { suppressed_sources: { xai: ['env:XAI_API_KEY'] } },
  );
  await world.gormes(['auth', 'reset', 'xai']);
  expect(world.home.auth().suppressed_sources).toEqual({ xai: ['env:XAI_API_KEY'] });
  expect(world.home.pool('xai')).toMatchObject([{ label: 'a', last_status: null }]);
});
