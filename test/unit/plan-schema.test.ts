import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import schema from '../../schema/plan.schema.json' with { type: 'json' };
import { preparePlan } from '../../src/apply/prepare-plan.ts';
import { ACTION_ORDER, type Reason } from '../../src/plan/change.ts';
import { REASONS_OF } from '../../src/plan/reasons.ts';
import { planSetToJson, planToJson } from '../../src/plan/render-json.ts';
import {
  declarations,
  depsFor,
  desiredOf,
  homes,
  inTemporaryHome,
  loadText,
  options,
  storeOf,
} from '../support/random-homes.ts';

const docs = readFileSync(new URL('../../docs/reference/plans.md', import.meta.url), 'utf8');
const validate = new Ajv({ allErrors: true }).compile(schema);

/** First cells of the rows of a table below a heading of docs/reference/plans.md. */
function tableOf(heading: string): string[][] {
  const section = docs.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')));
}

/** Reasons by action, as far as a plan can hold them. */
const planned = new Map<string, readonly Reason[]>(
  ACTION_ORDER.flatMap((action) => {
    const reasons = REASONS_OF[action].filter((reason) => reason !== 'requested');
    return reasons.length === 0 ? [] : [[action, reasons] as const];
  }),
);

test('the schema has every action of plans with every reason', () => {
  const inSchema = Object.values<object>(schema.definitions).flatMap((definition) => {
    const { properties } = definition as Definition;
    const action = properties?.action?.const;
    return action === undefined ? [] : [[action, properties?.reason?.enum]];
  });
  expect(Object.fromEntries(inSchema)).toEqual(Object.fromEntries(planned));
  const refs = schema.definitions.change.oneOf.map(({ $ref }) => $ref.split('/').at(-1));
  expect(refs.sort()).toEqual([...planned.keys()].sort());
});

interface Definition {
  readonly properties?: {
    readonly action?: { readonly const?: string };
    readonly reason?: { readonly enum?: readonly string[] };
  };
}

test('docs/reference/plans.md names every action once', () => {
  expect(
    tableOf('Actions')
      .map((cells) => cells[2])
      .sort(),
  ).toEqual([...planned.keys()].sort());
});

test('docs/reference/plans.md has every reason once, with the actions that it belongs to', () => {
  const listed = tableOf('Reasons').map((cells) => `${cells[1]}: ${cells[2]}`);
  const reasons = new Set([...planned.values()].flat());
  const known = [...reasons].map((reason) => {
    const actions = [...planned].filter(([, of]) => of.includes(reason));
    return { reason, actions: actions.map(([action]) => action) };
  });
  expect(listed.map((line) => sortedOf(line)).sort()).toEqual(
    known.map(({ reason, actions }) => sortedOf(`${reason}: ${actions.join(', ')}`)).sort(),
  );
});

function sortedOf(line: string): string {
  const [reason = '', actions = ''] = line.split(': ');
  return `${reason}: ${actions.split(', ').sort().join(', ')}`;
}

test('docs/reference/plans.md has every cause of drift', () => {
  expect(
    tableOf('Drift')
      .map((cells) => cells[1])
      .sort(),
  ).toEqual([...schema.definitions.drift.properties.cause.enum].sort());
});

test('a plan with a model, a custom provider and a suppression is as the schema says', async () => {
  await inTemporaryHome(async (dir) => {
    const text = JSON.stringify({
      version: 1,
      model: { provider: 'openrouter', default: 'vendor/model' },
      providers: {
        nous: { credentials: { portal: { type: 'oauth', min_key_ttl: '30m' } } },
        deepseek: { sources: { 'env:K1': 'suppress' } },
        spotify: { type: 'oauth', scopes: ['user-read-playback-state'] },
        bedrock: { region: 'us-east-1' },
      },
      custom_providers: { lab: { base_url: 'https://lab.example/v1' } },
      mcp_servers: { linear: { state: 'logged_in' } },
    });
    const desired = await loadText(text, dir);
    const { plan } = await preparePlan(depsFor(dir), storeOf({}, dir), desired, options);
    validate(JSON.parse(JSON.stringify(planToJson(plan, { declaration: 'd', home: dir }))));
    expect(validate.errors ?? []).toEqual([]);
    expect(plan.changes.length).toBeGreaterThan(4);
  });
});

test('plans of random homes and declarations are as the schema says', async () => {
  await fc.assert(
    fc.asyncProperty(homes, declarations, async (home, spec) => {
      await inTemporaryHome(async (dir) => {
        const desired = await desiredOf(spec, dir);
        const { plan } = await preparePlan(depsFor(dir), storeOf(home, dir), desired, options);
        const document = planToJson(plan, { declaration: 'd', home: dir });
        for (const each of [document, planSetToJson([document, document])]) {
          validate(JSON.parse(JSON.stringify(each)));
          expect(validate.errors ?? []).toEqual([]);
        }
        for (const { action, reason } of plan.changes) expect(REASONS_OF[action]).toContain(reason);
      });
    }),
    { numRuns: 40 },
  );
});
