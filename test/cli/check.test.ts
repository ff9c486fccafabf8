import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { CATALOG } from '../../src/providers/catalog.ts';
import { CHECKS, type CheckFacts, type CheckMood, checkHosts } from '../internet/checks.ts';
import type { Hosts } from '../internet/internet.ts';
import type { SeedEntry } from '../support/test-home.ts';
import { startWorld, type World } from '../support/world.ts';

interface Result {
  readonly provider: string;
  readonly label: string | null;
  readonly verdict: string;
  readonly detail: string | null;
  readonly account: string | null;
  readonly credit: { readonly used: number; readonly limit: number | null } | null;
  readonly reset_at: string | null;
  readonly needs: { readonly what: string; readonly at: string } | null;
}

/** The document of `auth check --json`. */
function resultsOf(stdout: string): Result[] {
  const document: { readonly results: Result[] } = JSON.parse(stdout);
  return document.results;
}

const MOODS = ['valid', 'invalid', 'limited', 'server_error'] as const;
const OAUTH = ['nous', 'openai-codex', 'qwen-oauth', 'xai-oauth'];
const pooled = CHECKS.filter(({ id }) => id !== 'spotify');

/** A token of ChatGPT: its account id must come back in a header. */
function codexToken(name: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: name, 'https://api.openai.com/auth': { chatgpt_account_id: 'account-1' } };
  return `${part({ alg: 'none' })}.${part(claims)}.${Buffer.from(name).toString('base64url')}`;
}

function keyFor(world: World, { id }: CheckFacts, mood: CheckMood): string {
  const name = `${id}-${mood}`;
  if (id === 'openai-codex') return world.secret(name, codexToken(name));
  return world.canary(name, id === 'copilot' ? 'ghu_' : 'key-');
}

function entryFor({ id }: CheckFacts, label: string, key: string): SeedEntry {
  return {
    label,
    key,
    type: OAUTH.includes(id) ? 'oauth' : 'api_key',
    raw: id === 'azure-foundry' ? { base_url: 'https://lab.openai.azure.com/openai/v1' } : {},
  };
}

/** Hosts that count how many requests wait for an answer at once. */
function counted(hosts: Hosts, seen: { now: number; most: number }): Hosts {
  return Object.fromEntries(
    Object.entries(hosts).map(([name, host]) => {
      const handle = typeof host === 'function' ? host : host.handle;
      return [
        name,
        async (request) => {
          seen.now += 1;
          seen.most = Math.max(seen.most, seen.now);
          await new Promise((resolve) => setImmediate(resolve));
          try {
            return await handle(request);
          } finally {
            seen.now -= 1;
          }
        },
      ] satisfies [string, Hosts[string]];
    }),
  );
}

let all: { results: Result[]; most: number; exitCode: number | null };

beforeAll(async () => {
  const moods: Record<string, CheckMood> = {};
  const seen = { now: 0, most: 0 };
  await using world = await startWorld({ hosts: counted(checkHosts(pooled, moods), seen) });
  const pools: Record<string, SeedEntry[]> = {};
  for (const row of pooled) {
    pools[row.id] = MOODS.map((mood) => {
      const key = keyFor(world, row, mood);
      moods[key] = mood;
      return entryFor(row, mood, key);
    });
  }
  world.home.seed(pools);
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'check', '--json', '--timeout', '60']);
  expect(run.stderr).toBe('');
  expect(world.home.hash()).toBe(before);
  all = { results: resultsOf(run.stdout), most: seen.most, exitCode: run.exitCode };
}, 120_000);

afterAll(() => {
  expect(all.results).toHaveLength(pooled.length * MOODS.length);
});

test('an invalid credential makes exit code 1, and no more than eight are asked at a time', () => {
  expect(all.exitCode).toBe(1);
  expect(all.most).toBeGreaterThan(1);
  expect(all.most).toBeLessThanOrEqual(8);
});

test('every row of the catalog with a check is in the table', () => {
  const local = ['lmstudio']; // on this machine's own port: test/unit/check-request.test.ts
  const rows = CATALOG.filter((row) => row.check !== undefined && !local.includes(row.id));
  expect(CHECKS.map(({ id }) => id).sort()).toEqual(rows.map(({ id }) => id).sort());
});

test.each(pooled)('$id: valid, invalid, limited and a server error are told apart', (row) => {
  const found = Object.fromEntries(
    all.results.filter(({ provider }) => provider === row.id).map((r) => [r.label, r.verdict]),
  );
  expect(found).toEqual({
    valid: row.isPublic ? 'unknown' : 'valid',
    invalid: row.inconclusive ? 'unknown' : 'invalid',
    limited: 'limited',
    server_error: 'unknown',
  });
});

test('what a provider tells of credit, account and the end of a limit is shown', () => {
  const find = (provider: string, label: string): Result | undefined =>
    all.results.find((result) => result.provider === provider && result.label === label);
  expect(find('openrouter', 'valid')?.credit).toEqual({ used: 12.5, limit: 20 });
  expect(find('huggingface', 'valid')?.account).toBe('alice');
  expect(find('xai', 'limited')?.reset_at).toMatch(/^\d{4}-/);
  expect(find('xai', 'invalid')?.detail).toBe('refused (401, invalid_api_key)');
});

test('a provider that never answers is unknown, for every row', async () => {
  const moods: Record<string, CheckMood> = {};
  await using world = await startWorld({ hosts: checkHosts(pooled, moods) });
  const pools: Record<string, SeedEntry[]> = {};
  for (const row of pooled) {
    const key = keyFor(world, row, 'timeout');
    moods[key] = 'timeout';
    pools[row.id] = [entryFor(row, 'timeout', key)];
  }
  world.home.seed(pools);
  const run = await world.gormes(['auth', 'check', '--json', '--timeout', '1']);
  expect(run.exitCode).toBe(0);
  const results = resultsOf(run.stdout);
  expect(results.map(({ verdict }) => verdict)).toEqual(pooled.map(() => 'unknown'));
  for (const { detail } of results)
    expect(detail).toMatch(/^no answer from .+: nothing within 1 s$/);
});

test.each(['valid', 'invalid', 'limited', 'timeout', 'server_error'] as const)(
  'spotify, %s: the single session is asked about itself',
  async (mood) => {
    const moods: Record<string, CheckMood> = {};
    const rows = CHECKS.filter(({ id }) => id === 'spotify');
    await using world = await startWorld({ hosts: checkHosts(rows, moods) });
    const token = world.canary('spotify', 'BQ');
    moods[token] = mood;
    const state: JsonObject = { access_token: token, expires_at: '2999-01-01T00:00:00+00:00' };
    world.home.seed({}, { providers: { spotify: state } });
    const run = await world.gormes(['auth', 'check', '--json', '--timeout', '2']);
    const verdict = mood === 'timeout' || mood === 'server_error' ? 'unknown' : mood;
    expect(resultsOf(run.stdout)).toMatchObject([
      { provider: 'spotify', label: null, verdict, account: mood === 'valid' ? 'alice' : null },
    ]);
    expect(run.exitCode).toBe(mood === 'invalid' ? 1 : 0);
  },
);

test.each(CATALOG.filter((row) => row.checkless !== undefined && row.types.length > 0))(
  '$id: is not checkable, and says why',
  async (row) => {
    await using world = await startWorld();
    world.home.seed({ [row.id]: [{ label: 'x', key: world.canary('k') }] });
    const run = await world.gormes(['auth', 'check', row.id]);
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: `${row.id}\n  x  not checkable  ${row.checkless}\n\n1 credential: 1 not checkable.\n`,
    });
  },
);

test.each(CATALOG.filter((row) => row.types.length === 0))(
  '$id: says by itself that there is nothing to ask',
  async (row) => {
    await using world = await startWorld();
    const run = await world.gormes(['auth', 'check', row.id]);
    expect(run.stdout).toContain(`  -  not checkable  ${row.checkless}\n`);
  },
);

test('offline is unknown, with the host, and exit code 0', async () => {
  await using world = await startWorld();
  world.home.seed({ openrouter: [{ label: 'work', key: world.canary('k') }] });
  const run = await world.gormes(['auth', 'check']);
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toMatch(/^openrouter\n {2}work {2}unknown {8}no answer from openrouter\.ai: /);
});

test('a key that is used elsewhere is not sent to the provider, nor to the other place', async () => {
  await using world = await startWorld({ hosts: {} });
  world.home.seed({
    openrouter: [
      { label: 'proxied', key: world.canary('k'), raw: { base_url: 'https://proxy.example/v1' } },
      {
        label: 'lookalike',
        key: world.canary('l'),
        raw: { base_url: 'https://openrouter.ai.example/v1' },
      },
      { label: 'plain', key: world.canary('m'), raw: { base_url: 'http://openrouter.ai/api/v1' } },
    ],
  });
  const run = await world.gormes(['auth', 'check']);
  expect(run.stdout).toContain(
    "  proxied    not checkable  its base URL https://proxy.example is not OpenRouter's own\n",
  );
  expect(run.stdout).toContain('3 credentials: 3 not checkable.');
  expect(world.internet?.connects).toEqual([]);
});

test('a custom endpoint is asked with and without the key: only a refusal proves it', async () => {
  const key = 'lab-key-0123456789abcdef';
  const handle =
    (isOpen: boolean) => (request: { readonly headers: Readonly<Record<string, string>> }) =>
      isOpen || request.headers.authorization === `Bearer ${key}`
        ? { body: { data: [] } }
        : { status: 401, body: {} };
  await using world = await startWorld({
    hosts: { 'vllm.lab.example': handle(false), 'open.lab.example': handle(true) },
  });
  world.secret('lab', key);
  world.home.write(
    'config.yaml',
    'providers:\n  lab: {name: lab, api: https://vllm.lab.example/v1}\n  open: {name: open, api: https://open.lab.example/v1}\n',
  );
  world.home.seed({
    'custom:lab': [{ label: 'a', key }],
    'custom:open': [
      { label: 'b', key },
      { label: 'c', key, raw: { base_url: 'https://elsewhere.example/v1' } },
    ],
  });
  const run = await world.gormes(['auth', 'check', '--json']);
  expect(resultsOf(run.stdout).map(({ label, verdict }) => [label, verdict])).toEqual([
    ['a', 'valid'],
    ['b', 'unknown'],
    ['c', 'not_checkable'],
  ]);
});

test('Alibaba: a key of the other region is asked there before it counts as bad', async () => {
  await using world = await startWorld({
    hosts: {
      'dashscope-intl.aliyuncs.com': () => ({ status: 401, body: {} }),
      'dashscope.aliyuncs.com': () => ({ body: { data: [] } }),
    },
  });
  world.home.seed({ alibaba: [{ label: 'x', key: world.canary('k') }] });
  expect((await world.gormes(['auth', 'check', 'alibaba'])).stdout).toContain('  x  valid\n');
});

test('a redirect is no answer, and the key does not follow it', async () => {
  await using world = await startWorld({
    hosts: {
      'api.x.ai': () => ({ status: 307, headers: { location: 'https://evil.example/' }, body: '' }),
    },
  });
  world.home.seed({ xai: [{ label: 'x', key: world.canary('k') }] });
  const run = await world.gormes(['auth', 'check', 'xai']);
  expect(run.stdout).toContain('  x  unknown        the provider answered 307\n');
  expect(world.internet?.connects).toEqual(['api.x.ai']);
});

test('used-up credit, a token that ends soon and a dead entry need a person; renewals do not', async () => {
  const soon = Date.now() + 3 * 86_400_000;
  await using world = await startWorld({
    hosts: {
      'openrouter.ai': () => ({ body: { data: { usage: 20, limit: 20 } } }),
      'api.anthropic.com': () => ({ body: { data: [] } }),
      'api.x.ai': () => ({ status: 503, body: '' }),
    },
  });
  world.home.seed({
    openrouter: [{ label: 'spent', key: world.canary('a') }],
    anthropic: [
      {
        label: 'ends',
        key: world.canary('b', 'sk-ant-oat01-'),
        type: 'oauth',
        raw: { expires_at_ms: soon },
      },
      {
        label: 'renews',
        key: world.canary('c', 'sk-ant-oat01-'),
        type: 'oauth',
        raw: { expires_at_ms: soon, refresh_token: world.canary('r', 'sk-ant-ort01-') },
      },
    ],
    xai: [{ label: 'dead', key: world.canary('d'), raw: { last_status: 'dead' } }],
  });
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'check', '--within', '7d', '--json']);
  expect(run.exitCode).toBe(5);
  expect(resultsOf(run.stdout).map(({ label, needs }) => [label, needs?.what ?? null])).toEqual([
    ['ends', 'login'],
    ['renews', null],
    ['spent', 'credit'],
    ['dead', 'new_key'],
  ]);
  expect((await world.gormes(['auth', 'check', 'anthropic', '--within', '2d'])).stdout).toContain(
    'Nothing needs a person within 2d.',
  );
  expect((await world.gormes(['auth', 'check', 'anthropic', '--within', '2d'])).exitCode).toBe(0);
  expect(world.home.hash()).toBe(before);
});

test('a token that has run out is not sent; a source that is not set says so', async () => {
  await using world = await startWorld({ hosts: {} });
  world.home.seed({
    anthropic: [
      {
        label: 'over',
        key: world.canary('a', 'sk-ant-oat01-'),
        type: 'oauth',
        raw: { expires_at_ms: 1_000, refresh_token: world.canary('r', 'sk-ant-ort01-') },
      },
      {
        label: 'gone',
        key: world.canary('b', 'sk-ant-oat01-'),
        type: 'oauth',
        raw: { expires_at_ms: 1_000 },
      },
      { label: 'empty', key: '', source: 'env:ANTHROPIC_TOKEN' },
    ],
  });
  const run = await world.gormes(['auth', 'check']);
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toContain(
    'over   unknown        its token has run out; the next use refreshes it',
  );
  expect(run.stdout).toContain('gone   invalid        it has run out');
  expect(run.stdout).toContain('empty  unknown        ANTHROPIC_TOKEN is not set here');
});

test('a pool whose key names no provider is not checkable, and stops nothing', async () => {
  await using world = await startWorld();
  const odd = ['XAI', 'constructor', 'no such one', 'toString'];
  const pools = Object.fromEntries(
    [...odd, 'xai'].map((id) => [id, [{ label: 'a', key: world.canary(id) }]]),
  );
  world.home.seed(pools);
  const run = await world.gormes(['auth', 'check', '--json']);
  expect(run.exitCode).toBe(0);
  expect(resultsOf(run.stdout).map((r) => [r.provider, r.verdict])).toEqual([
    ...odd.map((id) => [id, 'not_checkable']),
    ['xai', 'unknown'],
  ]);
});

test('a home without credentials is said, and none is made', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'check']);
  expect(run).toMatchObject({ exitCode: 0, stdout: 'No credentials to check.\n', stderr: '' });
  expect(world.home.hash()).toBe('absent');
});

test.each([
  [['--within', '7'], '--within takes a time such as 90s, 30m, 12h or 7d'],
  [['--timeout', '0'], '--timeout takes a number of seconds, at most 600'],
])('%j is refused as usage', async (options, message) => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'check', ...options]);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain(message);
});
