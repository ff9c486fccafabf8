import { isJsonObject, stringAt } from '../../base/json.ts';
import { accountOf } from '../../base/jwt.ts';
import type { LoginPlaces, LoginStorage, Seed } from '../login-storage.ts';
import { copyFields, lastRefresh, tokenAt } from './fields.ts';

/** What Codex and xAI have in common: `providers.<id>` with the tokens below `tokens`. */
export const tokensLogin = {
  seededSource: 'device_code',
  manualSource: 'manual:device_code',
  writes: 'manual',
  ownedSources: ['device_code'],
  seeds,
  row: lastRefresh,
  activates: 'first',
} satisfies LoginStorage;

function seeds({ state, baseUrl }: LoginPlaces): Seed[] {
  const tokens = isJsonObject(state?.tokens) ? state.tokens : undefined;
  const secret = tokenAt(tokens, 'access_token');
  if (state === undefined || secret === undefined) return [];
  return [
    {
      source: 'device_code',
      type: 'oauth',
      label: stringAt(state, 'label') ?? accountOf(secret) ?? 'device_code',
      secret,
      refreshToken: tokenAt(tokens, 'refresh_token'),
      baseUrl,
      extras: copyFields(state, ['last_refresh']),
    },
  ];
}
