import type { LoginStorage } from '../login-storage.ts';
import { defined, facts, isoZ, tokensOf } from './fields.ts';
import { tokensLogin } from './tokens-login.ts';

const LEFT = [
  'Note: Codex CLI credentials still live in ~/.codex/auth.json',
  'Run `gormes auth add openai-codex` to re-enable if needed.',
];

/**
 * Hermes ends the shared login whichever account is removed, and with it the siblings'. Here only the
 * account that the login belongs to ends it (docs/reference/parity.md).
 */
export const codexLogin: LoginStorage = {
  ...tokensLogin,
  state: (grant) => ({
    tokens: defined({
      ...tokensOf(grant),
      id_token: grant.idToken?.reveal(),
      ...facts(grant, ['account_id']),
    }),
    last_refresh: isoZ(grant.obtainedAt),
    auth_mode: 'chatgpt',
  }),
  removals: {
    device_code: {
      endsLogin: 'always',
      lines: ['Suppressed openai-codex device_code source — it will not be re-seeded.', ...LEFT],
    },
    'manual:device_code': { endsLogin: 'same_token', suppresses: [], lines: LEFT },
  },
};
