// A Hermes home as a person has one after some months, for the demo and the pictures of the documents.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const STATUS = {
  last_status: null,
  last_status_at: null,
  last_error_code: null,
  last_error_reason: null,
  last_error_message: null,
  last_error_reset_at: null,
};

function key(id, label, priority, source, secret, baseUrl, more = {}) {
  const row = { id, label, auth_type: 'api_key', priority, source };
  if (secret !== undefined) row.access_token = secret;
  return { ...row, ...STATUS, base_url: baseUrl, request_count: 0, ...more };
}

const openrouter = 'https://openrouter.ai/api/v1';
const auth = {
  version: 1,
  providers: {},
  active_provider: null,
  credential_pool: {
    openrouter: [
      key('8ab5b0', 'OPENROUTER_API_KEY', 0, 'env:OPENROUTER_API_KEY', undefined, openrouter),
      key('5b2c33', 'work', 1, 'manual', 'demo-key-that-was-rotated-since', openrouter),
      key('77aa01', 'old-key', 2, 'manual', 'demo-key-of-an-old-account', openrouter, {
        last_status: 'exhausted',
        last_status_at: Date.now() / 1000 - 600,
        last_error_code: 402,
        last_error_reason: 'billing',
      }),
    ],
    zai: [
      key(
        '4b2af1',
        'by-hand',
        0,
        'manual',
        'demo-key-that-nobody-declared',
        'https://api.z.ai/api/paas/v4',
      ),
    ],
  },
  updated_at: '2026-08-10T09:03:21.481230+00:00',
};

function write(path, text) {
  writeFileSync(path, text, { mode: 0o600 });
}

/** Writes `.hermes` and `.secrets` below the home directory of a user. */
export function makeDemoHome(dir) {
  const home = join(dir, '.hermes');
  mkdirSync(join(dir, '.secrets'), { mode: 0o700 });
  mkdirSync(home, { mode: 0o700 });
  write(join(home, 'auth.json'), `${JSON.stringify(auth, null, 2)}\n`);
  write(
    join(home, '.env'),
    'OPENROUTER_API_KEY=demo-key-of-the-variable\nLAB_VLLM_KEY=demo-key-of-the-lab\n',
  );
  write(
    join(home, 'config.yaml'),
    '# Settings of Hermes\nmodel:\n  provider: openrouter\n  default: some/model\n',
  );
  write(join(dir, '.secrets/openrouter-work'), 'demo-key-as-it-is-now\n');
}
