import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

async function withPool(strategy: string): Promise<World> {
  const world = await startWorld();
  world.home.write('config.yaml', `credential_pool_strategies: {anthropic: ${strategy}}\n`);
  const now = Date.now() / 1000;
  world.home.seed({
    anthropic: [
      { label: 'work', key: world.canary('a'), raw: { request_count: 7 } },
      { label: 'lab', key: world.canary('b'), raw: { request_count: 2 } },
      {
        label: 'limited',
        key: world.canary('c'),
        raw: {
          last_status: 'exhausted',
          last_status_at: now,
          last_error_code: 429,
          last_error_reason: 'rate_limit_error',
          last_error_reset_at: 4_102_444_800,
        },
      },
      {
        label: 'revoked',
        key: world.canary('d'),
        raw: { last_status: 'dead', last_error_code: 401 },
      },
      { label: 'old', key: world.canary('e'), type: 'oauth', raw: { expires_at_ms: 1000 } },
      {
        label: 'max',
        key: world.canary('f'),
        type: 'oauth',
        raw: { expires_at_ms: 1000, refresh_token: world.canary('r') },
      },
      { label: 'ANTHROPIC_TOKEN', key: '', source: 'env:ANTHROPIC_TOKEN' },
    ],
  });
  return world;
}

const REST = [
  /^ {2}limited {10}rate-limited \(rate_limit_error, 429\), free at 2100-01-01 00:00 \(in \d+ days\)$/,
  /^ {2}revoked {10}dead \(401\): needs a new key$/,
  /^ {2}old {14}run out at 1970-01-01 00:16 \(\d+ days ago\): log in again$/,
];

test.each([
  [
    'fill_first',
    '→ work             next',
    "  lab              when 1 other before it can't be used",
    "  max              when 2 others before it can't be used, refreshed at its use",
  ],
  [
    'round_robin',
    '→ work             next',
    '  lab              after 1 other',
    '  max              after 2 others, refreshed at its use',
  ],
  [
    'random',
    '  work             one of 3, by chance',
    '  lab              one of 3, by chance',
    '  max              one of 3, by chance, refreshed at its use',
  ],
  [
    'least_used',
    '  work             used 7 times',
    '  lab              used 2 times',
    '→ max              next, refreshed at its use',
  ],
])('%s: who is next, and why each other is not', async (strategy, work, lab, max) => {
  await using world = await withPool(strategy);
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'explain', 'claude']);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  const lines = run.stdout.trimEnd().split('\n');
  expect(lines.slice(0, 3)).toEqual([`anthropic  ${strategy}`, work, lab]);
  for (const [i, pattern] of REST.entries()) expect(lines[i + 3]).toMatch(pattern);
  expect(lines.slice(6)).toEqual([max, '  ANTHROPIC_TOKEN  ANTHROPIC_TOKEN is not set']);
  expect(world.home.hash()).toBe(before);
});

test('what is next is what token prints', async () => {
  await using world = await withPool('fill_first');
  const explained = await world.gormes(['auth', 'explain', 'anthropic', '--json']);
  const { next }: { next: string } = JSON.parse(explained.stdout);
  const token = await world.gormes(['auth', 'token', 'anthropic', '--json'], {
    allowSecretOnStdout: true,
  });
  expect(JSON.parse(token.stdout)).toMatchObject({ label: next });
});

test('supposed answers are judged like reported ones, and nothing is written', async () => {
  await using world = await withPool('fill_first');
  const before = world.home.hash();
  const run = await world.gormes([
    'auth',
    'explain',
    'anthropic',
    '--simulate',
    '429 on work',
    '--simulate',
    '401 token_revoked on lab',
    '--simulate',
    '404 on max',
  ]);
  const lines = run.stdout.split('\n');
  expect(lines.slice(0, 4)).toEqual([
    'Supposed: 429 on work',
    'Supposed: 401 token_revoked on lab',
    'Supposed: 404 on max, which changes nothing',
    'anthropic  fill_first',
  ]);
  expect(lines[4]).toMatch(/^ {2}work {13}rate-limited \(429\), free at .+ \(in (60|59) min\)$/);
  expect(lines[5]).toBe('  lab              dead (token_revoked, 401): needs a new key');
  expect(lines[9]).toBe('→ max              next, refreshed at its use');
  expect(world.home.hash()).toBe(before);
});

test('ok is supposed too, and an empty provider is said', async () => {
  await using world = await withPool('fill_first');
  const run = await world.gormes(['auth', 'explain', 'anthropic', '--simulate', 'ok on limited']);
  expect(run.stdout).toContain("  limited          when 2 others before it can't be used\n");
  expect((await world.gormes(['auth', 'explain', 'xai'])).stdout).toBe(
    'xai  fill_first\n  no credentials\n',
  );
});

test('when nothing is usable it says so', async () => {
  await using world = await startWorld();
  world.home.seed({ xai: [{ label: 'x', key: world.canary('x'), raw: { last_status: 'dead' } }] });
  expect((await world.gormes(['auth', 'explain', 'xai'])).stdout).toBe(
    'xai  fill_first\n  x  dead: needs a new key\nThe next request gets nothing.\n',
  );
});

test('text from the store can’t move the cursor', async () => {
  await using world = await startWorld();
  world.home.seed({
    xai: [
      {
        label: 'a\u001b[2Jb',
        key: world.canary('x'),
        raw: { last_status: 'dead', last_error_reason: 'r\u001b[31m' },
      },
    ],
  });
  const run = await world.gormes(['auth', 'explain', 'xai']);
  expect(run.stdout).toContain('a\\x1b[2Jb');
  expect(run.stdout).not.toContain('\u001b');
});

test.each(['often on work', '429 work', '429 on'])('"%s" is not understood', async (text) => {
  await using world = await withPool('fill_first');
  const run = await world.gormes(['auth', 'explain', 'anthropic', '--simulate', text]);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain(`--simulate does not understand "${text}"`);
});
