import { parseTime } from '../../base/hermes-time.ts';
import { stringAt } from '../../base/json.ts';
import { accountOf } from '../../base/jwt.ts';
import type { LoginStorage } from '../login-storage.ts';
import { defined, expiresAtMs, facts, iso, lifeSeconds, tokenAt, tokensOf } from './fields.ts';

export const minimaxLogin: LoginStorage = {
  seededSource: 'oauth',
  manualSource: 'manual:minimax_oauth',
  writes: 'seeded',
  ownedSources: ['oauth'],
  seeds: ({ state, baseUrl }) => {
    const secret = tokenAt(state, 'access_token');
    if (state === undefined || secret === undefined) return [];
    return [
      {
        source: 'oauth',
        type: 'oauth',
        label: stringAt(state, 'label') ?? accountOf(secret) ?? 'oauth',
        secret,
        refreshToken: tokenAt(state, 'refresh_token'),
        baseUrl: stringAt(state, 'inference_base_url') ?? baseUrl,
        extras: expiresAtMs({ expiresAt: parseTime(state.expires_at) }),
      },
    ];
  },
  state: (grant) =>
    defined({
      ...facts(grant, [
        'provider',
        'region',
        'portal_base_url',
        'inference_base_url',
        'client_id',
        'scope',
        'token_type',
      ]),
      ...tokensOf(grant),
      ...facts(grant, ['resource_url']),
      obtained_at: iso(grant.obtainedAt),
      expires_at: iso(grant.expiresAt),
      expires_in: lifeSeconds(grant, grant.expiresAt),
    }),
  activates: 'always',
  removals: { oauth: { endsLogin: 'always', lines: [] } },
};
