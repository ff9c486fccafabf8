import type { LoginStorage } from '../login-storage.ts';
import { defined, facts, isoZ, lifeSeconds, tokensOf } from './fields.ts';
import { tokensLogin } from './tokens-login.ts';

export const xaiLogin: LoginStorage = {
  ...tokensLogin,
  state: (grant) => ({
    tokens: defined({
      ...tokensOf(grant),
      id_token: grant.idToken?.reveal(),
      expires_in: lifeSeconds(grant, grant.expiresAt),
      ...facts(grant, ['token_type']),
    }),
    last_refresh: isoZ(grant.obtainedAt),
    auth_mode: 'oauth_device_code',
    ...facts(grant, ['discovery', 'redirect_uri']),
  }),
  removals: {
    device_code: {
      endsLogin: 'always',
      lines: [
        'Run `gormes model` → xAI Grok OAuth (SuperGrok / Premium+) to re-authenticate if needed.',
      ],
    },
  },
};
