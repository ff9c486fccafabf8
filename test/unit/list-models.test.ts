import { expect, test } from 'vitest';
import { listModels, probeEndpoint } from '../../src/apply/list-models.ts';
import type { Deps, HttpReply, HttpRequest } from '../../src/base/deps.ts';
import { GormesError } from '../../src/base/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import { findHome } from '../../src/pool/home.ts';
import { homeStore } from '../../src/pool/store.ts';
import { fakeClock } from '../support/login.ts';
import { startWorld } from '../support/world.ts';

interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
}

/** Deps whose network is a table of answers; what is asked is noted. */
function network(replies: Readonly<Record<string, Partial<HttpReply> | 'down'>>) {
  const asked: Asked[] = [];
  const http = async ({ url, headers }: HttpRequest): Promise<HttpReply> => {
    asked.push({ url, authorization: headers?.authorization });
    const reply = replies[url] ?? { status: 404 };
    if (reply === 'down') throw new GormesError('network_failed', 'no answer');
    return { status: 200, headers: {}, body: '', ...reply };
  };
  const deps: Pick<Deps, 'http' | 'clock' | 'random' | 'signal'> = {
    http: async () => http,
    clock: fakeClock(),
    random: Buffer.alloc,
    signal: new AbortController().signal,
  };
  return { asked, deps };
}

const LIST = { body: '{"data":[{"id":"m1"}]}' };
const INTL = 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1/models';
const CHINA = 'https://dashscope.aliyuncs.com/compatible-mode/v1/models';

async function listed(
  pools: Readonly<Record<string, { label: string; key: string; raw?: { base_url: string } }[]>>,
  provider: string,
  net: ReturnType<typeof network>,
) {
  await using world = await startWorld();
  world.home.seed(pools);
  const home = findHome({}, world.userHome, { home: world.home.dir, profile: undefined });
  const deps = { ...net.deps, env: {}, userHome: undefined };
  return await listModels(net.deps, homeStore(home, deps, 0), provider);
}

test('a key of the other region gets its list from there', async () => {
  const net = network({ [INTL]: { status: 401 }, [CHINA]: LIST });
  expect(await listed({ alibaba: [{ label: 'a', key: 'k1' }] }, 'alibaba', net)).toEqual({
    models: [{ name: 'm1' }],
    from: 'provider',
    problem: undefined,
  });
  expect(net.asked).toEqual([
    { url: INTL, authorization: 'Bearer k1' },
    { url: CHINA, authorization: 'Bearer k1' },
  ]);
});

test('a key of an endpoint of one’s own is sent to no other', async () => {
  const net = network({ 'https://proxy.example/v1/models': { status: 401 }, [CHINA]: LIST });
  const entry = { label: 'a', key: 'k1', raw: { base_url: 'https://proxy.example/v1' } };
  const { models, from, problem } = await listed({ alibaba: [entry] }, 'alibaba', net);
  expect({ models, from, problem }).toEqual({
    models: [],
    from: 'snapshot',
    problem: 'it answered with HTTP 401',
  });
  expect(net.asked.map(({ url }) => url)).toEqual(['https://proxy.example/v1/models']);
});

test('a public list is asked without a key, another one is not asked at all', async () => {
  const net = network({ 'https://openrouter.ai/api/v1/models': LIST });
  expect((await listed({}, 'openrouter', net)).models).toEqual([{ name: 'm1' }]);
  expect(net.asked).toEqual([
    { url: 'https://openrouter.ai/api/v1/models', authorization: undefined },
  ]);
  const other = network({});
  const { from, problem } = await listed({}, 'zai', other);
  expect({ from, problem }).toEqual({ from: 'snapshot', problem: 'there is no usable credential' });
  expect(other.asked).toEqual([]);
});

test.each([
  ['a network that is down', 'down', 'no answer'],
  ['a redirect', { status: 302 }, 'it answered with HTTP 302'],
  ['a page', { body: '<html>' }, 'its answer was no list of models'],
  ['an empty list', { body: '{"data":[]}' }, 'its list is empty'],
] as const)('%s leaves the names of the snapshot', async (_name, reply, problem) => {
  const net = network({ 'https://openrouter.ai/api/v1/models': reply });
  const { models, from, problem: why } = await listed({}, 'openrouter', net);
  expect({ from, why }).toEqual({ from: 'snapshot', why: problem });
  expect(models).toContainEqual({ name: 'anthropic/claude-sonnet-5' });
});

const EXCHANGE = 'https://api.github.com/copilot_internal/v2/token';
const PLAN = 'https://api.individual.githubcopilot.com';

test('Copilot’s list takes the token that GitHub makes, at the host of the plan', async () => {
  const made = { token: 'tid=made', expires_at: 0, endpoints: { api: PLAN } };
  const net = network({ [EXCHANGE]: { body: JSON.stringify(made) }, [`${PLAN}/models`]: LIST });
  const pools = { copilot: [{ label: 'a', key: 'gho_1' }] };
  expect((await listed(pools, 'copilot', net)).models).toEqual([{ name: 'm1' }]);
  expect(net.asked).toEqual([
    { url: EXCHANGE, authorization: 'token gho_1' },
    { url: `${PLAN}/models`, authorization: 'Bearer tid=made' },
  ]);
});

test('without a token of its own, Copilot’s list is asked with the GitHub token, else known', async () => {
  const net = network({ [EXCHANGE]: { status: 404 } });
  const pools = { copilot: [{ label: 'a', key: 'gho_1' }] };
  const { models, from, problem } = await listed(pools, 'copilot', net);
  expect({ from, problem }).toEqual({ from: 'snapshot', problem: 'it answered with HTTP 404' });
  expect(models.length).toBeGreaterThan(3);
  expect(net.asked.at(-1)).toEqual({
    url: 'https://api.githubcopilot.com/models',
    authorization: 'Bearer gho_1',
  });
});

test.each([
  ['as given', 'https://a.example/v1', 'https://a.example/v1', true],
  ['with /v1', 'https://b.example', 'https://b.example/v1', true],
  ['without /v1', 'https://c.example/v1', 'https://c.example', true],
  ['nowhere', 'https://d.example/', 'https://d.example', false],
])('an endpoint answers %s', async (_name, given, baseUrl, verified) => {
  const net = network({
    'https://a.example/v1/models': LIST,
    'https://b.example/v1/models': LIST,
    'https://c.example/models': LIST,
  });
  const probe = await probeEndpoint(net.deps, given, new Secret('k'));
  expect(probe).toEqual({ baseUrl, verified, models: verified ? ['m1'] : [] });
  expect(new Set(net.asked.map(({ authorization }) => authorization))).toEqual(
    new Set(['Bearer k']),
  );
});
