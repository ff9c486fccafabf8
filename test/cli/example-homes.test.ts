import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { applied, declare, lines, planned } from '../support/declaration.ts';
import {
  apiKeysAndLogin,
  aprilHome,
  type ExampleHome,
  environmentReferences,
} from '../support/homes.ts';
import { startWorld, type World } from '../support/world.ts';

/** A declaration on one of the reference's homes, and what planning it must say. */
interface Case {
  readonly name: string;
  readonly home: ExampleHome;
  readonly yaml: string;
  readonly plan: readonly string[];
  /** Pools that the declaration touches; everything else must stay as it was. */
  readonly touched: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'API keys and an OAuth login',
    home: apiKeysAndLogin,
    yaml: `
providers:
  anthropic:
    strategy: least_used
    credentials:
      api-key-2: { state: absent }
      fresh: { api_key: "file:k" }
`,
    plan: [
      'add anthropic/fresh not_in_pool',
      'strategy anthropic strategy_changed',
      'remove anthropic/api-key-2 declared_absent',
    ],
    touched: ['anthropic'],
  },
  {
    name: 'environment references, a custom endpoint and suppressions',
    home: environmentReferences,
    yaml: `
providers:
  openrouter:
    credentials:
      personal: { api_key: "env:OPENROUTER_API_KEY" }
      work: { api_key: "file:k" }
  deepseek:
    sources: { "env:DEEPSEEK_API_KEY": suppress }
`,
    plan: [
      'adopt openrouter/personal source_matches',
      'adopt openrouter/work label_matches',
      'rotate openrouter/work secret_rotated',
      'relabel openrouter/personal label_changed',
    ],
    touched: ['openrouter'],
  },
  {
    name: 'a home of April with a dead login, a session and foreign keys',
    home: aprilHome,
    yaml: `
providers:
  zai:
    credentials:
      second: { api_key: "file:k", base_url: "https://api.z.ai/api/paas/v4" }
  google-gemini-cli:
    credentials: { me@example.com: { state: absent } }
`,
    plan: [
      'add zai/second not_in_pool',
      'reorder zai order_changed',
      'remove google-gemini-cli/me@example.com declared_absent',
    ],
    touched: ['zai', 'google-gemini-cli'],
  },
];

async function homeOf(example: ExampleHome): Promise<World> {
  const world = await startWorld();
  world.home.write('auth.json', example.auth);
  if (example.env !== '') world.home.write('.env', example.env);
  if (example.config !== '') world.home.write('config.yaml', example.config);
  return world;
}

/** The store without what an apply may change: the touched pools and the time stamp. */
function rest(auth: JsonObject, touched: readonly string[]): JsonObject {
  const copy = structuredClone(auth);
  delete copy.updated_at;
  const pool = copy.credential_pool as JsonObject;
  for (const provider of touched) delete pool[provider];
  return copy;
}

test.each(cases)(
  '$name: the plan lists what differs, apply makes it so, the rest stays',
  async (example) => {
    await using world = await homeOf(example.home);
    world.write('k', `${world.canary('key')}\n`);
    declare(world, example.yaml);
    const before = world.home.auth();
    expect(lines(await planned(world))).toEqual(example.plan);
    await applied(world);
    expect(rest(world.home.auth(), example.touched)).toEqual(rest(before, example.touched));
  },
);

test.each(cases)(
  '$name: an entry added next to the others leaves every other byte',
  async ({ home }) => {
    await using world = await homeOf(home);
    const before = home.auth.split('\n');
    const run = await world.gormes(['auth', 'add', 'xai', '--label', 'new'], {
      input: world.canary('new'),
    });
    expect(run).toMatchObject({ exitCode: 0 });
    const after = world.home.read('auth.json').split('\n');
    const lost = before.filter((line) => !after.includes(line) && !after.includes(`${line},`));
    expect(lost.filter((line) => !line.includes('"updated_at"'))).toEqual([]);
  },
);
