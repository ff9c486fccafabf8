// Homes and declarations of any size, for measuring.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PROVIDERS = ['openrouter', 'deepseek', 'xai', 'zai', 'gemini'];

/** A home with so many keys, spread over five providers, and a `config.yaml` as people have one. */
export function makeHome(dir, entries) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const pool = {};
  for (let i = 0; i < entries; i++) {
    const provider = PROVIDERS[i % PROVIDERS.length];
    pool[provider] ??= [];
    pool[provider].push({
      id: i.toString(16).padStart(6, '0'),
      label: `key-${i}`,
      auth_type: 'api_key',
      priority: pool[provider].length,
      source: 'manual',
      access_token: `bench-secret-${i.toString().padStart(48, '0')}`,
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

/** A declaration of so many keys, each from its own variable; returns the variables. */
export function makeDeclaration(file, credentials) {
  const env = {};
  const providers = {};
  for (let i = 0; i < credentials; i++) {
    const provider = PROVIDERS[i % PROVIDERS.length];
    providers[provider] ??= { credentials: {} };
    providers[provider].credentials[`declared-${i}`] = { api_key: `env:BENCH_KEY_${i}` };
    env[`BENCH_KEY_${i}`] = `bench-secret-${i.toString().padStart(48, '0')}`;
  }
  writeFileSync(file, JSON.stringify({ version: 1, name: 'bench', providers }));
  return env;
}
