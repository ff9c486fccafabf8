import { type JsonObject, stringAt } from '../../base/json.ts';
import { accountOf } from '../../base/jwt.ts';
import type { LoginStorage } from '../login-storage.ts';
import type { Grant } from '../oauth.ts';
import {
  copyFields,
  defined,
  facts,
  iso,
  lifeSeconds,
  secondsIso,
  tokenAt,
  tokenEnd,
  tokensOf,
} from './fields.ts';

/** The login is `providers.nous`, and the row mirrors it. All profiles share one more. */
export const nousLogin: LoginStorage = {
  seededSource: 'device_code',
  writes: 'seeded',
  savedAs: 'OAuth device-code credentials',
  ownedSources: ['device_code'],
  sharedWith: 'profiles',
  seeds: ({ state }) => {
    const access = tokenAt(state, 'access_token');
    const secret = tokenAt(state, 'agent_key') ?? access;
    if (state === undefined || secret === undefined) return [];
    return [
      {
        source: 'device_code',
        type: 'oauth',
        label: stringAt(state, 'label') ?? accountOf(secret) ?? 'device_code',
        secret: access ?? secret,
        refreshToken: tokenAt(state, 'refresh_token'),
        extras: copyFields(state, MIRRORED),
      },
    ];
  },
  goWithSeed: ['manual:device_code'],
  row,
  state,
  activates: 'always',
  removals: { device_code: { endsLogin: 'always', lines: [] } },
};

/** Fields of `providers.nous` that its entry mirrors (pool-store §13.1). */
const MIRRORED = [
  'expires_at',
  'inference_base_url',
  'agent_key',
  'agent_key_expires_at',
  'token_type',
  'scope',
  'client_id',
  'portal_base_url',
  'obtained_at',
  'expires_in',
  'tls',
];

const FACTS = ['token_type', 'scope', 'client_id', 'portal_base_url'];

function row(grant: Grant): JsonObject {
  return defined({
    expires_at: iso(grant.expiresAt),
    ...facts(grant, ['inference_base_url']),
    agent_key: grant.accessToken.reveal(),
    agent_key_expires_at: secondsIso(tokenEnd(grant)),
    ...facts(grant, FACTS),
    obtained_at: iso(grant.obtainedAt),
    expires_in: lifeSeconds(grant, grant.expiresAt),
    ...facts(grant, ['tls']),
  });
}

/** Since August the access token is the agent key: nothing is minted (oauth-flows §4). */
function state(grant: Grant): JsonObject {
  const end = tokenEnd(grant);
  return defined({
    ...facts(grant, ['portal_base_url', 'inference_base_url', 'client_id', 'scope', 'token_type']),
    ...tokensOf(grant),
    obtained_at: iso(grant.obtainedAt),
    expires_at: iso(grant.expiresAt),
    expires_in: lifeSeconds(grant, grant.expiresAt),
    tls: grant.facts.tls ?? { insecure: false, ca_bundle: null },
    agent_key: grant.accessToken.reveal(),
    agent_key_id: null,
    agent_key_expires_at: secondsIso(end),
    agent_key_expires_in: lifeSeconds(grant, end),
    agent_key_reused: false,
    agent_key_obtained_at: iso(grant.obtainedAt),
  });
}
