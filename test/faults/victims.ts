import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../src/base/secret.ts';
import { fingerprinter } from '../../src/pool/fingerprint.ts';
import { apiKeysAndLogin } from '../support/homes.ts';
import type { Place, Victim } from './faulty-run.ts';

function example(place: Place): void {
  place.home.write('auth.json', apiKeysAndLogin.auth);
  place.home.write('.env', '# mine\nGLM_API_KEY=fake-glm-key-1\nOTHER=1\n');
  place.home.write('config.yaml', '# settings\nmodel:\n  provider: nous\n');
}

/** Logins outside the pool that an apply made, and a declaration that no longer has them. */
function ownedLogins({ home }: Place): void {
  const auth = home.auth();
  const login = { client_id: 'c', refresh_token: 'fake-spotify' };
  home.write(
    'auth.json',
    JSON.stringify({ ...auth, providers: { ...(auth.providers as object), spotify: login } }),
  );
  home.write('mcp-tokens/linear.json', '{"access_token":"fake-mcp"}');
  home.write('mcp-tokens/linear.client.json', '{"client_id":"c"}');
  home.write('mcp-tokens/linear.meta.json', '{}');
  const owner = { declaration: 'kills', client: 'c' };
  const sessions = { spotify: owner, 'mcp:linear': owner };
  home.write('gormes/ledger.json', JSON.stringify({ version: 1, entries: {}, sessions }));
}

/** A home in which an apply stored `api-key-2`, whose file holds another key by now. */
function rotated(place: Place): void {
  example(place);
  const key = Buffer.alloc(32, 7);
  const binding = {
    declaration: 'kills',
    id: '0b7d12',
    type: 'api_key',
    source: 'manual',
    label: 'api-key-2',
    fingerprint: fingerprinter(key)(new Secret('sk-ant-api03-FAKE')),
  };
  const ledger = { version: 1, entries: { 'anthropic/api-key-2': binding } };
  place.home.write('gormes/fingerprint.key', `${key.toString('hex')}\n`);
  place.home.write('gormes/ledger.json', JSON.stringify(ledger));
  writeFileSync(join(place.dir, 'key'), 'fake-rotated-key\n');
  writeFileSync(
    join(place.dir, 'gormes.auth.yaml'),
    `version: 1
name: kills
providers: { anthropic: { credentials: { api-key-2: { api_key: "file:key" } } } }
`,
  );
}

/** Commands that change every file of a home. */
export const victims: readonly Victim[] = [
  {
    name: 'add',
    args: ['auth', 'add', 'xai', '--label', 'new'],
    input: 'fake-xai-key-1',
    prepare: example,
  },
  {
    name: 'remove a stored key',
    args: ['auth', 'remove', 'anthropic', 'api-key-2'],
    prepare: example,
  },
  { name: 'remove a variable', args: ['auth', 'remove', 'zai', 'GLM_API_KEY'], prepare: example },
  { name: 'reset', args: ['auth', 'reset', 'anthropic'], prepare: example },
  {
    name: 'report',
    args: ['auth', 'report', 'anthropic', '0b7d12', '--status', '402'],
    prepare: example,
  },
  {
    name: 'use',
    args: ['auth', 'use', 'anthropic', 'api-key-2'],
    pins: [{ provider: 'anthropic', place: 1, owned: false }],
    prepare: example,
  },
  { name: 'rotate', args: ['auth', 'apply', '--yes'], prepare: rotated },
  { name: 'logout', args: ['auth', 'logout', 'nous'], prepare: example },
  {
    name: 'apply',
    args: ['auth', 'apply', '--yes'],
    pins: [{ provider: 'xai', place: 0, owned: true }],
    prepare: (place) => {
      example(place);
      ownedLogins(place);
      writeFileSync(join(place.dir, 'key'), 'fake-declared-key\n');
      writeFileSync(
        join(place.dir, 'gormes.auth.yaml'),
        `version: 1
name: kills
providers:
  anthropic:
    credentials: { api-key-2: { state: absent } }
  xai:
    strategy: round_robin
    pin: a
    credentials: { a: { api_key: "file:key" } }
custom_providers:
  lab: { base_url: "https://lab.example/v1", credentials: { k: { api_key: "file:key" } } }
`,
      );
    },
  },
  {
    name: 'apply of several in one write',
    args: ['auth', 'apply', '--yes'],
    prepare: (place) => {
      example(place);
      const auth = place.home.auth() as { credential_pool: Record<string, unknown> };
      auth.credential_pool.openrouter = ['old-1', 'old-2', 'kept'].map((label, priority) => ({
        id: `00000${priority}`,
        label,
        auth_type: 'api_key',
        priority,
        source: 'manual',
        access_token: `fake-${label}`,
      }));
      place.home.write('auth.json', JSON.stringify(auth));
      for (const key of ['a', 'b', 'c']) {
        writeFileSync(join(place.dir, key), `fake-declared-${key}\n`);
      }
      writeFileSync(
        join(place.dir, 'gormes.auth.yaml'),
        `version: 1
name: kills
providers:
  openrouter:
    credentials: { old-1: { state: absent }, old-2: { state: absent } }
  xai:
    credentials: { a: { api_key: "file:a" }, b: { api_key: "file:b" }, c: { api_key: "file:c" } }
`,
      );
    },
  },
];
