import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isJsonObject } from '../../src/base/json.ts';
import type { Hosts } from '../internet/internet.ts';
import type { SimReply, SimRequest } from '../internet/simulator.ts';
import { filesUnder } from '../support/test-home.ts';
import { type Run, type RunOptions, startWorld, type World } from '../support/world.ts';
import { inLanes } from './faulty-run.ts';
import { FAULTS, type NetworkFault, SERVER_TEXT } from './network-faults.ts';
import { FLOWS, type Flow, type Servers, startServers } from './network-flows.ts';
import { figure, LIMIT_MS } from './sizes.ts';

const HOOK = new URL('./network-hook.mjs', import.meta.url).href;

interface Case {
  readonly flow: Flow;
  readonly fault: NetworkFault;
  readonly name: string;
}

const CASES: readonly Case[] = FLOWS.flatMap((flow) =>
  FAULTS.filter(
    (fault) => fault.kind !== 'status' || !fault.retryAfter || flow.heedsRetryAfter,
  ).map((fault) => ({ flow, fault, name: `${flow.name}: ${fault.name}` })),
);

/** Cases in which the server sends more than anybody should keep. */
const floods = (fault: NetworkFault): boolean => fault.kind === 'lost' && fault.why === 'oversize';
/** The size of a process in them is compared with that of this one. */
const PLAIN = 'a page';

/** What came of a case. */
interface Ended extends Run {
  readonly requests: number;
  /** Tries to connect to the host of the fault. */
  readonly connects: number;
  /** Secrets and settings of the home, before and after. */
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
  /** The largest size of the process, in KiB. */
  readonly rss: number;
  /** After a refresh that may have left: the same command once more, and all requests by then. */
  readonly repeat: (Run & { readonly requests: number }) | undefined;
}

const ended = new Map<string, Ended>();
const problems = new Map<string, unknown>();

// Deadlines of the program are waited for, all of them at the same time; but each run has come to its
// fault before many others begin, or a busy machine would end it earlier.
beforeAll(async () => {
  await using servers = await startServers();
  const attempt = async (each: Case, arrived: () => void = () => undefined) => {
    try {
      ended.set(each.name, await runCase(each, servers, arrived));
    } catch (error) {
      problems.set(each.name, error);
    }
    arrived();
  };
  const slow: Promise<void>[] = [];
  const begin = (each: Case) =>
    new Promise<void>((arrived) => {
      slow.push(attempt(each, arrived));
    });
  await inLanes(
    CASES.filter(({ fault }) => fault.slow),
    begin,
  );
  await inLanes(
    CASES.filter(({ fault }) => !fault.slow),
    attempt,
    6,
  );
  await Promise.all(slow);
}, LIMIT_MS);

afterAll(() => {
  figure(
    `network: ${FAULTS.length} faults × ${FLOWS.length} flows, ${ended.size} runs: each ended by itself, said where and why, and stored nothing of it`,
  );
  const cost = CASES.filter(({ fault }) => floods(fault)).map((each) => costOf(each));
  figure(`network: ${cost.length} floods took at most ${Math.round(Math.max(...cost) / 1024)} MiB`);
});

async function runCase(
  { flow, fault }: Case,
  servers: Servers,
  arrived: () => void,
): Promise<Ended> {
  const stage = flow.begin(servers);
  const met = new Meeting(fault.kind === 'lost' ? flow.outcome(fault).requests : 1, arrived);
  const told: { world?: World } = {};
  await using world = await startWorld({
    hosts: withFault(stage.hosts, flow, fault, met, told),
    env: stage.env ?? {},
  });
  told.world = world;
  stage.prepare(world);
  const before = kept(world);
  const names = world.write('names', '');
  const rss = world.write('rss', '');
  const atHost = fault.kind === 'connect' ? fault.host : {};
  const options: RunOptions = {
    env: {
      ...(floods(fault) || fault.name === PLAIN || typeof atHost === 'string'
        ? { NODE_OPTIONS: `--import ${HOOK}`, FAULT_RSS: rss }
        : {}),
      ...(typeof atHost === 'string'
        ? { FAULT_NET: atHost, FAULT_COUNT: names, NO_PROXY: flow.host }
        : {}),
    },
  };
  const running = stage.run(world, options);
  if (fault.slow && fault.kind === 'connect') {
    await Promise.race([vi.waitUntil(() => connectsOf(world, flow) > 0, PATIENT), running]);
    arrived();
  }
  const run = await running;
  const size = Number(readFileSync(rss, 'utf8'));
  const { requests } = met;
  const after = kept(world);
  const isLost = run.stderr.includes('[refresh_uncertain]');
  const repeat = isLost ? await stage.run(world, options) : undefined;
  const asked = readFileSync(names, 'utf8').split('\n');
  return {
    ...run,
    requests,
    connects: connectsOf(world, flow) + asked.filter((name) => name === flow.host).length,
    before,
    after,
    rss: size,
    repeat: repeat && { ...repeat, requests: met.requests },
  };
}

/** Longer than it takes on any machine. */
const PATIENT = { timeout: LIMIT_MS };

const connectsOf = ({ internet }: World, { host }: Flow): number =>
  internet?.connects.filter((name) => name === host).length ?? 0;

/** Counts the requests that meet the fault. */
class Meeting {
  requests = 0;
  readonly #expected: number;
  readonly #arrived: () => void;

  /** @param arrived called when so many requests have come */
  constructor(expected: number, arrived: () => void) {
    this.#expected = expected;
    this.#arrived = arrived;
  }

  count(): void {
    this.requests += 1;
    if (this.requests === this.#expected) this.#arrived();
  }
}

/** The hosts of a flow, one of which fails; each request is still judged by its simulator. */
function withFault(
  hosts: Hosts,
  flow: Flow,
  fault: NetworkFault,
  met: Meeting,
  told: { readonly world?: World },
): Hosts {
  const host = hosts[flow.host];
  if (host === undefined) throw new Error(`no simulator of ${flow.host}`);
  const right = typeof host === 'function' ? host : host.handle;
  const handle = async (request: SimRequest): Promise<SimReply> => {
    const reply = await right(request);
    if (!flow.meets(request)) return reply;
    met.count();
    const text = typeof reply.body === 'object' ? JSON.stringify(reply.body) : (reply.body ?? '');
    hide(told.world, text);
    switch (fault.kind) {
      case 'connect':
        return reply;
      case 'lost':
        return fault.reply(text);
      case 'status':
        return fault.reply();
      case 'body':
        return fault.reply(text, flow.field);
      default:
        return fault satisfies never;
    }
  };
  const atHost = fault.kind === 'connect' && typeof fault.host === 'object' ? fault.host : {};
  return { ...hosts, [flow.host]: { handle, ...atHost } };
}

/** Tokens that a server sends are secrets too, also where they are refused. */
function hide(world: World | undefined, text: string): void {
  for (const [, token = ''] of text.matchAll(/"(?:access|refresh)_token":\s*"([^"]{12,})"/g)) {
    world?.secret('token of the server', token);
  }
}

/** Every file of the home without our own notes and the lock; of the store without counters and status. */
function kept({ home }: World): Record<string, unknown> {
  if (!home.exists('.')) return {};
  const files = filesUnder(home.dir).map((file) => file.slice(home.dir.length + 1));
  const theirs = files.filter((file) => !/^gormes(\/|$)|\.lock$/.test(file));
  return Object.fromEntries(
    theirs.map((file) => [file, file === 'auth.json' ? rowsOf(home.auth()) : textOf(home, file)]),
  );
}

function textOf(home: World['home'], file: string): string {
  try {
    return home.read(file);
  } catch {
    return 'a folder';
  }
}

/** The store without what only says how a credential fares. */
function rowsOf(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) =>
      /^(last_|updated_at$|request_count$)/.test(key) ? undefined : inner,
    ),
  );
}

/** What the key of a detection leaves, besides the key. */
function isKeyAlone({ after }: Ended): boolean {
  const auth = after['auth.json'];
  const pool = isJsonObject(auth) && isJsonObject(auth.credential_pool) && auth.credential_pool.zai;
  return Array.isArray(pool) && pool.length === 1 && !JSON.stringify(auth).includes('detected');
}

/** What a flood may cost, in KiB (reliability.md E3). */
const FLOOD_KIB = 64 * 1024;

/** How much larger the process was than in a run without a flood, in KiB. */
function costOf({ flow, name }: Case): number {
  const plain = ended.get(`${flow.name}: ${PLAIN}`)?.rss ?? 0;
  return (ended.get(name)?.rss ?? 0) - plain;
}

test.each(CASES)('$name', ({ flow, fault, name }) => {
  if (problems.has(name)) throw problems.get(name);
  const run = ended.get(name);
  if (run === undefined) throw new Error('it did not run');
  const shown = `${run.stdout}${run.stderr}`;
  const { exitCode, says, requests } = flow.outcome(fault);
  expect(shown).toMatch(says);
  expect(run.exitCode, shown).toBe(exitCode);
  expect(run.requests, 'requests').toBe(requests);
  if (run.repeat !== undefined) {
    expect(run.repeat.stderr).toContain('[refresh_uncertain]');
    expect(run.repeat).toMatchObject({ exitCode: 5, stdout: '', requests });
  }
  if (fault.kind === 'connect') {
    expect(run.connects, 'connects').toBe(flow.tries(fault.why));
  }
  expect(shown.match(/^error: /gm) ?? [], shown).toHaveLength(exitCode === 0 ? 0 : 1);
  expect(shown).not.toMatch(/\n\s+at |\[bug\]|node:/);
  expect(shown).not.toContain(SERVER_TEXT);
  expect(shown.length).toBeLessThan(2000);
  if (floods(fault)) {
    expect(run.rss).toBeGreaterThan(0);
    expect(costOf({ flow, fault, name }), 'KiB').toBeLessThan(FLOOD_KIB);
  }
  if (flow.name === 'detection of an endpoint') expect(isKeyAlone(run), shown).toBe(true);
  else expect(run.after).toEqual(run.before);
});
