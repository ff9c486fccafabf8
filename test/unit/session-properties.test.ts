import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { preparePlan } from '../../src/apply/prepare-plan.ts';
import { isBlocked } from '../../src/plan/plan.ts';
import { depsFor, inTemporaryHome, loadText, options, storeOf } from '../support/random-homes.ts';

// Random homes and declarations of logins outside the pool. Nobody is there to log in, so logins stay
// pending; all the rest is done in one apply.

const SERVERS = ['linear', 'a/b', 'c'];

/** A login by the client that it was made with, or none. */
const login = fc.option(fc.constantFrom('client-1', 'client-2'), { nil: undefined });
const homes = fc.record({
  spotify: login,
  mcp: fc.dictionary(fc.constantFrom(...SERVERS), login),
});
type HomeSpec = typeof homes extends fc.Arbitrary<infer T> ? T : never;

const wish = fc.option(
  fc.oneof(
    fc.constant({ state: 'logged_out' }),
    fc.record({ state: fc.constant('logged_in'), protect: fc.boolean() }),
    fc.constant({}),
  ),
  { nil: undefined },
);
const declarations = fc.record({
  unmanaged: fc.constantFrom('keep', 'remove'),
  spotify: wish,
  mcp: fc.dictionary(fc.constantFrom(...SERVERS), wish),
  forget: fc.subarray(['spotify', 'mcp:a/b']),
});
type DeclarationSpec = typeof declarations extends fc.Arbitrary<infer T> ? T : never;

function write(dir: string, { spotify, mcp }: HomeSpec): void {
  const providers =
    spotify === undefined ? {} : { spotify: { client_id: spotify, refresh_token: 'r' } };
  writeFileSync(
    join(dir, 'auth.json'),
    JSON.stringify({ version: 1, providers, credential_pool: {} }),
  );
  const servers = SERVERS.map((name) => [name, { url: 'https://m.example', auth: 'oauth' }]);
  const config = { mcp_servers: Object.fromEntries(servers) };
  writeFileSync(join(dir, 'config.yaml'), JSON.stringify(config));
  mkdirSync(join(dir, 'mcp-tokens'));
  for (const [name, client] of Object.entries(mcp)) {
    if (client === undefined) continue;
    const file = join(dir, 'mcp-tokens', name.replace('/', '_'));
    writeFileSync(`${file}.json`, JSON.stringify({ refresh_token: 'r' }));
    writeFileSync(`${file}.client.json`, JSON.stringify({ client_id: client }));
  }
}

async function desiredOf({ unmanaged, spotify, mcp, forget }: DeclarationSpec, dir: string) {
  const named = Object.entries(mcp).filter(([, each]) => each !== undefined);
  const declared = new Set([
    ...(spotify === undefined ? [] : ['spotify']),
    ...named.map(([name]) => `mcp:${name}`),
  ]);
  const text = JSON.stringify({
    version: 1,
    name: 'property',
    unmanaged,
    providers: spotify === undefined ? {} : { spotify },
    mcp_servers: Object.fromEntries(named),
    forget: forget.filter((address) => !declared.has(address)),
  });
  return await loadText(text, dir);
}

/** Whether each login is there. */
function loggedIn(dir: string): string[] {
  const { providers } = JSON.parse(readFileSync(join(dir, 'auth.json'), 'utf8'));
  return [...Object.keys(providers), ...readdirSync(join(dir, 'mcp-tokens'))].sort();
}

test('after an apply that nothing blocks only logins are left to be done', async () => {
  await fc.assert(
    fc.asyncProperty(homes, declarations, declarations, async (home, first, second) => {
      await inTemporaryHome(async (dir) => {
        const store = storeOf({}, dir);
        const deps = depsFor(dir);
        write(dir, home);
        for (const spec of [first, second]) {
          const desired = await desiredOf(spec, dir);
          const { plan, ...rest } = await preparePlan(deps, store, desired, options);
          if (isBlocked(plan)) {
            for (const change of plan.changes)
              if (change.action === 'blocked') expect(change.reason).toBe('protected');
            return;
          }
          const before = loggedIn(dir);
          const result = await applyPlan(deps, store, { plan, ...rest }, options, () => {});
          const logins = plan.changes.filter(({ action }) => /^(mcp_)?login$/.test(action));
          expect(
            result.outcomes.filter(({ state }) => state !== 'done').map((o) => o.change),
          ).toEqual(logins);
          expect(result.after.changes).toEqual(logins);
          const logouts = plan.changes.filter(({ action }) => action.endsWith('logout'));
          if (logouts.length === 0) expect(loggedIn(dir)).toEqual(before);
          if (spec.unmanaged === 'keep' && spec === first)
            for (const { reason } of logouts) expect(reason).toBe('declared_absent');
        }
      });
    }),
    { numRuns: 60 },
  );
});

test('the plan does not depend on the order of servers', async () => {
  await fc.assert(
    fc.asyncProperty(homes, declarations, async (home, spec) => {
      const plan = async (mcp: HomeSpec['mcp'], wishes: DeclarationSpec['mcp']) => {
        let changes: string[] = [];
        await inTemporaryHome(async (dir) => {
          const store = storeOf({}, dir);
          write(dir, { ...home, mcp });
          const desired = await desiredOf({ ...spec, mcp: wishes }, dir);
          const { plan } = await preparePlan(depsFor(dir), store, desired, options);
          changes = plan.changes.map((change) => JSON.stringify(change)).sort();
        });
        return changes;
      };
      const backwards = <T>(map: Record<string, T>): Record<string, T> =>
        Object.fromEntries(Object.entries(map).reverse());
      expect(await plan(backwards(home.mcp), backwards(spec.mcp))).toEqual(
        await plan(home.mcp, spec.mcp),
      );
    }),
    { numRuns: 20 },
  );
});
