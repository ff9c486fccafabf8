import type { LoginStorage } from '../login-storage.ts';
import { defined, facts, iso, lifeSeconds, tokensOf } from './fields.ts';

/** A session: `providers.spotify` alone. */
export const spotifyLogin: LoginStorage = {
  writes: 'manual',
  state: (grant) =>
    defined({
      ...facts(grant, [
        'client_id',
        'redirect_uri',
        'accounts_base_url',
        'api_base_url',
        'scope',
        'granted_scope',
        'token_type',
      ]),
      ...tokensOf(grant),
      obtained_at: iso(grant.obtainedAt),
      expires_at: iso(grant.expiresAt),
      expires_in: lifeSeconds(grant, grant.expiresAt),
      auth_type: 'oauth_pkce',
    }),
};
