// Homes and declarations of any size, for measuring.
import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PROVIDERS = ['openrouter', 'deepseek', 'xai', 'nvidia', 'gemini'];

function secretOf(i) {
  return `bench-secret-${i.toString().padStart(48, '0')}`;
}

/** A home with so many keys, spread over five providers, and a `config.yaml` as people have one. */
export function makeHome(dir, entries, label = 'key') {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const pool = {};
  for (let i = 0; i < entries; i++) {
    const provider = PROVIDERS[i % PROVIDERS.length];
    pool[provider] ??= [];
    pool[provider].push({
      id: i.toString(16).padStart(6, '0'),
      label: `${label}-${i}`,
      auth_type: 'api_key',
      priority: pool[provider].length,
      source: 'manual',
      access_token: secretOf(i),
      last_status: null,
      last_status_at: null,
      last_error_code: null,
      last_error_reason: null,
      last_error_message: null,
      last_error_reset_at: null,
      base_url: 'https://api.example.com/v1',
      request_count: 0,
    });
  }
  const store = {
    version: 1,
    providers: {},
    credential_pool: pool,
    updated_at: '2026-08-10T09:03:21.481230+00:00',
  };
  writeFileSync(join(dir, 'auth.json'), `${JSON.stringify(store, null, 2)}\n`, { mode: 0o600 });
  writeFileSync(join(dir, '.env'), 'OPENROUTER_API_KEY=bench-secret-of-the-variable\n', {
    mode: 0o600,
  });
  const config =
    '# Settings\nmodel:\n  provider: openrouter\n  default: some/model\ncredential_pool_strategies:\n  xai: round_robin\n';
  writeFileSync(join(dir, 'config.yaml'), config, { mode: 0o600 });
}

/** A declaration of so many keys in YAML, each from its own variable; returns the variables. */
export function makeDeclaration(file, credentials) {
  const env = {};
  const lines = Object.fromEntries(PROVIDERS.map((provider) => [provider, '']));
  for (let i = 0; i < credentials; i++) {
    lines[PROVIDERS[i % PROVIDERS.length]] +=
      `      declared-${i}: { api_key: "env:BENCH_KEY_${i}" }\n`;
    env[`BENCH_KEY_${i}`] = secretOf(i);
  }
  const blocks = Object.entries(lines).map(
    ([provider, text]) => `  ${provider}:\n    credentials:\n${text}`,
  );
  writeFileSync(file, `version: 1\nname: bench\nproviders:\n${blocks.join('')}`);
  return env;
}

/**
 * A home that holds what such a declaration declares, its variables in `.env`.
 *
 * @param managed an apply has noted all of it in the ledger
 */
export function makeDeclaredHome(dir, entries, variables, managed) {
  makeHome(dir, entries, 'declared');
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(dir, '.env'), lines.join(''), { mode: 0o600 });
  if (managed) writeLedger(join(dir, 'gormes'), entries);
}

function writeLedger(dir, count) {
  const key = randomBytes(32);
  const bindings = Array.from({ length: count }, (_, i) => [
    `${PROVIDERS[i % PROVIDERS.length]}/declared-${i}`,
    {
      declaration: 'bench',
      id: i.toString(16).padStart(6, '0'),
      type: 'api_key',
      source: 'manual',
      label: `declared-${i}`,
      fingerprint: createHmac('sha256', key).update(secretOf(i)).digest('hex').slice(0, 16),
    },
  ]);
  const ledger = { version: 1, entries: Object.fromEntries(bindings), tombstones: [] };
  mkdirSync(dir, { mode: 0o700 });
  writeFileSync(join(dir, 'ledger.json'), JSON.stringify(ledger, null, 2), { mode: 0o600 });
  writeFileSync(join(dir, 'fingerprint.key'), `${key.toString('hex')}\n`, { mode: 0o600 });
}

/**
 * A declaration for ten hosts: 500 credentials in three included files, 100 for each provider, of
 * which `declared-90` to `declared-99` must be absent. The overlay of host k takes `declared-k` out,
 * wants `declared-(10 + k)` absent, adds `host-k`, and sets a strategy. That of host 6 matches here.
 *
 * @param host the name of this machine
 * @returns the main file, and the variables with the keys
 */
export function makeLargeDeclaration(dir, host) {
  const env = {};
  mkdirSync(join(dir, 'auth.d'), { recursive: true });
  for (const [part, first] of [0, 170, 340].entries()) {
    const numbers = Array.from({ length: 500 }, (_, i) => i).slice(first, first + 170);
    for (const i of numbers) env[`BENCH_KEY_${i}`] = secretOf(i);
    writeFileSync(join(dir, 'auth.d', `${part}.yaml`), `providers:\n${partOf(numbers)}`);
  }
  const hosts = Array.from({ length: 10 }, (_, k) => k);
  for (const k of hosts) env[`BENCH_KEY_${500 + k}`] = secretOf(500 + k);
  const overlays = hosts.map((k) =>
    overlayOf(k, k === 6 ? `${host.slice(0, -1)}*` : `${host}-${k}*`),
  );
  const head = 'version: 1\nname: bench\ninclude: [auth.d/*.yaml]\nlimits: { max_removals: 20 }\n';
  const file = join(dir, 'gormes.auth.yaml');
  writeFileSync(file, `${head}overlays:\n${overlays.join('')}`);
  return { file, env };
}

function partOf(numbers) {
  const blocks = PROVIDERS.map((provider, p) => {
    const lines = numbers.filter((i) => i % PROVIDERS.length === p).map(credentialOf);
    return `  ${provider}:\n    credentials:\n${lines.join('')}`;
  });
  return blocks.join('');
}

function credentialOf(i) {
  const isAbsent = i >= 90 && i < 100;
  return `      declared-${i}: { ${isAbsent ? 'state: absent' : `api_key: "env:BENCH_KEY_${i}"`} }\n`;
}

function overlayOf(k, pattern) {
  return `  - when: { host: "${pattern}" }
    providers:
      ${PROVIDERS[k % PROVIDERS.length]}:
        strategy: round_robin
        credentials:
          declared-${k}: null
          declared-${10 + k}: { api_key: null, state: absent }
          host-${k}: { api_key: "env:BENCH_KEY_${500 + k}" }
`;
}
