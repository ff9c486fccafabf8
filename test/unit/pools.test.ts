import { expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/base/json.ts';
import { loadEffectivePool } from '../../src/pool/inherit.ts';
import { knownProviders, loadPool } from '../../src/pool/pools.ts';
import { apiKeysAndLogin, aprilHome, environmentReferences } from '../support/homes.ts';
import { snapshotOf } from '../support/snapshots.ts';

function parse(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error('no store');
  return value;
}

test.each([
  ['API keys and a login', apiKeysAndLogin, []],
  // Their fingerprints are of other secrets than those of the file: the rows follow their sources.
  ['references', environmentReferences, ['openrouter', 'zai']],
  ['April', aprilHome, ['openai-codex', 'zai']],
])('loading %s changes only what Hermes would change', (_name, home, changed) => {
  const auth = parse(home.auth);
  const snapshot = snapshotOf({ auth, env: home.env });
  const pools = knownProviders(auth, snapshot.inputs)
    .map((provider) => loadPool(provider, auth, snapshot.inputs))
    .filter((pool) => pool.changed);
  expect(pools.map((pool) => pool.provider)).toEqual(changed);
});

test('providers are listed in plain string order, custom ones among them', () => {
  const auth = { credential_pool: { 'custom:zz': [], Zed: [] } };
  const { inputs } = snapshotOf({ auth, config: { providers: { a: { api: 'http://a/v1' } } } });
  const ids = knownProviders(auth, inputs);
  expect(ids).toEqual([...ids].sort((a, b) => (a < b ? -1 : 1)));
  expect(ids.indexOf('custom:a')).toBeGreaterThan(ids.indexOf('copilot-acp'));
  expect(ids.indexOf('custom:zz')).toBeLessThan(ids.indexOf('deepinfra'));
});

const key = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  label: id,
  source: 'manual',
  access_token: `key-${id}`,
  priority: 0,
  ...more,
});

/** Labels of the pool that a profile uses; those of the root's store marked. */
function effective(auth: JsonObject, rootAuth: JsonObject, provider: string, env = ''): string[] {
  const pool = loadEffectivePool(snapshotOf({ auth, rootAuth, env }), provider);
  return pool.entries.map((entry) => `${entry.label}${pool.isInherited(entry) ? '*' : ''}`);
}

test('a profile without entries of a provider uses those of the root', () => {
  const root = {
    credential_pool: { openrouter: [key('r1'), key('r2', { priority: 1 })], xai: [key('x')] },
  };
  expect(effective({}, root, 'openrouter')).toEqual(['r1*', 'r2*']);
  expect(effective({ credential_pool: { openrouter: [key('mine')] } }, root, 'openrouter')).toEqual(
    ['mine'],
  );
  expect(effective({ credential_pool: { openrouter: [key('mine')] } }, root, 'xai')).toEqual([
    'x*',
  ]);
});

test('variables of the profile stand beside inherited entries, and are its own', () => {
  const root = { credential_pool: { openrouter: [key('r1')] } };
  expect(effective({}, root, 'openrouter', 'OPENROUTER_API_KEY=k\n')).toEqual([
    'r1*',
    'OPENROUTER_API_KEY',
  ]);
  const both = {
    credential_pool: { openrouter: [key('r1', { source: 'env:OPENROUTER_API_KEY' })] },
  };
  expect(effective({}, both, 'openrouter', 'OPENROUTER_API_KEY=k\n')).toEqual([
    'OPENROUTER_API_KEY',
  ]);
});

test('suppressions are the profile’s alone', () => {
  const root = {
    credential_pool: {},
    suppressed_sources: { openrouter: ['env:OPENROUTER_API_KEY'] },
  };
  expect(effective({}, root, 'openrouter', 'OPENROUTER_API_KEY=k\n')).toEqual([
    'OPENROUTER_API_KEY',
  ]);
});

const login = { providers: { 'openai-codex': { label: 'team', tokens: { access_token: 't' } } } };

test('a single login of the root is used and marked', () => {
  expect(effective({}, login, 'openai-codex')).toEqual(['team*']);
});

test('a row that Hermes copied from the root’s login stays when the profile is written', () => {
  const copy = key('c', { source: 'device_code' });
  const { auth, inputs } = snapshotOf({
    auth: { credential_pool: { 'openai-codex': [copy] } },
    rootAuth: login,
  });
  expect(loadPool('openai-codex', auth, inputs)).toMatchObject({
    changed: false,
    entries: [{ id: 'c' }],
  });
});

test('nothing of the root is copied: what a profile would store is its own', () => {
  const rootAuth = { ...login, credential_pool: { 'openai-codex': [key('r')] } };
  const { auth, inputs } = snapshotOf({ auth: {}, rootAuth });
  expect(loadPool('openai-codex', auth, inputs).entries).toEqual([]);
});
