import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { dumpPool } from '../../src/apply/dump-pool.ts';
import { preparePlan } from '../../src/apply/prepare-plan.ts';
import { formatText } from '../../src/config/format-text.ts';
import { isEmpty } from '../../src/plan/plan.ts';
import { findHome } from '../../src/pool/home.ts';
import { homeStore, type PoolStore } from '../../src/pool/store.ts';
import { depsFor, inTemporaryHome, loadText, options, usePins } from '../support/random-homes.ts';

const NOW = Date.now();

function jwt(email: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ email })}.secret-value`;
}

/** Labels as people, Hermes and accidents make them. */
const labels = fc.constantFrom(
  'work',
  'home',
  'a/b',
  '1',
  '10',
  'yes',
  'with "quotes" # and: more',
  'émoji 😀',
  ' edge',
  'esc\u001b[31m',
  'line\nbreak',
  'x'.repeat(70),
  '*',
  'w*',
  '__proto__',
  'sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAAAAAA1',
  '',
);

const keys = fc.record({
  label: labels,
  auth_type: fc.constant('api_key'),
  source: fc.constantFrom('manual', 'manual:import', 'config:Lab', 'gh_cli', 'nobody_knows'),
  access_token: fc.constantFrom('secret-value-of-K1', 'secret-value-of-K2', 'secret-value-else'),
  base_url: fc.constantFrom(
    undefined,
    'https://other.example/v1',
    'http://10.0.0.1/v1',
    'https://user:secret-value@host.example',
  ),
  last_status: fc.constantFrom(null, 'ok', 'exhausted', 'dead'),
});

const logins = fc.record({
  label: labels,
  auth_type: fc.constant('oauth'),
  source: fc.constantFrom('manual', 'manual:device_code', 'manual:hermes_pkce', 'device_code'),
  access_token: fc.constantFrom(jwt('alice@example.com'), 'secret-value-opaque'),
  refresh_token: fc.constantFrom(undefined, 'secret-value-refresh'),
  expires_at_ms: fc.constantFrom(undefined, NOW - 60_000, NOW + 3_600_000),
  last_status: fc.constantFrom(null, 'dead'),
});

const borrowed = fc.record({
  label: labels,
  auth_type: fc.constant('api_key'),
  source: fc.constantFrom('env:OPENROUTER_API_KEY', 'env:DEEPSEEK_API_KEY', 'env:K1'),
  last_status: fc.constant(null),
});

const stores = fc.record({
  pools: fc.dictionary(
    fc.constantFrom(
      'openrouter',
      'deepseek',
      'anthropic',
      'nous',
      'openai-codex',
      'copilot',
      'qwen-oauth',
      'spotify',
      'bedrock',
      'custom:lab',
      'custom:gone',
      'unheard-of',
    ),
    fc.array(fc.oneof(keys, logins, borrowed), { maxLength: 4 }),
    { maxKeys: 4 },
  ),
  suppressed: fc.dictionary(
    fc.constantFrom('openrouter', 'anthropic', 'copilot', 'custom:lab', 'unheard-of'),
    fc.uniqueArray(
      fc.constantFrom('env:OPENROUTER_API_KEY', 'claude_code', 'gh_cli', 'odd source', 'env:'),
      { minLength: 1 },
    ),
  ),
  spotify: fc.boolean(),
  pins: fc.dictionary(fc.constantFrom('openrouter', 'anthropic', 'custom:lab'), fc.nat(4)),
  env: fc.constantFrom(
    '',
    'OPENROUTER_API_KEY=secret-value-of-env\n',
    'MY_KEY=secret-value-else\n',
  ),
  config: fc.record({
    strategy: fc.constantFrom(undefined, 'fill_first', 'round_robin'),
    model: fc.constantFrom(
      undefined,
      { provider: 'openrouter', default: 'vendor/model' },
      { provider: 'or' },
      { provider: 'custom:lab' },
      { provider: 'auto', default: 'm' },
    ),
    lab: fc.constantFrom(
      undefined,
      { name: 'Lab', api: 'https://lab.example/v1', api_key: 'secret-value-lab' },
      { name: 'lab', api: 'http://10.0.0.1/v1' },
      { name: 'Lab', api: 'http://localhost:8000/v1', transport: 'chat_completions' },
    ),
  }),
});

type StoreSpec = typeof stores extends fc.Arbitrary<infer T> ? T : never;

function storeFrom(spec: StoreSpec, dir: string): PoolStore {
  let id = 0;
  const pools = Object.entries(spec.pools).map(([provider, rows]) => [
    provider,
    rows.map((row, priority) => ({ id: (id++).toString(16).padStart(6, '0'), priority, ...row })),
  ]);
  const auth = {
    version: 1,
    providers: spec.spotify ? { spotify: { refresh_token: 'secret-value-spotify' } } : {},
    credential_pool: Object.fromEntries(pools),
    suppressed_sources: spec.suppressed,
  };
  const { strategy, model, lab } = spec.config;
  const config = {
    ...(model && { model }),
    ...(strategy && { credential_pool_strategies: { openrouter: strategy, anthropic: strategy } }),
    ...(lab && { providers: { lab } }),
  };
  writeFileSync(join(dir, 'auth.json'), JSON.stringify(auth, null, 2));
  writeFileSync(join(dir, '.env'), spec.env);
  writeFileSync(join(dir, 'config.yaml'), JSON.stringify(config));
  return homeStore(findHome({}, dir, { home: dir, profile: undefined }), depsFor(dir), 5000);
}

test('a dump is a valid declaration that adopts and changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(stores, async (spec) => {
      await inTemporaryHome(async (dir) => {
        const store = storeFrom(spec, dir);
        const deps = depsFor(dir);
        await usePins(deps, store, spec.pins);
        const dump = await dumpPool(deps, store);
        expect(JSON.stringify(dump)).not.toContain('secret-value');
        expect(await formatText(dump.declaration)).toBe(dump.declaration);
        const desired = await loadText(dump.declaration, dir);
        const prepared = await preparePlan(deps, store, desired, options);
        expect(prepared.plan.changes.filter(({ action }) => action !== 'adopt')).toEqual([]);
        const rows = () => JSON.parse(readFileSync(join(dir, 'auth.json'), 'utf8'));
        const before = rows();
        const result = await applyPlan(deps, store, prepared, options, () => {});
        expect(isEmpty(result.after)).toBe(true);
        for (const [provider, pool] of Object.entries<object[]>(before.credential_pool)) {
          expect(rows().credential_pool[provider].length).toBeLessThanOrEqual(pool.length + 1);
        }
        const again = await dumpPool(deps, store);
        const second = await preparePlan(
          deps,
          store,
          await loadText(again.declaration, dir),
          options,
        );
        expect(second.plan.changes).toEqual([]);
      });
    }),
    { numRuns: 150 },
  );
});
