import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Place, runVictim, type Victim, withPlace } from './faulty-run.ts';
import { figure } from './sizes.ts';

const APPLY: Omit<Victim, 'prepare'> = { name: 'apply', args: ['auth', 'apply', '--yes'] };

function declare(place: Place, providers: string): void {
  writeFileSync(join(place.dir, 'gormes.auth.yaml'), `version: 1\nname: unfinished\n${providers}`);
}

function key(place: Place, name: string, text: string): void {
  writeFileSync(join(place.dir, name), `${text}\n`, { mode: 0o600 });
}

const labels = (place: Place): string[] => place.home.pool('xai').map((row) => String(row.label));

/** `begin xai/mine` for each line of the journal. */
function events({ home }: Place): string[] {
  return home
    .read('gormes/journal.jsonl')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .map(({ event, address }) => `${event} ${address}`);
}

interface Case {
  readonly name: string;
  /** What stands in the home before. */
  readonly prepare: (place: Place) => Promise<void> | void;
  readonly declared: string;
  /** That what the killed apply was making stands there, and that nothing but the note is missing. */
  readonly made: (place: Place) => void;
  /** A declaration without it. */
  readonly dropped: string;
  /** That it went with its declaration: it had an owner. */
  readonly gone: (place: Place) => void;
}

const OTHERS = 'providers: { xai: { credentials: {} } }\n';
const ONE_KEY = 'providers: { xai: { credentials: { mine: { api_key: "file:key" } } } }\n';

const CASES: readonly Case[] = [
  {
    name: 'a new key',
    prepare: () => undefined,
    declared: ONE_KEY,
    made: (place) => expect(labels(place).sort()).toEqual(['mine', 'other']),
    dropped: OTHERS,
    gone: (place) => expect(labels(place)).toEqual(['other']),
  },
  {
    name: 'a rotated key',
    prepare: async (place) => {
      declare(place, ONE_KEY);
      expect(await apply(place)).toMatchObject({ code: 0 });
      key(place, 'key', 'fake-key-2');
    },
    declared: ONE_KEY,
    made: ({ home }) => {
      const keys = home.pool('xai').map((row) => row.access_token);
      expect(keys.sort()).toEqual(['fake-key-2', 'fake-other']);
    },
    dropped: OTHERS,
    gone: (place) => expect(labels(place)).toEqual(['other']),
  },
  {
    name: 'a suppressed source',
    prepare: () => undefined,
    declared: 'providers: { xai: { sources: { "env:XAI_API_KEY": suppress } } }\n',
    made: ({ home }) =>
      expect(home.auth()).toMatchObject({ suppressed_sources: { xai: ['env:XAI_API_KEY'] } }),
    dropped: OTHERS,
    gone: ({ home }) => expect(home.auth().suppressed_sources).toBeUndefined(),
  },
  {
    name: 'the definition of an endpoint',
    prepare: () => undefined,
    declared:
      'custom_providers: { lab: { base_url: "https://lab.example/v1", credentials: {} } }\n',
    made: ({ home }) => expect(home.read('config.yaml')).toContain('lab.example'),
    dropped: OTHERS,
    gone: ({ home }) => expect(home.read('config.yaml')).not.toContain('lab.example'),
  },
];

async function apply(place: Place, fault?: { readonly rename: string }) {
  return await runVictim(place, { ...APPLY, prepare: () => undefined }, fault);
}

/** A command that changes the home, and takes up first what was left. */
async function settle(place: Place): Promise<void> {
  const reset = { ...APPLY, prepare: () => undefined, args: ['auth', 'reset', 'xai'] };
  expect(await runVictim(place, reset)).toMatchObject({ code: 0 });
}

test.each(CASES)(
  '$name: killed before the note about it, it is known as ours by whatever comes next',
  async ({ name, prepare, declared, made, dropped, gone }) => {
    await withPlace(async (place) => {
      place.home.seed({ xai: [{ label: 'other', key: 'fake-other' }] });
      key(place, 'key', 'fake-key-1');
      await prepare(place);
      declare(place, declared);
      const before =
        place.home.exists('gormes/ledger.json') && place.home.read('gormes/ledger.json');
      expect(await apply(place, { rename: 'ledger.json' })).toMatchObject({ signal: 'SIGKILL' });
      made(place);
      expect(place.home.exists('gormes/ledger.json') && place.home.read('gormes/ledger.json')).toBe(
        before,
      );

      declare(place, dropped);
      const run = await apply(place);
      expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
      gone(place);
    });
    figure(`unfinished: ${name}, killed between the store and its note: owned by the next run`);
  },
);

test('the journal tells the end of a change that a kill cut off', async () => {
  await withPlace(async (place) => {
    key(place, 'key', 'fake-key-1');
    declare(place, ONE_KEY);
    expect(await apply(place, { rename: 'ledger.json' })).toMatchObject({ signal: 'SIGKILL' });
    const history = { ...APPLY, prepare: () => undefined, args: ['auth', 'history', '--json'] };
    expect((await runVictim(place, history)).stdout).toContain('"interrupted"');
    await settle(place);
    const { stdout } = await runVictim(place, history);
    expect(stdout).not.toContain('"interrupted"');
    expect(place.home.json('gormes/ledger.json')).toMatchObject({
      entries: { 'xai/mine': { id: place.home.pool('xai')[0]?.id } },
    });
  });
});

test('the end of each of several changes that one write made is told', async () => {
  await withPlace(async (place) => {
    place.home.seed({ xai: [{ label: 'other', key: 'fake-other' }] });
    key(place, 'key', 'fake-key-1');
    key(place, 'key2', 'fake-key-2');
    declare(
      place,
      'providers: { xai: { credentials: { mine: { api_key: "file:key" }, more: { api_key: "file:key2" } } } }\n',
    );
    expect(await apply(place, { rename: 'ledger.json' })).toMatchObject({ signal: 'SIGKILL' });
    await settle(place);
    const begun = events(place).filter((event) => event.startsWith('begin xai/'));
    expect(begun).toEqual(['begin xai/mine', 'begin xai/more']);
    const history = { ...APPLY, prepare: () => undefined, args: ['auth', 'history', '--json'] };
    expect((await runVictim(place, history)).stdout).not.toContain('"interrupted"');
  });
});

interface Ending {
  readonly name: string;
  readonly prepare: (place: Place) => void;
  readonly declared: string;
  /** How the home is asked to end what the declaration made. */
  readonly args: readonly string[];
  readonly declaredThen: string;
  readonly gone: (place: Place) => void;
}

const ENDINGS: readonly Ending[] = [
  {
    name: 'a removal by apply',
    prepare: (place) => {
      place.home.seed({ xai: [{ label: 'other', key: 'fake-other' }] });
      key(place, 'key', 'fake-key-1');
    },
    declared: ONE_KEY,
    args: APPLY.args,
    declaredThen: OTHERS,
    gone: (place) => expect(labels(place)).toEqual(['other']),
  },
  {
    name: 'a logout by apply',
    prepare: ({ home }) =>
      home.seed(
        {},
        { providers: { spotify: { client_id: 'client-1', refresh_token: 'fake-refresh' } } },
      ),
    declared: 'providers: { spotify: {} }\n',
    args: APPLY.args,
    declaredThen: 'providers: { spotify: { state: logged_out } }\n',
    gone: ({ home }) => expect(home.auth().providers).toEqual({}),
  },
  {
    name: 'a logout at an MCP server',
    prepare: ({ home }) => {
      home.write(
        'config.yaml',
        'mcp_servers: { linear: { url: "https://mcp.example/mcp", auth: oauth } }\n',
      );
      home.write(
        'mcp-tokens/linear.json',
        '{ "access_token": "fake", "refresh_token": "fake-refresh" }',
      );
      home.write('mcp-tokens/linear.client.json', '{ "client_id": "client-1" }');
    },
    declared: 'mcp_servers: { linear: {} }\n',
    args: APPLY.args,
    declaredThen: 'mcp_servers: { linear: { state: logged_out } }\n',
    gone: ({ home }) => expect(home.exists('mcp-tokens/linear.json')).toBe(false),
  },
  {
    name: 'a logout by hand',
    prepare: (place) => key(place, 'key', 'fake-key-1'),
    declared: ONE_KEY,
    args: ['auth', 'logout', 'xai'],
    declaredThen: ONE_KEY,
    gone: (place) => expect(labels(place)).toEqual([]),
  },
];

test.each(ENDINGS)(
  '$name that was killed before the note about it is not told as made outside',
  async ({ prepare, declared, args, declaredThen, gone }) => {
    await withPlace(async (place) => {
      prepare(place);
      declare(place, declared);
      expect(await apply(place)).toMatchObject({ code: 0 });
      declare(place, declaredThen);
      const end = { ...APPLY, prepare: () => undefined, args };
      const killed = await runVictim(place, end, { rename: 'ledger.json' });
      expect(killed).toMatchObject({ signal: 'SIGKILL' });
      gone(place);
      const plan = { ...APPLY, prepare: () => undefined, args: ['auth', 'plan'] };
      const { stdout } = await runVictim(place, plan);
      expect(stdout).not.toContain('outside');
      await settle(place);
      const [begun = ''] = events(place)
        .filter((event) => event.startsWith('begin'))
        .slice(-2);
      expect(events(place)).toContain(begun.replace('begin', 'done'));
      const run = await apply(place);
      expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
    });
  },
);

test('a pin follows a rotation that was killed before the note about it, and stays ours', async () => {
  await withPlace(async (place) => {
    place.home.seed({ xai: [{ label: 'other', key: 'fake-other' }] });
    key(place, 'key', 'fake-key-1');
    const pinned = ONE_KEY.replace('{ credentials', '{ pin: mine, credentials');
    declare(place, pinned);
    expect(await apply(place)).toMatchObject({ code: 0 });
    key(place, 'key', 'fake-key-2');
    expect(await apply(place, { rename: 'ledger.json' })).toMatchObject({ signal: 'SIGKILL' });
    await settle(place);
    const rotated = place.home.pool('xai').find((row) => row.access_token === 'fake-key-2');
    const pin = { id: rotated?.id, label: 'mine' };
    expect(place.home.json('gormes/ledger.json')).toMatchObject({
      pins: { xai: pin },
      owned_pins: { xai: { ...pin, declaration: 'unfinished' } },
    });
  });
});

test('what was killed before the store is no claim on an entry that comes later', async () => {
  await withPlace(async (place) => {
    place.home.seed({ xai: [{ label: 'other', key: 'fake-other' }] });
    key(place, 'key', 'fake-key-1');
    declare(place, ONE_KEY);
    expect(await apply(place, { rename: 'auth.json' })).toMatchObject({ signal: 'SIGKILL' });
    const add = {
      ...APPLY,
      prepare: () => undefined,
      args: ['auth', 'add', 'xai', '--label', 'mine'],
      input: 'fake-by-hand',
    };
    expect(await runVictim(place, add)).toMatchObject({ code: 0 });
    declare(place, OTHERS);
    const run = await apply(place);
    expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
    expect(labels(place).sort()).toEqual(['mine', 'other']);
  });
});

test('a relabelling that was killed before the store is not told as made outside', async () => {
  await withPlace(async (place) => {
    place.home.seed({ xai: [{ label: 'other', key: 'fake-key-1' }] });
    key(place, 'key', 'fake-key-1');
    declare(place, ONE_KEY);
    expect(await apply(place, { rename: 'auth.json' })).toMatchObject({ signal: 'SIGKILL' });
    expect(labels(place)).toEqual(['other']);
    const plan = { ...APPLY, prepare: () => undefined, args: ['auth', 'plan'] };
    expect((await runVictim(place, plan)).stdout).not.toContain('outside');
    expect(await apply(place)).toMatchObject({ code: 0 });
    expect(labels(place)).toEqual(['mine']);
  });
});

test('a change that reads config.yaml only when it is asked for is begun once', async () => {
  await withPlace(async (place) => {
    place.home.seed({ xai: [{ label: 'other', key: 'fake-other' }] });
    place.home.write('config.yaml', 'model: { provider: nous }\n');
    declare(place, 'providers: { xai: { strategy: round_robin, credentials: {} } }\n');
    expect(await apply(place)).toMatchObject({ code: 0 });
    expect(events(place)).toEqual(['begin xai', 'done xai']);
  });
});
